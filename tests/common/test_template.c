/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates of recording names: tokens, their limits, their mistakes. */
#include "common/template.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/support.h"

#define LONG "0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij"

static const struct template_values plain = {
	.stream_name = "camera",
	.start_us = INT64_C(1785000000123456),
	.session_id = "1234",
	.media_session_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
	.login = "alice",
	.audio_codec = "opus",
	.video_codec = "vp8",
};

static const struct template_values empty;

static const struct template_values too_long = {
	.stream_name = LONG,
	.start_us = INT64_MAX,
	.session_id = LONG,
	.media_session_id = LONG,
	.login = "0123456789abcdefghij0123456789a\xc3\xa9", /* é is bytes 32 and 33 */
	.audio_codec = "multiopus",
	.video_codec = "h264svc",
};

static const struct row {
	const char *text;
	const struct template_values *values;
	const char *expected;
} rows[] = {
	{"", &plain, ""},
	{"fixed", &plain, "fixed"},
	{TEMPLATE_DEFAULT, &plain, "stream-3f2504e0-4f89-41d3-9a0c-0305e82c3301-alice"},
	{"{streamName}_{startTime}", &plain, "camera_1785000000123"},
	{"{sessionId}{audioCodec}{videoCodec}", &plain, "1234opusvp8"},
	{"{login}{login}", &plain, "alicealice"},
	{TEMPLATE_DEFAULT, &empty, "stream"},
	{"{login}_call_{streamName}.{sessionId}", &empty, "_call."},
	{"{streamName}{startTime}{sessionId}{audioCodec}{videoCodec}", &empty, "0"},
	{"{streamName}", &too_long, LONG},
	{"{startTime}", &too_long, "9223372036854775"},
	{"{sessionId}", &too_long, "0123456789abcdefghij0123456789abcdefghij0123456789abcdefghij"},
	{"{mediaSessionId}", &too_long, "0123456789abcdefghij0123456789abcdef"},
	{"{login}", &too_long, "0123456789abcdefghij0123456789a"},
	{"{audioCodec}-{videoCodec}", &too_long, "mult-h264"},
};

static void expands(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t bad = 99;
		g_autofree char *name = template_expand(rows[i].text, rows[i].values);
		g_assert_cmpstr(name, ==, rows[i].expected);
		g_assert_cmpint(template_check(rows[i].text, &bad), ==, 0);
		g_assert_cmpuint(bad, ==, 99);
	}
}

static void refuses_wrong_braces(void)
{
	static const struct {
		const char *text;
		size_t bad;
	} wrong[] = {
		{"{stremName}", 0},
		{"{streamname}", 0},
		{"a-{login}-{logout}", 10},
		{"{}", 0},
		{"{login", 0},
		{"{login }", 0},
		{"{{login}}", 0},
		{"{login}}", 7},
		{"a}", 1},
		{"a{", 1},
		{"{loginx}", 0},
		{"{log}", 0},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		size_t bad = 99;
		g_assert_cmpint(template_check(wrong[i].text, &bad), ==, -EINVAL);
		g_assert_cmpuint(bad, ==, wrong[i].bad);
		g_assert_cmpint(template_check(wrong[i].text, NULL), ==, -EINVAL);
		g_assert_null(template_expand(wrong[i].text, &plain));
	}
}

/* The token search must not look past the end of a template that stops in a word. */
static void reads_no_further_than_the_end(void)
{
	static const char whole[] = "{mediaSessionId}";
	for (size_t len = 0; len < sizeof whole; len++) {
		char *text = malloc(len + 1);
		memcpy(text, whole, len);
		text[len] = '\0';
		int expected = len == 0 || len == sizeof whole - 1 ? 0 : -EINVAL;
		g_assert_cmpint(template_check(text, NULL), ==, expected);
		free(text);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/template/expands tokens within their limits", expands);
	g_test_add_func("/template/refuses wrong braces and says where", refuses_wrong_braces);
	g_test_add_func("/template/reads no further than the end", reads_no_further_than_the_end);
	return g_test_run();
}
