/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See histogram.h. */
#include "recording/histogram.h"

#include <stddef.h>

const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {
	100, 300, 1000, 3000, 10000, 30000, 100000, 300000, 1000000, 3000000, 10000000};

void histogram_observe(struct histogram *histogram, int64_t us)
{
	size_t i = 0;
	while (i < HISTOGRAM_BOUNDS && us > histogram_bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)us, memory_order_relaxed);
}

void histogram_read(struct histogram_counts *out, const struct histogram *histogram)
{
	uint64_t count = 0;
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
		out->buckets[i] = count;
	}
	out->sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
}
