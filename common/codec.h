/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one table of codecs: what Janus can negotiate and an .mjr file can name.
 *
 * A new codec is one row in codec.c (and one depacketiser in postprocessing/depay).
 * Thread: any; the table is constant.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

enum codec_kind {
	CODEC_AUDIO,
	CODEC_VIDEO,
	CODEC_DATA,
};

struct codec {
	const char *name;     /* as in the .mjr header and in Janus's API: "opus", "vp8", … */
	enum codec_kind kind; /* decides the header's "t" */
	uint32_t clock_rate; /* of RTP timestamps, Hz (RFC 3551 §4.5.2: 8000 for G.722); 0 for data
			      */
	uint8_t channels; /* decoded audio channels; 0 when the stream itself says, or not audio */
	/*
	 * Whether this RTP payload belongs to the start of a picture that needs no other
	 * picture. NULL: every packet stands alone (audio, data).
	 */
	bool (*is_keyframe)(struct bytes payload);
};

/* Case-insensitive; NULL when the table has no such name. "g711" is an alias of "pcmu". */
const struct codec *codec_find(const char *name);

/* The table's rows in order; NULL past the end. */
const struct codec *codec_at(size_t index);

/* "audio", "video" or "data". */
const char *codec_kind_name(enum codec_kind kind);

/* The other way; returns false and leaves `out` alone for any other text. */
bool codec_kind_parse(enum codec_kind *out, const char *name);

/* The one letter of the .mjr header's "t": 'a', 'v' or 'd'. */
char codec_kind_letter(enum codec_kind kind);
