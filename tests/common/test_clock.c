/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clocks of the machine and of a test, and wall time as text. */
#include "common/clock.h"

#include <glib.h>

static void system_clock_goes_forward(void)
{
	const struct clock *clock = clock_system();
	int64_t before = g_get_real_time(), mono = clock_mono_us(clock);
	int64_t real = clock_real_us(clock);
	g_assert_cmpint(clock_mono_us(clock), >=, mono);
	g_assert_cmpint(clock_mono_us(clock), <=, g_get_monotonic_time());
	g_assert_cmpint(real, >=, before);
	g_assert_cmpint(real, <=, g_get_real_time());
}

static int64_t set_time(void *ctx)
{
	return *(int64_t *)ctx;
}

static void a_test_can_set_the_time(void)
{
	int64_t now = 42;
	struct clock clock = {.mono_us = set_time, .real_us = set_time, .ctx = &now};
	g_assert_cmpint(clock_mono_us(&clock), ==, 42);
	now = 43;
	g_assert_cmpint(clock_real_us(&clock), ==, 43);
}

static void formats_rfc3339(void)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{1, "1970-01-01T00:00:00.000001Z"},
		{999999, "1970-01-01T00:00:00.999999Z"},
		{INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z"},
		{INT64_C(1785000000123456), "2026-07-25T17:20:00.123456Z"},
		{CLOCK_REAL_MAX_US, "9999-12-31T23:59:59.999999Z"},
		{CLOCK_REAL_MAX_US + 1, "9999-12-31T23:59:59.999999Z"},
		{INT64_MAX, "9999-12-31T23:59:59.999999Z"},
		{-1, "1970-01-01T00:00:00.000000Z"},
		{INT64_MIN, "1970-01-01T00:00:00.000000Z"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char text[CLOCK_TEXT_SIZE];
		clock_format(text, rows[i].us);
		g_assert_cmpstr(text, ==, rows[i].text);
	}
}

static void parses_rfc3339(void)
{
	static const struct {
		const char *text;
		int64_t us; /* -1: refused */
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-07-25T17:20:00.123456Z", INT64_C(1785000000123456)},
		{"2026-07-25t17:20:00.1z", INT64_C(1785000000100000)},
		{"2026-07-25 17:20:00.1234567899Z", INT64_C(1785000000123456)},
		{"2026-07-25T19:20:00+02:00", INT64_C(1785000000000000)},
		{"2026-07-25T12:50:00-04:30", INT64_C(1785000000000000)},
		{"2000-02-29T00:00:00Z", INT64_C(951782400000000)},
		{"9999-12-31T23:59:59.999999Z", CLOCK_REAL_MAX_US},
		{"9999-12-31T23:59:59-01:00", -1},
		{"1970-01-01T00:00:00+00:01", -1},
		{"1900-02-29T00:00:00Z", -1},
		{"2026-02-29T00:00:00Z", -1},
		{"2026-04-31T00:00:00Z", -1},
		{"2026-13-01T00:00:00Z", -1},
		{"2026-00-01T00:00:00Z", -1},
		{"2026-01-00T00:00:00Z", -1},
		{"2026-01-01T24:00:00Z", -1},
		{"2026-01-01T00:60:00Z", -1},
		{"2026-01-01T00:00:60Z", -1},
		{"2026-01-01T00:00:00", -1},
		{"2026-01-01T00:00:00.Z", -1},
		{"2026-01-01T00:00:00+0100", -1},
		{"2026-01-01T00:00:00+24:00", -1},
		{"2026-01-01T00:00:00Zx", -1},
		{"2026-01-01T00:00Z", -1},
		{"2026-1-1T00:00:00Z", -1},
		{" 2026-01-01T00:00:00Z", -1},
		{"2026-01-01", -1},
		{"1785000000", -1},
		{"", -1},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int64_t us = -1;
		g_assert_true(clock_parse(&us, rows[i].text) == (rows[i].us >= 0));
		g_assert_cmpint(us, ==, rows[i].us);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clock/the system's clocks go forward", system_clock_goes_forward);
	g_test_add_func("/clock/a test can set the time", a_test_can_set_the_time);
	g_test_add_func("/clock/wall time is written as RFC 3339", formats_rfc3339);
	g_test_add_func("/clock/wall time is read from RFC 3339", parses_rfc3339);
	return g_test_run();
}
