/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preference lists of codecs.
 */
#include "plugins/codecs.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

const char *codecs_names(enum codec_kind kind)
{
	return kind == CODEC_AUDIO ? CODECS_AUDIO : CODECS_VIDEO;
}

static bool is_negotiable(const char *name, enum codec_kind kind)
{
	g_auto(GStrv) names = g_strsplit(codecs_names(kind), ",", -1);
	return g_strv_contains((const gchar *const *)names, name);
}

static bool has_codec(const struct codecs *codecs, const struct codec *codec)
{
	for (size_t i = 0; i < codecs->count; i++) {
		if (codecs->list[i] == codec)
			return true;
	}
	return false;
}

int codecs_parse(struct codecs *out, enum codec_kind kind, const char *text)
{
	out->count = 0;
	g_auto(GStrv) words = g_strsplit(text, ",", CODECS_MAX + 1);
	for (char **word = words; *word; word++) {
		const struct codec *codec = codec_find(g_strstrip(*word));
		if (!codec || out->count == CODECS_MAX || has_codec(out, codec) ||
			!is_negotiable(codec->name, kind))
			return -EINVAL;
		out->list[out->count++] = codec;
	}
	return out->count > 0 ? 0 : -EINVAL;
}
