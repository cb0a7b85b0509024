/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long something takes, as counts of how often it took no longer than each
 * of some bounds. No lock; adding is a few relaxed additions. Thread: any.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
	HISTOGRAM_BOUNDS = 11 /* and one more bucket for what is beyond the last */
};

/* Zeroed: nothing was observed. */
struct histogram {
	_Atomic uint64_t buckets[HISTOGRAM_BOUNDS + 1]; /* each for itself */
	_Atomic uint64_t sum_us;
};

struct histogram_counts {
	uint64_t buckets[HISTOGRAM_BOUNDS + 1]; /* each with all before it; the last has all */
	uint64_t sum_us;
};

/* The bounds, ascending: a bucket's values are no greater than its bound. */
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

void histogram_observe(struct histogram *histogram, int64_t us);

void histogram_read(struct histogram_counts *out, const struct histogram *histogram);
