/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two clocks, behind pointers so that tests can set the time.
 *
 * Unit: microseconds. `mono` never steps and has no epoch (CLOCK_MONOTONIC);
 * `real` is wall time since 1970-01-01 UTC (CLOCK_REALTIME). Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock {
	int64_t (*mono_us)(void *ctx);
	int64_t (*real_us)(void *ctx);
	void *ctx; /* borrowed; handed to both */
};

/* The clocks of the machine. Static, never freed; reads make no system call (vDSO). */
const struct clock *clock_system(void);

static inline int64_t clock_mono_us(const struct clock *clock)
{
	return clock->mono_us(clock->ctx);
}

static inline int64_t clock_real_us(const struct clock *clock)
{
	return clock->real_us(clock->ctx);
}

enum {
	CLOCK_TEXT_SIZE = sizeof "2026-01-01T00:00:00.000000Z"
};

/* Wall times are kept within this, so that sums of a few of them cannot overflow. */
#define CLOCK_REAL_MAX_US INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */

/*
 * Writes `real_us` as RFC 3339 in UTC with microseconds. Years outside
 * 1970..9999 are written as the nearest of the two ends.
 */
void clock_format(char out[static CLOCK_TEXT_SIZE], int64_t real_us);

/*
 * The other way: RFC 3339, of any zone, within 1970..9999; digits beyond microseconds are passed
 * over. False, and `out` is left alone, for any other text.
 */
bool clock_parse(int64_t *out, const char *text);
