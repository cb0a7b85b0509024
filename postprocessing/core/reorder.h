/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Puts the RTP packets of one track into sending order and numbers them without
 * wraps. Bounded: at most REORDER_WINDOW packets wait for a missing one.
 *
 * Duplicates go; padding-only packets count as received and carry nothing on;
 * packets older than what was already passed on are late, counted and dropped.
 * A new SSRC, or a jump of the sequence numbers by more than REORDER_JUMP, starts
 * a new run: numbers go on after the last, and is_discontinuity is set.
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
};

struct reorder_packet {
	struct rtp_packet rtp;
	int64_t seq;           /* extended; the first is its 16-bit value */
	int64_t timestamp;     /* extended RTP timestamp, in the codec's clock */
	uint32_t arrival_ms;   /* since the file's first frame */
	uint32_t lost_before;  /* sequence numbers missing between the previous one and this */
	bool is_discontinuity; /* first of a new run */
};

struct reorder_stats {
	uint64_t received;
	uint64_t lost;
	uint64_t reordered;
	uint64_t duplicated;
	uint64_t late;
	uint64_t malformed; /* not RTP */
	uint64_t padding;
	uint64_t runs; /* SSRC changes and resets */
};

/* The reader is borrowed. Never fails but for memory (aborts). */
struct reorder *reorder_create(struct reader *reader);
void reorder_destroy(struct reorder *reorder); /* NULL is fine */
int reorder_pull(struct reorder *reorder, struct reorder_packet *out);
const struct reorder_stats *reorder_stats(const struct reorder *reorder);
