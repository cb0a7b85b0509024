/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of recordings: safe, short enough, and never taken from anyone. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/name.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

static const char *const LABELS[] = {"audio", "video", "rtcp"};

struct row {
	const char *name;
	const char *wanted;
	const char *existing[4]; /* files in the folder; "@…" is a dangling link */
	const char *reserved;
};

static const struct row ROWS[] = {
	{"a_free_name_is_taken_as_it_is", "call", {0}, "call"},
	{"a_manifest_takes_the_name", "call", {"call.json"}, "call-1"},
	{"a_part_takes_the_name", "call", {"call-video.mjr"}, "call-1"},
	{"a_dangling_link_takes_the_name", "call", {"@call-rtcp.mjr"}, "call-1"},
	{"a_file_of_another_track_does_not", "call", {"call-data.mjr"}, "call"},
	{"numbers_go_on", "call", {"call.json", "call-1.json", "call-2-audio.mjr"}, "call-3"},
	{"numbers_fill_holes", "call", {"call.json", "call-2.json"}, "call-1"},
	{"another_recording_s_file_is_no_obstacle", "call-audio", {"call.json"}, "call-audio"},
	{"no_way_up", "../../etc/passwd", {0}, "_._.._etc_passwd"},
	{"no_absolute_path", "/etc/passwd", {0}, "_etc_passwd"},
	{"no_dots_alone", "..", {0}, "_."},
	{"no_hidden_file", ".call", {0}, "_call"},
	{"no_option", "-rf", {0}, "_rf"},
	{"no_control_characters", "a\nb\033[31m", {0}, "a_b_[31m"},
	{"no_invalid_utf8", "a\xff\xc3", {0}, "a__"},
	{"spaces_and_other_scripts_stay", "Zoë 会議", {0}, "Zoë 会議"},
	{"an_empty_name_is_something", "", {0}, "_"},
};

static void make_existing(struct rig *rig, const char *file)
{
	g_autofree char *path = g_build_filename(rig->folder, file + (file[0] == '@'), NULL);
	if (file[0] == '@')
		g_assert_cmpint(symlink("nowhere", path), ==, 0);
	else
		g_assert_true(g_file_set_contents(path, "theirs", -1, NULL));
}

static void assert_untouched(struct rig *rig, const char *file)
{
	if (file[0] == '@')
		return;
	GByteArray *content = rig_read(rig, file);
	g_assert_cmpmem(content->data, content->len, "theirs", 6);
	g_byte_array_unref(content);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct rig rig;
	rig_init(&rig, NULL);
	for (size_t i = 0; row->existing[i] != NULL; i++)
		make_existing(&rig, row->existing[i]);
	size_t before = rig_count_files(rig.folder);
	g_autofree char *name = NULL;
	g_assert_cmpint(name_reserve(&name, &rig.disk, rig.folder, row->wanted, LABELS,
				G_N_ELEMENTS(LABELS)),
		==, 0);
	g_assert_cmpstr(name, ==, row->reserved);
	g_autofree char *manifest = name_manifest_file(name);
	g_assert_true(rig_exists(&rig, manifest));
	g_assert_cmpuint(rig_count_files(rig.folder), ==, before + 1);
	for (size_t i = 0; row->existing[i] != NULL; i++)
		assert_untouched(&rig, row->existing[i]);
	rig_fini(&rig);
}

/* With all that may follow, a name fits a path component, and is cut between characters. */
static void long_names_are_cut_and_still_numbered(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	GString *wanted = g_string_new("x");
	while (wanted->len < 1000)
		g_string_append(wanted, "議");
	g_autofree char *previous = g_strdup("");
	for (int i = 0; i < 12; i++) {
		char *name = NULL;
		g_assert_cmpint(name_reserve(&name, &rig.disk, rig.folder, wanted->str, LABELS,
					G_N_ELEMENTS(LABELS)),
			==, 0);
		g_assert_cmpuint(strlen(name) + NAME_ROOM, <=, PATH_COMPONENT_MAX);
		g_assert_cmpuint(strlen(name) + NAME_ROOM, >, PATH_COMPONENT_MAX - 4);
		g_assert_true(g_utf8_validate(name, -1, NULL));
		g_assert_cmpstr(name, !=, previous);
		g_free(previous);
		previous = name;
	}
	g_assert_true(g_str_has_suffix(previous, "-11"));

	/* The longest file that a recording can have can be made. */
	struct recording *recording = rig_start(&rig, wanted->str);
	track_push_message(recording_track(recording, 3), (const uint8_t *)"rtcp", 4);
	rig_stop(&rig, recording);
	g_string_free(wanted, TRUE);
	rig_fini(&rig);
}

static void a_folder_that_is_gone_is_an_error(void)
{
	char *name = NULL;
	struct rig rig;
	rig_init(&rig, NULL);
	int err = name_reserve(&name, &rig.disk, "/nonexistent", "call", LABELS, 1);
	g_assert_cmpint(err, ==, -ENOENT);
	g_assert_null(name);
	rig_fini(&rig);
}

static void labels_number_the_second_of_a_kind(void)
{
	char label[NAME_LABEL_SIZE];
	name_label(label, CODEC_VIDEO, 0);
	g_assert_cmpstr(label, ==, "video");
	name_label(label, CODEC_VIDEO, 1);
	g_assert_cmpstr(label, ==, "video1");
	name_label(label, CODEC_AUDIO, RECORDING_TRACKS_MAX - 1);
	g_assert_cmpstr(label, ==, "audio31");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_autofree char *path = g_strdup_printf("/name/%s", ROWS[i].name);
		g_test_add_data_func(path, &ROWS[i], test_row);
	}
	g_test_add_func("/name/long_names_are_cut_and_still_numbered",
		long_names_are_cut_and_still_numbered);
	g_test_add_func(
		"/name/a_folder_that_is_gone_is_an_error", a_folder_that_is_gone_is_an_error);
	g_test_add_func(
		"/name/labels_number_the_second_of_a_kind", labels_number_the_second_of_a_kind);
	return g_test_run();
}
