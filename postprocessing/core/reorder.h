/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Puts the RTP packets of one track into sending order and numbers them without
 * wraps. Bounded: at most REORDER_WINDOW packets wait for a missing one.
 *
 * Duplicates go; padding-only packets count as received and carry nothing on;
 * packets older than what was already passed on are late, counted and dropped.
 * A new SSRC, or a jump of the sequence numbers by more than REORDER_JUMP, starts
 * a new run once a second packet confirms it (a lone one is a stray): numbers go
 * on after the last, timestamps by the time of arrival, and is_discontinuity is
 * set. So it is, too, when timestamps alone leave the time of arrival behind.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/rtp.h"
#include "postprocessing/core/reader.h"
#include "postprocessing/core/stage.h"

struct reorder;

enum {
	REORDER_WINDOW = 512, /* packets; a second of 6 Mbit/s video */
	REORDER_JUMP = 3000,  /* RFC 3550 A.1, MAX_DROPOUT */
	REORDER_START = 8,    /* packets of a new run seen before its first is passed on */
	/*
	 * A timestamp that runs this far ahead of its arrival, or goes back by as much, is a reset:
	 * no network delays for so long.
	 */
	REORDER_TIMESTAMP_JUMP_S = 10,
};

struct reorder_packet {
	struct rtp_packet rtp;
	int64_t seq;           /* extended; the first is its 16-bit value */
	int64_t timestamp;     /* extended, in the codec's clock; the first is its 32-bit value */
	uint32_t arrival_ms;   /* since the track's first frame */
	uint32_t lost_before;  /* sequence numbers missing between the previous one and this */
	bool is_discontinuity; /* first of a new run, or of a new count of timestamps */
	bool is_suspect;       /* the reader doubts its length */
};

struct reorder_stats {
	uint64_t received;   /* all that is RTP */
	uint64_t lost;       /* never there, or too late */
	uint64_t reordered;  /* came after a newer one */
	uint64_t duplicated; /* a sequence number seen before */
	uint64_t late;       /* came after its place was passed on */
	uint64_t strays;     /* lone packets of another SSRC or far-off sequence number */
	uint64_t malformed;  /* not RTP */
	uint64_t padding;    /* without a payload */
	uint64_t runs;       /* SSRC changes and resets; not the first run */
	uint64_t timestamp_jumps;
	uint32_t first_ssrc;
};

/* The reader is borrowed. Never fails but for memory (aborts). */
struct reorder *reorder_create(struct reader *reader);
void reorder_destroy(struct reorder *reorder); /* NULL is fine */

/* STAGE_OK, STAGE_END or -errno. */
int reorder_pull(struct reorder *reorder, struct reorder_packet *out);

const struct reorder_stats *reorder_stats(const struct reorder *reorder);

/* Of the reader. */
const struct mjr_info *reorder_info(const struct reorder *reorder);
