/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies, exclusion and encodings of recording names. */
#include "common/naming.h"

#include <glib.h>

#include "tests/common/support.h"

static void policies_choose(void)
{
	static const struct template_values values = {.stream_name = "front:door", .login = "ann"};
	static const struct {
		struct naming naming;
		const char *expected;
	} rows[] = {
		{{.template = "{streamName}-{login}"}, "front:door-ann"},
		{{.template = "call {login}", .exclude = "l"}, "ca ann"},
		{{.policy = NAMING_STREAM_NAME}, "front:door"},
		{{.policy = NAMING_STREAM_NAME, .exclude = ":.,/"}, "frontdoor"},
		{{.policy = NAMING_STREAM_NAME, .exclude = ""}, "front:door"},
		{{.policy = NAMING_STREAM_NAME, .exclude = "front:d"}, ""},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = naming_make(&rows[i].naming, &values);
		g_assert_cmpstr(name, ==, rows[i].expected);
	}
}

static void excludes_whole_characters(void)
{
	static const struct {
		const char *text, *characters, *expected;
	} rows[] = {
		{"", "a", ""},
		{"abcabc", NULL, "abcabc"},
		{"abcabc", "b", "acac"},
		{"abcabc", "cba", ""},
		{"caf\xc3\xa9", "\xc3\xa9", "caf"},
		{"caf\xc3\xa8", "\xc3\xa9", "caf\xc3\xa8"}, /* they share a byte */
		{"a\xff", "\xc3\xa9", "a\xff"},             /* no UTF-8 stays what it is */
		{"\xf0\x9f\x8e\xa5 live", "\xf0\x9f\x8e\xa5 ", "live"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *kept = naming_exclude(rows[i].text, rows[i].characters);
		g_assert_cmpstr(kept, ==, rows[i].expected);
	}
}

static void encodes(void)
{
	static const struct {
		const char *text;
		const char *expected[3]; /* in the order of enum naming_encoding */
	} rows[] = {
		{"", {"", "", ""}},
		{"a", {"a", "61", "YQ"}},
		{"ab", {"ab", "6162", "YWI"}},
		{"abc", {"abc", "616263", "YWJj"}},
		{"../x", {"../x", "2e2e2f78", "Li4veA"}},
		{"\xc3\xa9\xc2\xbf", {"\xc3\xa9\xc2\xbf", "c3a9c2bf", "w6nCvw"}},
		{"~~>", {"~~>", "7e7e3e", "fn4-"}},
		{"~~?", {"~~?", "7e7e3f", "fn4_"}},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (size_t encoding = 0; encoding < 3; encoding++) {
			g_autofree char *name =
				naming_encode(rows[i].text, (enum naming_encoding)encoding);
			g_assert_cmpstr(name, ==, rows[i].expected[encoding]);
		}
	}
}

static void what_fits_the_capacity_fits_encoded(void)
{
	for (size_t max = 1; max <= 300; max++) {
		for (size_t encoding = 0; encoding < 3; encoding++) {
			size_t room = naming_capacity(max, (enum naming_encoding)encoding);
			g_autofree char *text = g_strnfill(room, '\xff');
			g_autofree char *name = naming_encode(text, (enum naming_encoding)encoding);
			g_assert_cmpuint(strlen(name), <=, max);
			g_assert_cmpuint(strlen(name) + 4, >, max);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/naming/policies_choose", policies_choose);
	g_test_add_func("/naming/excludes_whole_characters", excludes_whole_characters);
	g_test_add_func("/naming/encodes", encodes);
	g_test_add_func(
		"/naming/what_fits_the_capacity_fits_encoded", what_fits_the_capacity_fits_encoded);
	return g_test_run();
}
