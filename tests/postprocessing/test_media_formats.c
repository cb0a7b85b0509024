/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens to which codec in which container, as a table.
 */
#include <glib.h>

#include "postprocessing/media/formats.h"

struct row {
	const char *format, *from, *wanted;
	bool is_encoded;
	const char *to; /* NULL: refused */
	bool is_copy;
};

static const struct row rows[] = {
	{"webm", "vp8", NULL, false, "vp8", true},
	{"webm", "vp9", NULL, false, "vp9", true},
	{"webm", "vp9", NULL, true, "vp8", false},
	{"webm", "vp8", "vp9", false, NULL, false},
	{"mp4", "vp9", NULL, false, "vp9", true},
	{"webm", "av1", NULL, false, "av1", true},
	{"mp4", "av1", NULL, false, "av1", true},
	{"mp4", "av1", "h264", false, "h264", false},
	{"mp4", "h265", NULL, false, "h265", true},
	{"webm", "h265", NULL, false, "vp8", false},
	{"mkv", "vp9", "copy", false, "vp9", true},
	{"webm", "opus", NULL, false, "opus", true},
	{"webm", "h264", NULL, false, "vp8", false},
	{"webm", "h264", "copy", false, NULL, false},
	{"webm", "h264", "h264", false, NULL, false},
	{"webm", "opus", "aac", false, NULL, false},
	{"webm", "vp8", NULL, true, "vp8", false},
	{"webm", "vp8", "copy", true, NULL, false},
	{"mp4", "h264", NULL, false, "h264", true},
	{"mp4", "opus", NULL, false, "aac", false},
	{"mp4", "opus", "copy", false, "opus", true},
	{"mp4", "opus", "opus", false, "opus", true},
	{"mp4", "vp8", NULL, false, "h264", false},
	{"mp4", "vp8", "copy", false, NULL, false},
	{"mp4", "vp8", "opus", false, NULL, false},
	{"mkv", "vp8", NULL, false, "vp8", true},
	{"mkv", "h264", NULL, false, "h264", true},
	{"mkv", "h264", "vp8", false, "vp8", false},
	{"mkv", "opus", NULL, false, "opus", true},
	{"ogg", "opus", NULL, false, "opus", true},
	{"ogg", "vp8", NULL, false, NULL, false},
	{"mkv", "g722", NULL, false, "opus", false},
	{"mkv", "pcma", NULL, false, "pcma", true},
	{"mkv", "pcma", NULL, true, "opus", false},
	{"mp4", "l16", NULL, false, "aac", false},
	{"mp4", "multiopus", "copy", false, "multiopus", true},
	{"webm", "pcmu", NULL, false, "opus", false},
	{"webm", "multiopus", NULL, false, "multiopus", true},
	{"wav", "g722", NULL, false, "pcm", false},
	{"wav", "vp8", NULL, false, NULL, false},
	{"m4a", "opus", NULL, false, "aac", false},
	{"mp3", "pcmu", NULL, false, "mp3", false},
};

static void test_plan(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row *row = &rows[i];
		struct fault fault = {0};
		struct format_plan plan = {0};
		struct format_wish wish = {row->wanted, row->is_encoded};
		int err = format_plan(
			&plan, format_find(row->format), codec_find(row->from), &wish, &fault);
		g_test_message("%s %s %s", row->format, row->from, fault.text);
		if (row->to == NULL) {
			g_assert_cmpint(err, <, 0);
			g_assert_cmpint(fault.kind, ==, FAULT_USAGE);
			continue;
		}
		g_assert_cmpint(err, ==, 0);
		g_assert_cmpstr(plan.to->name, ==, row->to);
		g_assert_cmpint(plan.is_copy, ==, row->is_copy);
		g_assert_cmpint(plan.reason == NULL, ==, row->is_copy);
	}
}

static void test_guess(void)
{
	static const struct {
		const char *path, *format;
	} names[] = {
		{"a.webm", "webm"},
		{"/b.c/a.MP4", "mp4"},
		{"a.m4v", "mp4"},
		{"a.opus", "ogg"},
		{"a.b.mkv", "mkv"},
		{"a", NULL},
		{"a.", NULL},
		{"a.txt", NULL},
		{"/b.webm/a", NULL},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct format *format = format_guess(names[i].path);
		g_assert_cmpstr(format != NULL ? format->name : NULL, ==, names[i].format);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/formats/each_codec_is_copied_transcoded_or_refused", test_plan);
	g_test_add_func("/formats/the_suffix_names_the_format", test_guess);
	return g_test_run();
}
