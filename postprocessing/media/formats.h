/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Containers, the codecs that each holds, and what therefore happens to a
 * track: copied, transcoded, or refused. A new container or codec is one row in
 * formats.c. Thread: any; the tables are constant.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libavcodec/codec_id.h>

#include "common/codec.h"
#include "postprocessing/media/fault.h"

/* A codec as libav knows it. */
struct media_codec {
	const char *name; /* as in struct codec where both have it */
	enum codec_kind kind;
	enum AVCodecID id;
	const char *encoder; /* libavcodec's name; NULL: only copied or decoded */
	int rate;            /* of samples, where each stream has the same; else 0 */
};

enum {
	FORMAT_CODECS_MAX = 8
};

struct format {
	const char *name; /* for --format; also the file name's usual suffix */
	const char *other_suffixes[3];
	const char *muxer;   /* libavformat's name */
	const char *options; /* of the muxer, "key=value:key=value"; NULL when none */
	/* What is copied. The first of each is what anything else becomes; none: refused. */
	const char *video[FORMAT_CODECS_MAX];
	const char *audio[FORMAT_CODECS_MAX];
	/* What it can hold too, but only where the user asks for it: not all players expect it. */
	const char *on_request[FORMAT_CODECS_MAX];
};

/* Rows in order; NULL past the end. */
const struct format *format_at(size_t index);

/* By --format's word; NULL when there is none. */
const struct format *format_find(const char *name);

/* By the suffix of a file name, in any case; NULL when it says nothing. */
const struct format *format_guess(const char *path);

/* NULL when libav's side of the codec is unknown to us. */
const struct media_codec *media_codec_find(const char *name);

struct format_plan {
	const struct media_codec *from, *to;
	bool is_copy;
	const char *reason; /* of a transcoding, for people; NULL when copied */
};

/* What the user said about one kind of track. */
struct format_wish {
	const char *codec; /* NULL: as the format likes; "copy"; or a codec's name */
	bool is_encoded;   /* a rate or bit rate was asked for, which no copy can have */
};

/* 0, or -EINVAL with the reason for the refusal in `fault` (FAULT_USAGE). */
int format_plan(struct format_plan *out, const struct format *format, const struct codec *from,
	const struct format_wish *wish, struct fault *fault);
