/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deletes the oldest recordings, by age, by the room that all take, and by the
 * room that is left on the disk.
 *
 * The oldest is the one that has ended first. Recordings that run, are held, or
 * have pins (store.h) stay. A pass costs what it deletes, whatever is stored.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct engine;

/* Zero is no limit. */
struct retention_rules {
	int64_t age_us;  /* since their end */
	uint64_t bytes;  /* of all that have ended */
	uint64_t free;   /* bytes that are to be free on the disk */
	bool is_dry_run; /* only logs, once for each, what would be deleted */
};

struct retention {
	struct engine *engine; /* borrowed */
	struct retention_rules rules;
	int64_t retry_us;     /* monotonic; after failures nothing is done before */
	uint64_t freed_dryly; /* bytes that a dry run has imagined */
};

/* Deletes what is due; ends early once `stop` is set. Thread: one, for which it may block long. */
void retention_pass(struct retention *retention, const atomic_bool *stop);
