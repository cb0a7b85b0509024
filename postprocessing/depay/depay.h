/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Depacketising: from RTP packets in order to access units.
 *
 * One file per codec, one row in depay.c's table each; the vtable that such a
 * file fills is in depay_ops.h. A picture's unit ends where the next timestamp
 * begins; the marker bit tells whether its end is there. A unit that lost a
 * packet is marked damaged, never silently glued together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/codec.h"
#include "postprocessing/core/reorder.h"
#include "postprocessing/core/stage.h"

struct depay;

enum {
	DEPAY_UNIT_MAX = 64 << 20
}; /* bytes; a larger unit is damaged and cut there */

struct depay_unit {
	struct bytes data;      /* one picture (H.264: Annex B), or one audio packet; not empty */
	int64_t timestamp;      /* extended RTP, in the codec's clock */
	uint32_t arrival_ms;    /* of its first packet */
	uint32_t duration;      /* in the codec's clock where the payload says it; 0: unknown */
	uint32_t lost_before;   /* packets that are missing or useless, of other units before it */
	uint16_t width, height; /* of the picture when this unit says it, else 0 */
	bool is_keyframe;
	bool is_damaged;       /* a packet of it is missing, or was not what the codec allows */
	bool is_discontinuity; /* the sender's numbering began anew */
};

struct depay_stats {
	uint64_t units;
	uint64_t damaged;
	uint64_t dropped; /* nothing of the unit was of use; not among `units` */
	uint64_t keyframes;
};

/*
 * 0, or -ENOTSUP for a codec without a row. The reorder stage is borrowed. RED is undone where the
 * file's header names its payload type.
 */
int depay_create(struct depay **out, struct reorder *source, const struct codec *codec);
void depay_destroy(struct depay *depay); /* NULL is fine */

/* STAGE_OK, STAGE_END, or -errno. The unit is borrowed until the next pull. */
int depay_pull(struct depay *depay, struct depay_unit *out);

const struct depay_stats *depay_stats(const struct depay *depay);
