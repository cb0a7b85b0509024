/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What RTP sequence numbers say about a stream: lost, late and repeated packets.
 *
 * Exact for packets that come at most SEQUENCE_WINDOW late. Thread: its owner's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	SEQUENCE_WINDOW = 1024
};

/* Zeroed: nothing seen yet. */
struct sequence {
	uint64_t lost;       /* never seen, between the first and the newest */
	uint64_t gaps;       /* runs of them */
	uint64_t reordered;  /* came after a newer one */
	uint64_t duplicated; /* seen before */

	/* The rest is private. Numbers are extended: they do not wrap. */
	bool has_begun;
	int64_t first;
	int64_t newest;
	bool may_restart; /* the last packet was far too old: a new sequence may have begun */
	uint16_t restart; /* the number that would confirm it */
	uint64_t missing[SEQUENCE_WINDOW / 64]; /* a bit per number before the newest */
};

/*
 * True when `seq` is the newest so far. A jump forward is loss, however large; far backward, two
 * successive numbers are a new sequence, which nothing has been lost of (cf. RFC 3550 A.1).
 */
bool sequence_push(struct sequence *sequence, uint16_t seq);

/*
 * `count` packets, the newest of them `last`, came and are known to be missing here: only what
 * lies between and is not among them counts as lost. Before the first packet nothing happens.
 */
void sequence_skip(struct sequence *sequence, uint16_t last, uint64_t count);

/* A new sequence begins with `seq`, as when the SSRC changes. The counts stay. */
void sequence_restart(struct sequence *sequence, uint16_t seq);
