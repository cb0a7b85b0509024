/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of codecs in order of preference, as the configuration and the clients
 * write it: "vp8,h264". Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/codec.h"

enum {
	CODECS_MAX = 8
};

#define CODECS_AUDIO "opus,multiopus,pcmu,pcma,g722,l16-48,l16"
#define CODECS_VIDEO "vp8,h264,vp9,av1,h265"

struct codecs {
	const struct codec *list[CODECS_MAX];
	size_t count;
};

/*
 * 0, or -EINVAL when the text is empty, names a codec twice, or one that the gateway cannot
 * negotiate or that is not of this kind; `out` is then unspecified.
 */
int codecs_parse(struct codecs *out, enum codec_kind kind, const char *text);

/* All names that codecs_parse() accepts, comma-separated. Static. */
const char *codecs_names(enum codec_kind kind);
