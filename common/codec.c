/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of codecs and the names of their kinds. */
#include "common/codec.h"

#include <strings.h>

#include "common/keyframe.h"

/* The names are those that Janus writes and its tools accept. */
static const struct codec codecs[] = {
	{"opus", CODEC_AUDIO, 48000, 2, NULL},
	{"multiopus", CODEC_AUDIO, 48000, 0, NULL},
	{"pcmu", CODEC_AUDIO, 8000, 1, NULL},
	{"pcma", CODEC_AUDIO, 8000, 1, NULL},
	{"g722", CODEC_AUDIO, 8000, 1, NULL},
	{"l16", CODEC_AUDIO, 16000, 1, NULL},
	{"l16-48", CODEC_AUDIO, 48000, 1, NULL},
	{"vp8", CODEC_VIDEO, 90000, 0, keyframe_vp8},
	{"vp9", CODEC_VIDEO, 90000, 0, keyframe_vp9},
	{"h264", CODEC_VIDEO, 90000, 0, keyframe_h264},
	{"h265", CODEC_VIDEO, 90000, 0, keyframe_h265},
	{"av1", CODEC_VIDEO, 90000, 0, keyframe_av1},
	{"text", CODEC_DATA, 0, 0, NULL},
	{"binary", CODEC_DATA, 0, 0, NULL},
};

enum {
	CODEC_COUNT = sizeof codecs / sizeof codecs[0]
};

static const struct {
	const char *name;
	char letter;
} kinds[] = {
	[CODEC_AUDIO] = {"audio", 'a'},
	[CODEC_VIDEO] = {"video", 'v'},
	[CODEC_DATA] = {"data", 'd'},
};

enum {
	KIND_COUNT = sizeof kinds / sizeof kinds[0]
};

const struct codec *codec_find(const char *name)
{
	const char *wanted = strcasecmp(name, "g711") == 0 ? "pcmu" : name;
	for (size_t i = 0; i < CODEC_COUNT; i++) {
		if (strcasecmp(codecs[i].name, wanted) == 0)
			return &codecs[i];
	}
	return NULL;
}

const struct codec *codec_at(size_t index)
{
	return index < CODEC_COUNT ? &codecs[index] : NULL;
}

const char *codec_kind_name(enum codec_kind kind)
{
	return kinds[kind].name;
}

bool codec_kind_parse(enum codec_kind *out, const char *name)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum codec_kind)i;
			return true;
		}
	}
	return false;
}

char codec_kind_letter(enum codec_kind kind)
{
	return kinds[kind].letter;
}
