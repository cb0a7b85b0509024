/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See config_check.h. */
#include "plugins/config_check.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "common/naming.h"
#include "plugins/access.h"
#include "plugins/codecs.h"
#include "recording/durability.h"
#include "recording/hook_convert.h"
#include "recording/hook_webhook.h"
#include "recording/ring.h"

const char *config_check_template(const char *text)
{
	return template_check(text, NULL) == 0 ? NULL : "an unknown {word}, or a lone brace";
}

const char *config_check_audio_codecs(const char *text)
{
	struct codecs codecs;
	return codecs_parse(&codecs, CODEC_AUDIO, text) == 0 ? NULL : "allowed are " CODECS_AUDIO;
}

const char *config_check_video_codecs(const char *text)
{
	struct codecs codecs;
	return codecs_parse(&codecs, CODEC_VIDEO, text) == 0 ? NULL : "allowed are " CODECS_VIDEO;
}

const char *config_check_power_of_two(const char *text)
{
	guint64 value = g_ascii_strtoull(text, NULL, 10);
	return value > 0 && (value & (value - 1)) == 0 ? NULL : "must be a power of two";
}

const char *config_check_rotation_size(const char *text)
{
	guint64 value = g_ascii_strtoull(text, NULL, 10);
	return value == 0 || value >= CONFIG_ROTATION_SIZE_MIN ? NULL
							       : "must be 0, or 1048576 or more";
}

const char *config_check_absolute(const char *text)
{
	return g_path_is_absolute(text) ? NULL : "must be an absolute path";
}

const char *config_check_durability(const char *text)
{
	struct durability durability;
	return durability_parse(&durability, text) ? NULL : "must be none, part or milliseconds";
}

bool config_check_may_run(const char *path)
{
	return g_path_is_absolute(path) && g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
	       access(path, X_OK) == 0;
}

const char *config_check_program(const char *text)
{
	return config_check_may_run(text)
		       ? NULL
		       : "must be the absolute path of a program that may be executed";
}

const char *config_check_url(const char *text)
{
	g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
	const char *scheme = uri ? g_uri_get_scheme(uri) : "";
	const char *host = uri ? g_uri_get_host(uri) : NULL;
	bool is_web = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
	return is_web && host && *host ? NULL : "must be an address with http:// or https://";
}

const char *config_check_webhook_events(const char *text)
{
	unsigned events;
	return hook_webhook_parse_events(&events, text) ? NULL : "allowed are " HOOK_WEBHOOK_EVENTS;
}

/* Those that AAC has. */
const char *config_check_audio_rate(const char *text)
{
	static const guint64 rates[] = {7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100,
		48000, 64000, 88200, 96000};
	guint64 value = g_ascii_strtoull(text, NULL, 10);
	for (size_t i = 0; i < G_N_ELEMENTS(rates); i++)
		if (rates[i] == value)
			return NULL;
	return "must be a rate of AAC: 7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, "
	       "44100, 48000, 64000, 88200 or 96000";
}

const char *config_check_metrics_file(const char *text)
{
	bool is_good =
		*text == '\0' || (g_path_is_absolute(text) && g_str_has_suffix(text, ".prom"));
	return is_good ? NULL : "must be an absolute path that ends with .prom, or empty";
}
