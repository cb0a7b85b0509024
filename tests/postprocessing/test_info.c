/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs `mjr info` as people do, and reads what it says and how it ends. */
#include <glib.h>
#include <jansson.h>
#include <string.h>

#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

enum {
	EXIT_GOOD = 0,
	EXIT_LOSS = 1,
	EXIT_USAGE = 2,
	EXIT_UNREADABLE = 3,
	EXIT_OUTPUT = 4,
};

#define VP8_KEY   "\x10\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x01"
#define VP8_SMALL "\x10\x10\x02\x00\x9d\x01\x2a\x40\x01\xb4\x00"
#define VP8_INTER "\x10\x11\x02"

struct fixture {
	char *folder;
	char *out, *err; /* what mjr wrote */
};

static void set_up(struct fixture *f, gconstpointer data)
{
	(void)data;
	f->folder = scratch_create();
}

static void tear_down(struct fixture *f, gconstpointer data)
{
	(void)data;
	g_free(f->out);
	g_free(f->err);
	scratch_destroy(f->folder);
}

/* Runs it in the folder; returns the exit code. `arguments` are separated by spaces. */
static int run(struct fixture *f, const char *arguments)
{
	g_autofree char *program = g_test_build_filename(G_TEST_BUILT, "mjr", NULL);
	g_autofree char *line = g_strconcat(program, " ", arguments, NULL);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	int status = 0;
	g_clear_pointer(&f->out, g_free);
	g_clear_pointer(&f->err, g_free);
	g_spawn_sync(f->folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &f->out, &f->err, &status,
		&error);
	g_assert_no_error(error);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct mjr_writer *open_in(struct fixture *f, const char *name, const char *codec)
{
	g_autofree char *path = g_build_filename(f->folder, name, NULL);
	return mjr_writer_open(path, codec);
}

static void put_video(struct mjr_writer *writer, uint16_t seq, const char *payload, size_t len)
{
	mjr_writer_put(writer, &(struct mjr_writer_packet){
				       .ms = seq * 40u,
				       .seq = seq,
				       .timestamp = seq * 3600u,
				       .has_marker = true,
				       .payload = {(const uint8_t *)payload, len},
			       });
}

/* 50 packets of 20 ms; `missing` (0: none) is left out. */
static void write_audio(struct fixture *f, const char *name, uint16_t missing)
{
	struct mjr_writer *writer = open_in(f, name, "opus");
	for (uint16_t i = 0; i < 50; i++) {
		if (i == missing && missing)
			continue;
		mjr_writer_put(writer, &(struct mjr_writer_packet){
					       .ms = i * 20u,
					       .seq = i,
					       .timestamp = i * 960u,
					       .payload = {(const uint8_t *)"\x78opus", 5},
				       });
	}
	mjr_writer_close(writer);
}

static json_t *first_track(struct fixture *f, json_t **all)
{
	*all = json_loads(f->out, 0, NULL);
	g_assert_nonnull(*all);
	json_t *recording = json_array_get(json_object_get(*all, "recordings"), 0);
	return json_array_get(json_object_get(recording, "tracks"), 0);
}

static void assert_number(const json_t *track, const char *name, json_int_t expected)
{
	const json_t *value = json_object_get(track, name);
	if (!json_is_integer(value))
		g_error("no number '%s'", name);
	g_assert_cmpint(json_integer_value(value), ==, expected);
}

static void test_good(struct fixture *f, gconstpointer data)
{
	(void)data;
	json_t *all = NULL;
	write_audio(f, "a-audio.mjr", 0);
	g_assert_cmpint(run(f, "info a-audio.mjr"), ==, EXIT_GOOD);
	g_assert_cmpstr(f->err, ==, "");
	g_assert_nonnull(strstr(f->out, "audio  opus   0:00:01.000       50"));
	g_assert_cmpint(run(f, "info --json a-audio.mjr"), ==, EXIT_GOOD);
	const json_t *track = first_track(f, &all);
	assert_number(track, "packets", 50);
	assert_number(track, "lost", 0);
	assert_number(track, "duration_us", 1000000);
	assert_number(track, "units", 50);
	g_assert_cmpstr(json_string_value(json_object_get(track, "first_arrival")), ==,
		"2023-11-14T22:13:20.000000Z");
	g_assert_cmpstr(json_string_value(json_object_get(track, "last_arrival")), ==,
		"2023-11-14T22:13:20.980000Z");
	json_decref(all);
}

static void test_loss(struct fixture *f, gconstpointer data)
{
	(void)data;
	json_t *all = NULL;
	write_audio(f, "a-audio.mjr", 7);
	g_assert_cmpint(run(f, "info -j a-audio.mjr"), ==, EXIT_LOSS);
	const json_t *track = first_track(f, &all);
	assert_number(track, "packets", 49);
	assert_number(track, "lost", 1);
	json_decref(all);
}

static void test_pictures(struct fixture *f, gconstpointer data)
{
	(void)data;
	json_t *all = NULL;
	struct mjr_writer *writer = open_in(f, "a-video.mjr", "vp8");
	put_video(writer, 0, VP8_KEY, sizeof VP8_KEY - 1);
	put_video(writer, 1, VP8_INTER, sizeof VP8_INTER - 1);
	put_video(writer, 2, VP8_SMALL, sizeof VP8_SMALL - 1);
	put_video(writer, 3, VP8_INTER, sizeof VP8_INTER - 1);
	mjr_writer_close(writer);
	g_assert_cmpint(run(f, "info a-video.mjr"), ==, EXIT_GOOD);
	g_assert_nonnull(strstr(f->out, "640x360…"));
	g_assert_nonnull(strstr(f->out, "video: 320x180 from 0:00:00.080"));
	g_assert_cmpint(run(f, "info --json a-video.mjr"), ==, EXIT_GOOD);
	const json_t *track = first_track(f, &all);
	assert_number(track, "keyframes", 2);
	assert_number(track, "size_changes", 1);
	assert_number(json_array_get(json_object_get(track, "sizes"), 1), "width", 320);
	json_decref(all);
}

static void test_sync(struct fixture *f, gconstpointer data)
{
	(void)data;
	json_t *all = NULL;
	write_audio(f, "a-audio.mjr", 0);
	g_assert_cmpint(run(f, "info -j ."), ==, EXIT_GOOD);
	const json_t *track = first_track(f, &all);
	g_assert_cmpstr(json_string_value(json_object_get(track, "sync")), ==, "arrival");
	json_decref(all);

	struct mjr_writer *writer = open_in(f, "a-rtcp.mjr", "binary");
	mjr_writer_put_report(
		writer, 100, MJR_WRITER_START_US + 100000, MJR_WRITER_SSRC, MJR_WRITER_START_US, 0);
	mjr_writer_close(writer);
	g_assert_cmpint(run(f, "info -j ."), ==, EXIT_GOOD);
	track = first_track(f, &all);
	g_assert_cmpstr(json_string_value(json_object_get(track, "sync")), ==, "sender_reports");
	json_decref(all);
}

static void test_torn(struct fixture *f, gconstpointer data)
{
	(void)data;
	g_autofree char *path = g_build_filename(f->folder, "a-audio.mjr", NULL);
	g_autofree char *content = NULL;
	gsize len = 0;
	write_audio(f, "a-audio.mjr", 0);
	g_assert_true(g_file_get_contents(path, &content, &len, NULL));
	scratch_write(path, (struct bytes){(uint8_t *)content, len - 3});
	g_assert_cmpint(run(f, "info a-audio.mjr"), ==, EXIT_LOSS);
	g_assert_nonnull(strstr(f->out, "audio: the file ends inside a frame"));
}

static void test_unreadable(struct fixture *f, gconstpointer data)
{
	(void)data;
	g_autofree char *empty = g_build_filename(f->folder, "empty.mjr", NULL);
	g_autofree char *magic = g_build_filename(f->folder, "magic.mjr", NULL);
	g_autofree char *other = g_build_filename(f->folder, "other.mjr", NULL);
	scratch_write(empty, (struct bytes){(const uint8_t *)"", 0});
	scratch_write(magic, (struct bytes){(const uint8_t *)"MJR00002", 8});
	scratch_write(other, (struct bytes){(const uint8_t *)"RIFF", 4});
	write_audio(f, "a-audio.mjr", 7);
	g_assert_cmpint(run(f, "info empty.mjr magic.mjr other.mjr none.mjr a-audio.mjr"), ==,
		EXIT_UNREADABLE);
	g_assert_nonnull(strstr(f->err, "mjr: empty.mjr: the file is empty\n"));
	g_assert_nonnull(strstr(f->err, "mjr: magic.mjr: only the 8 bytes of the magic"));
	g_assert_nonnull(strstr(f->err, "mjr: other.mjr: not an .mjr file\n"));
	g_assert_nonnull(strstr(f->err, "mjr: none.mjr: No such file or directory\n"));
	g_assert_nonnull(strstr(f->out, "opus"));
}

static void test_parts(struct fixture *f, gconstpointer data)
{
	(void)data;
	json_t *all = NULL;
	write_audio(f, "a-audio.mjr", 0);
	mjr_writer_close(open_in(f, "a.0001-audio.mjr", "pcmu"));
	g_assert_cmpint(run(f, "info -j ."), ==, EXIT_UNREADABLE);
	g_assert_nonnull(strstr(f->err, "/a.0001-audio.mjr: another codec than in the first file"));
	const json_t *track = first_track(f, &all);
	assert_number(track, "packets", 50);
	assert_number(track, "unreadable_files", 1);
	json_decref(all);
}

static void test_usage(struct fixture *f, gconstpointer data)
{
	(void)data;
	static const struct {
		const char *arguments, *complaint;
	} rows[] = {
		{"info", "mjr info: it needs FILE|MANIFEST|FOLDER...\nTry 'mjr help info'.\n"},
		{"info --jsom x", "'--jsom' is unknown"},
		{"inform", "mjr: there is no command 'inform'; 'mjr help' lists them\n"},
		{"help inform", "mjr: there is no command 'inform'; 'mjr help' lists them\n"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_cmpint(run(f, rows[i].arguments), ==, EXIT_USAGE);
		g_assert_nonnull(strstr(f->err, rows[i].complaint));
		g_assert_cmpstr(f->out, ==, "");
	}
	g_assert_cmpint(run(f, "--version"), ==, EXIT_GOOD);
	g_assert_true(g_str_has_prefix(f->out, "mjr (janus-recorder) "));
	g_assert_cmpint(run(f, "info --help"), ==, EXIT_GOOD);
	g_assert_nonnull(strstr(f->out, "  -j, --json"));
}

static void test_full_output(struct fixture *f, gconstpointer data)
{
	(void)data;
	g_autofree char *program = g_test_build_filename(G_TEST_BUILT, "mjr", NULL);
	g_autofree char *command = g_strdup_printf("'%s' help >/dev/full 2>/dev/null", program);
	char *argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, command, NULL};
	int status = 0;
	g_assert_true(g_spawn_sync(
		f->folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
	g_assert_cmpint(WEXITSTATUS(status), ==, EXIT_OUTPUT);
}

static void test_hostile_name(struct fixture *f, gconstpointer data)
{
	(void)data;
	write_audio(f, "a\033[31m\nmjr:-audio.mjr", 0);
	g_assert_cmpint(run(f, "info ."), ==, EXIT_GOOD);
	g_assert_null(strchr(f->out, '\033'));
	g_assert_nonnull(strstr(f->out, "a?[31m?mjr:\n"));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(struct fixture *f, gconstpointer data);
	} tests[] = {
		{"/info/a_good_dump_is_good", test_good},
		{"/info/a_loss_is_told_and_ends_with_1", test_loss},
		{"/info/pictures_and_their_sizes", test_pictures},
		{"/info/reports_synchronise", test_sync},
		{"/info/a_torn_file_ends_with_1", test_torn},
		{"/info/what_cannot_be_read_ends_with_3", test_unreadable},
		{"/info/a_part_of_another_codec_is_told", test_parts},
		{"/info/bad_usage_ends_with_2", test_usage},
		{"/info/a_full_output_ends_with_4", test_full_output},
		{"/info/a_name_cannot_drive_the_terminal", test_hostile_name},
	};
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].fn, tear_down);
	return g_test_run();
}
