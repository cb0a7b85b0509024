/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine's two clocks, and wall time as text. */
#include "common/clock.h"

#include <stdio.h>
#include <time.h>

enum {
	US_PER_SECOND = 1000000
};

static int64_t read_us(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

static int64_t system_mono_us(void *ctx)
{
	(void)ctx;
	return read_us(CLOCK_MONOTONIC);
}

static int64_t system_real_us(void *ctx)
{
	(void)ctx;
	return read_us(CLOCK_REALTIME);
}

const struct clock *clock_system(void)
{
	static const struct clock clock = {.mono_us = system_mono_us, .real_us = system_real_us};
	return &clock;
}

void clock_format(char out[static CLOCK_TEXT_SIZE], int64_t real_us)
{
	int64_t us = real_us < 0 ? 0 : real_us;
	if (us > CLOCK_REAL_MAX_US)
		us = CLOCK_REAL_MAX_US;
	time_t seconds = us / US_PER_SECOND;
	struct tm utc;
	gmtime_r(&seconds, &utc);
	size_t len = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, CLOCK_TEXT_SIZE - len, ".%06uZ", (unsigned)(us % US_PER_SECOND));
}
