/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files in a folder, operands, and the recordings that come of them, as text:
 * "name[label=file+file label=file] …", then "!file" for each problem.
 */
#include "postprocessing/core/input.h"

#include <glib.h>
#include <string.h>

#include "postprocessing/core/input_name.h"
#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

static const struct name_row {
	const char *path;
	const char *recording; /* NULL: not a dump's name */
	const char *label;
	uint32_t part;
	int64_t clock_us;
} name_rows[] = {
	{"a-audio.mjr", "a", "audio", 0, 0},
	{"a-video1.mjr", "a", "video1", 0, 0},
	{"a-rtcp.mjr", "a", "rtcp", 0, 0},
	{"/rec/x/a-data.mjr", "/rec/x/a", "data", 0, 0},
	{"a.0001-audio.mjr", "a", "audio", 1, 0},
	{"a.0123-video12.mjr", "a", "video12", 123, 0},
	{"a.12345-video.mjr", "a", "video", 12345, 0},
	{"a.001-audio.mjr", "a.001", "audio", 0, 0},
	{"stream-video-audio.mjr", "stream-video", "audio", 0, 0},
	{"rec-42-audio.mjr", "rec-42", "audio", 0, 0},
	{"room-audio-0.mjr", "room", "audio-0", 0, 0},
	{"room-video-11.mjr", "room", "video-11", 0, 0},
	{"videoroom-1-user-2-1700000000000123-audio.mjr", "videoroom-1-user-2-1700000000000123",
		"audio", 0, 0},
	{"videoroom-1-user-2-1700000000000123-video-1.mjr", "videoroom-1-user-2", "video-1", 0,
		1700000000000123},
	{"something.mjr", "something", "", 0, 0},
	{"audio.mjr", "audio", "", 0, 0},
	{"a.0001.mjr", "a.0001", "", 0, 0},
	{"-audio.mjr", "", "audio", 0, 0},
	{".mjr", "", "", 0, 0},
	{"a-audio.MJR", NULL, NULL, 0, 0},
	{"a-audio.mjr.tmp", NULL, NULL, 0, 0},
	{"mjr", NULL, NULL, 0, 0},
};

static void test_names(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(name_rows); i++) {
		const struct name_row *row = &name_rows[i];
		struct input_name name = {0};
		g_test_message("%s", row->path);
		g_assert_cmpint(input_name_parse(&name, row->path), ==, row->recording != NULL);
		g_assert_cmpstr(name.recording, ==, row->recording);
		g_assert_cmpstr(name.label, ==, row->label);
		g_assert_cmpuint(name.part, ==, row->part);
		g_assert_cmpint(name.clock_us, ==, row->clock_us);
		input_name_fini(&name);
	}
}

/* In `files`, "NAME.json:audio=FILE,FILE" is a manifest; a name alone is an empty file. */
static const struct row {
	const char *name;
	const char *files;
	const char *operands; /* "." is the folder */
	const char *expected;
} rows[] = {
	{"/input/loose_files_of_a_call_are_one_recording", "a-audio.mjr a-video.mjr a-rtcp.mjr",
		"a-video.mjr a-rtcp.mjr a-audio.mjr",
		"a[audio=a-audio.mjr rtcp=a-rtcp.mjr video=a-video.mjr]"},
	{"/input/names_of_others_stay_apart", "a-audio.mjr ab-audio.mjr", ".",
		"a[audio=a-audio.mjr] ab[audio=ab-audio.mjr]"},
	{"/input/rotated_parts_are_in_order",
		"a-audio.mjr a.0002-audio.mjr a.0010-audio.mjr a.0001-audio.mjr", ".",
		"a[audio=a-audio.mjr+a.0001-audio.mjr+a.0002-audio.mjr+a.0010-audio.mjr]"},
	{"/input/many_tracks_of_a_kind", "a-video.mjr a-video10.mjr a-video2.mjr", ".",
		"a[video=a-video.mjr video2=a-video2.mjr video10=a-video10.mjr]"},
	{"/input/videoroom_tracks_with_a_clock_each",
		"r-1700000000000456-video-1.mjr r-1700000000000123-audio-0.mjr", ".",
		"r[audio-0=r-1700000000000123-audio-0.mjr "
		"video-1=r-1700000000000456-video-1.mjr]"},
	{"/input/videoroom_recordings_one_after_another",
		"r-1700000000000123-audio-0.mjr r-1700000009000000-audio-0.mjr", ".",
		"r[audio-0=r-1700000000000123-audio-0.mjr] "
		"r[audio-0=r-1700000009000000-audio-0.mjr]"},
	{"/input/a_file_named_twice_counts_once", "a-audio.mjr", "a-audio.mjr ./a-audio.mjr .",
		"a[audio=a-audio.mjr]"},
	{"/input/a_manifest_names_its_files",
		"x.json:audio=one.mjr,two.mjr;rtcp=three.mjr one.mjr two.mjr three.mjr", "x.json",
		"x[audio=one.mjr+two.mjr rtcp=three.mjr]"},
	{"/input/what_a_manifest_names_is_not_loose",
		"x.json:audio=x-audio.mjr x-audio.mjr x-video.mjr y-audio.mjr", ".",
		"x[audio=x-audio.mjr] x[video=x-video.mjr] y[audio=y-audio.mjr]"},
	{"/input/a_manifest_and_its_files_are_one", "x.json:audio=x-audio.mjr x-audio.mjr",
		"x-audio.mjr x.json", "x[audio=x-audio.mjr]"},
	{"/input/other_files_in_a_folder_do_not_matter", "a-audio.mjr notes.txt package.json", ".",
		"a[audio=a-audio.mjr]"},
	{"/input/a_broken_manifest_matters_where_its_dumps_are", "a-audio.mjr a.json", ".",
		"a[audio=a-audio.mjr] !a.json"},
	{"/input/a_broken_manifest_matters_when_named", "notes.json", "notes.json", "!notes.json"},
	{"/input/what_is_missing_is_a_problem", "a-audio.mjr", "b.mjr a-audio.mjr c.json",
		"a[audio=a-audio.mjr] !b.mjr !c.json"},
	{"/input/an_empty_folder_is_a_problem", "", ".", "!."},
	{"/input/any_name_may_be_a_dump", "dump", "dump", "dump[=dump]"},
};

static void write_manifest(const char *path, const char *tracks)
{
	struct manifest manifest = {
		.id = g_strdup("4be0643f-1d98-473b-97cd-ca98a65347dd"),
		.name = g_strdup("x"),
		.stream = g_strdup("s"),
		.media_session_id = g_strdup("4be0643f-1d98-473b-97cd-ca98a65347de"),
		.created_us = MJR_WRITER_START_US,
	};
	g_auto(GStrv) all = g_strsplit(tracks, ";", -1);
	for (size_t i = 0; all[i]; i++) {
		g_auto(GStrv) sides = g_strsplit(all[i], "=", 2);
		g_auto(GStrv) files = g_strsplit(sides[1], ",", -1);
		struct manifest_track *track = manifest_add_track(&manifest);
		bool is_rtcp = strcmp(sides[0], "rtcp") == 0;
		track->label = g_strdup(sides[0]);
		track->kind = is_rtcp ? CODEC_DATA : CODEC_AUDIO;
		track->info.codec = codec_find(is_rtcp ? "binary" : "opus");
		for (size_t j = 0; files[j]; j++)
			manifest_add_part(track)->file = g_strdup(files[j]);
	}
	json_t *json = manifest_to_json(&manifest);
	g_assert_cmpint(json_dump_file(json, path, 0), ==, 0);
	json_decref(json);
	manifest_fini(&manifest);
}

static void write_files(const char *folder, const char *files)
{
	g_auto(GStrv) all = g_strsplit(files, " ", -1);
	for (size_t i = 0; all[i]; i++) {
		g_auto(GStrv) sides = g_strsplit(all[i], ":", 2);
		if (!sides[0] || !*sides[0])
			continue;
		g_autofree char *path = g_build_filename(folder, sides[0], NULL);
		if (sides[1])
			write_manifest(path, sides[1]);
		else
			scratch_write(path, (struct bytes){(const uint8_t *)"", 0});
	}
}

/* The path as seen from the folder. */
static const char *inside(const char *folder, const char *path)
{
	g_assert_true(g_str_has_prefix(path, folder));
	const char *rest = path + strlen(folder);
	while (g_str_has_prefix(rest, "/") || g_str_has_prefix(rest, "./"))
		rest++;
	return rest;
}

static char *describe(const struct input_set *set, const char *folder)
{
	GString *out = g_string_new("");
	for (size_t i = 0; i < set->count; i++) {
		const struct input *input = &set->inputs[i];
		g_string_append_printf(out, "%s%s[", i ? " " : "", inside(folder, input->name));
		for (size_t j = 0; j < input->track_count; j++) {
			const struct input_track *track = &input->tracks[j];
			g_string_append_printf(out, "%s%s=", j ? " " : "", track->label);
			g_assert_cmpint(track->is_rtcp, ==, strcmp(track->label, "rtcp") == 0);
			for (size_t k = 0; k < track->file_count; k++)
				g_string_append_printf(
					out, "%s%s", k ? "+" : "", inside(folder, track->files[k]));
			g_assert_null(track->files[track->file_count]);
		}
		g_string_append_c(out, ']');
	}
	for (size_t i = 0; i < set->problem_count; i++)
		g_string_append_printf(
			out, "%s!%s", out->len ? " " : "", inside(folder, set->problems[i].path));
	return g_string_free(out, FALSE);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	char *folder = scratch_create();
	g_auto(GStrv) operands = g_strsplit(row->operands, " ", -1);
	struct input_set set;

	write_files(folder, row->files);
	for (size_t i = 0; operands[i]; i++) {
		char *path = g_strconcat(folder, "/", operands[i], NULL);
		g_free(operands[i]);
		operands[i] = path;
	}
	input_set_load(&set, operands);
	g_autofree char *text = describe(&set, folder);
	/* The folder itself is "." */
	g_autofree char *shown =
		g_str_has_suffix(text, "!") ? g_strconcat(text, ".", NULL) : g_strdup(text);
	g_assert_cmpstr(shown, ==, row->expected);
	input_set_fini(&set);
	scratch_destroy(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/input/names_are_taken_apart", test_names);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].name, &rows[i], test_row);
	return g_test_run();
}
