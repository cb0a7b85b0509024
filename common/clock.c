/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine's two clocks, and wall time as text. */
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
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

/* --- text to time --- */

/* Exactly `count` digits; moves on behind them. */
static bool take_number(int *out, const char **text, int count)
{
	*out = 0;
	for (int i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (**text - '0');
	}
	return true;
}

static bool take(const char **text, const char *any_of)
{
	if (**text == '\0' || strchr(any_of, **text) == NULL)
		return false;
	++*text;
	return true;
}

/* Digits behind a point, of which there must be one. */
static bool take_fraction(int64_t *us, const char **text)
{
	int64_t unit = US_PER_SECOND / 10;
	const char *start = *text;
	for (; **text >= '0' && **text <= '9'; ++*text, unit /= 10)
		*us += (**text - '0') * unit;
	return *text > start;
}

/* "Z", "+01:00": seconds that local time is ahead. */
static bool take_zone(int *seconds, const char **text)
{
	int hours, minutes, sign = **text == '-' ? -1 : 1;
	*seconds = 0;
	if (take(text, "Zz"))
		return true;
	if (!take(text, "+-") || !take_number(&hours, text, 2) || !take(text, ":") ||
		!take_number(&minutes, text, 2) || hours > 23 || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool take_date_and_time(struct tm *out, const char **text)
{
	struct tm tm = {0};
	bool is_read = take_number(&tm.tm_year, text, 4) && take(text, "-") &&
		       take_number(&tm.tm_mon, text, 2) && take(text, "-") &&
		       take_number(&tm.tm_mday, text, 2) && take(text, "Tt ") &&
		       take_number(&tm.tm_hour, text, 2) && take(text, ":") &&
		       take_number(&tm.tm_min, text, 2) && take(text, ":") &&
		       take_number(&tm.tm_sec, text, 2);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out = tm;
	return is_read && tm.tm_hour < 24 && tm.tm_min < 60 && tm.tm_sec < 60;
}

bool clock_parse(int64_t *out, const char *text)
{
	struct tm tm;
	int zone;
	int64_t us = 0;
	if (!take_date_and_time(&tm, &text))
		return false;
	if (take(&text, ".") && !take_fraction(&us, &text))
		return false;
	if (!take_zone(&zone, &text) || *text != '\0')
		return false;
	struct tm given = tm;
	int64_t seconds = timegm(&tm);
	/* The 31st of April would have become the 1st of May. */
	if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
		return false;
	us += (seconds - zone) * US_PER_SECOND;
	if (us < 0 || us > CLOCK_REAL_MAX_US)
		return false;
	*out = us;
	return true;
}
