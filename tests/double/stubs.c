/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gateway's names, for programs that look at the plugin's tables and call
 * nothing of it.
 */
#include <glib.h>

#define STUB(name)                      \
	void name(void);                \
	void name(void)                 \
	{                               \
		g_assert_not_reached(); \
	}

STUB(janus_config_destroy)
STUB(janus_config_parse)
STUB(janus_plugin_result_new)
STUB(janus_sdp_destroy)
STUB(janus_sdp_generate_answer)
STUB(janus_sdp_generate_answer_mline)
STUB(janus_sdp_get_codec_pt_full)
STUB(janus_sdp_get_fmtp)
STUB(janus_sdp_get_opusred_pt)
STUB(janus_sdp_mline_find_by_index)
STUB(janus_sdp_parse)
STUB(janus_sdp_write)
STUB(janus_strcmp_const_time)
STUB(janus_vprintf)

#undef STUB

extern int janus_log_level, janus_log_timestamps, janus_log_colors, refcount_debug;
extern char *janus_log_global_prefix;
int janus_log_level, janus_log_timestamps, janus_log_colors, refcount_debug;
char *janus_log_global_prefix;
