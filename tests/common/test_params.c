/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of settings: defaults, accepted texts, refusals that explain themselves. */
#include "common/params.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

struct settings {
	bool record;
	int64_t interval_ms;
	char *folder;
	char *key;
	int64_t policy;
	int64_t even;
};

static const char *check_even(const char *text)
{
	return strchr("02468", text[strlen(text) - 1]) != NULL ? NULL : "must be even";
}

static const struct param table[] = {
	{.name = "record",
		.type = PARAM_BOOL,
		.offset = offsetof(struct settings, record),
		.fallback = "yes"},
	{.name = "interval",
		.type = PARAM_INT,
		.offset = offsetof(struct settings, interval_ms),
		.min = 10,
		.max = 60000,
		.fallback = "500",
		.unit = "ms"},
	{.name = "folder",
		.type = PARAM_STRING,
		.offset = offsetof(struct settings, folder),
		.min = 1,
		.max = 8,
		.fallback = "/tmp"},
	{.name = "key", .type = PARAM_STRING, .offset = offsetof(struct settings, key)},
	{.name = "policy",
		.type = PARAM_CHOICE,
		.offset = offsetof(struct settings, policy),
		.fallback = "template",
		.choices = "stream|template|none"},
	{.name = "even",
		.type = PARAM_INT,
		.offset = offsetof(struct settings, even),
		.min = -100,
		.max = 100,
		.fallback = "2",
		.check = check_even},
	{.name = NULL},
};

static void sets_defaults(void)
{
	struct settings settings = {0};
	params_defaults(table, &settings);
	g_assert_true(settings.record);
	g_assert_cmpint(settings.interval_ms, ==, 500);
	g_assert_cmpstr(settings.folder, ==, "/tmp");
	g_assert_null(settings.key);
	g_assert_cmpint(settings.policy, ==, 1);
	g_assert_cmpint(settings.even, ==, 2);
	params_fini(table, &settings);
	g_assert_null(settings.folder);
	params_fini(table, &settings);
}

static void finds_rows(void)
{
	g_assert_true(params_find(table, "policy") == &table[4]);
	g_assert_null(params_find(table, "polic"));
	g_assert_null(params_find(table, "Policy"));
}

/* Sets on top of the defaults; `number` is what the bool, int or choice became. */
static void accepts(void)
{
	static const struct {
		const char *name, *text;
		int64_t number;
	} rows[] = {
		{"record", "true", 1},
		{"record", "FALSE", 0},
		{"record", "on", 1},
		{"record", "off", 0},
		{"record", "1", 1},
		{"record", "0", 0},
		{"record", "no", 0},
		{"interval", "10", 10},
		{"interval", "60000", 60000},
		{"policy", "stream", 0},
		{"policy", "none", 2},
		{"even", "-100", -100},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct settings settings = {0};
		char *error = NULL;
		const struct param *row = params_find(table, rows[i].name);
		const char *member = (const char *)&settings + row->offset;
		params_defaults(table, &settings);
		g_assert_cmpint(params_set(row, &settings, rows[i].text, &error), ==, 0);
		g_assert_null(error);
		int64_t got = *member;
		if (row->type != PARAM_BOOL)
			memcpy(&got, member, sizeof got);
		g_assert_cmpint(got, ==, rows[i].number);
		params_fini(table, &settings);
	}
}

static void replaces_strings(void)
{
	struct settings settings = {0};
	const struct param *folder = params_find(table, "folder");
	const struct param *key = params_find(table, "key");
	g_autofree char *long_key = g_strnfill(100000, 'k');
	params_defaults(table, &settings);
	g_assert_cmpint(params_set(folder, &settings, "/var/rec", NULL), ==, 0);
	g_assert_cmpstr(settings.folder, ==, "/var/rec");
	g_assert_cmpint(params_set(folder, &settings, settings.folder, NULL), ==, 0);
	g_assert_cmpstr(settings.folder, ==, "/var/rec");
	g_assert_cmpint(params_set(key, &settings, "", NULL), ==, 0);
	g_assert_cmpstr(settings.key, ==, "");
	g_assert_cmpint(params_set(key, &settings, long_key, NULL), ==, 0);
	g_assert_cmpstr(settings.key, ==, long_key);
	params_fini(table, &settings);
}

static const struct refusal {
	const char *name, *text, *error;
} refusals[] = {
	{"record", "maybe", "record = 'maybe': must be true or false"},
	{"record", "", "record = '': must be true or false"},
	{"interval", "9", "interval = '9': must be a whole number from 10 to 60000 ms"},
	{"interval", "60001", "interval = '60001': must be a whole number from 10 to 60000 ms"},
	{"interval", "", "interval = '': must be a whole number from 10 to 60000 ms"},
	{"interval", "50x", "interval = '50x': must be a whole number from 10 to 60000 ms"},
	{"interval", " 50", "interval = ' 50': must be a whole number from 10 to 60000 ms"},
	{"interval", "0x50", "interval = '0x50': must be a whole number from 10 to 60000 ms"},
	{"interval", "99999999999999999999",
		"interval = '99999999999999999999': must be a whole number from 10 to 60000 ms"},
	{"even", "102", "even = '102': must be a whole number from -100 to 100"},
	{"even", "3", "even = '3': must be even"},
	{"folder", "", "folder = '': must have from 1 to 8 bytes"},
	{"folder", "/var/recs", "folder = '/var/recs': must have from 1 to 8 bytes"},
	{"policy", "stre", "policy = 'stre': must be one of stream, template, none"},
	{"policy", "", "policy = '': must be one of stream, template, none"},
	{"policy", "stream|template",
		"policy = 'stream|template': must be one of stream, template, none"},
};

static void refuses_and_explains(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		struct settings settings = {0}, before;
		g_autofree char *error = NULL;
		const struct param *row = params_find(table, refusals[i].name);
		params_defaults(table, &settings);
		before = settings;
		g_assert_cmpint(params_set(row, &settings, refusals[i].text, &error), ==, -EINVAL);
		g_assert_cmpstr(error, ==, refusals[i].error);
		g_assert_cmpint(params_set(row, &settings, refusals[i].text, NULL), ==, -EINVAL);
		g_assert_cmpmem(&settings, sizeof settings, &before, sizeof before);
		params_fini(table, &settings);
	}
}

static void a_bad_default_stops_the_program(void)
{
	static const struct param wrong[] = {
		{.name = "count", .type = PARAM_INT, .min = 1, .max = 2, .fallback = "3"},
		{.name = NULL},
	};
	if (g_test_subprocess()) {
		int64_t count = 0;
		params_defaults(wrong, &count);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_failed();
	g_test_trap_assert_stderr("*count = '3'*");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/params/sets defaults and frees them", sets_defaults);
	g_test_add_func("/params/finds rows by name", finds_rows);
	g_test_add_func("/params/accepts what its rows allow", accepts);
	g_test_add_func("/params/replaces strings", replaces_strings);
	g_test_add_func("/params/refuses and explains", refuses_and_explains);
	g_test_add_func("/params/a bad default stops the program", a_bad_default_stops_the_program);
	return g_test_run();
}
