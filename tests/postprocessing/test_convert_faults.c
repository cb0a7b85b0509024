/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr convert where things go wrong or must not vary: cut and flipped dumps,
 * full disks, interruption, bad words on the command line, repetition, length;
 * and beside Janus's own converter.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "common/mjr.h"
#include "tests/postprocessing/truth_decode.h"
#include "tests/postprocessing/truth_dump.h"
#include "tests/postprocessing/truth_run.h"

enum {
	SEED = 20,
	CUTS = 100,
	FLIPS = 100,
};

static void dump(const struct truth_run *run, const char *name, const struct truth *truth)
{
	g_autofree char *path = truth_run_path(run, name);
	GArray *packets = truth_packets(truth, 65000, 4000000000u, 0x1234);
	truth_dump_write(&(struct truth_dump){path, truth, packets, NULL, TRUTH_EPOCH_US, NULL});
	g_array_unref(packets);
}

static void dump_call(const struct truth_run *run, const char *codec, int seconds, int times)
{
	struct truth *audio = truth_audio(1, 50 * seconds);
	struct truth *video = truth_video(codec, 160, 120, 25 * seconds, 25);
	truth_repeat(audio, times);
	truth_repeat(video, times);
	dump(run, "call-audio.mjr", audio);
	dump(run, "call-video.mjr", video);
	truth_free(audio);
	truth_free(video);
}

static GBytes *load(const struct truth_run *run, const char *name)
{
	g_autofree char *path = truth_run_path(run, name);
	char *data = NULL;
	gsize len = 0;
	g_assert_true(g_file_get_contents(path, &data, &len, NULL));
	return g_bytes_new_take(data, len);
}

static void save(const struct truth_run *run, const char *name, const void *data, gsize len)
{
	g_autofree char *path = truth_run_path(run, name);
	g_assert_true(g_file_set_contents(path, data, (gssize)len, NULL));
}

static bool exists(const struct truth_run *run, const char *name)
{
	g_autofree char *path = truth_run_path(run, name);
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

struct row {
	const char *path;
	const char *codec;
	const char *output;
};

/* ---- cut dumps ---- */

static const struct row cut_rows[] = {
	{"/convert/any_prefix_of_opus_converts", "opus", "out.webm"},
	{"/convert/any_prefix_of_vp8_converts", "vp8", "out.webm"},
	{"/convert/any_prefix_of_h264_converts", "h264", "out.mp4"},
};

/* How many whole frames the prefix has, and whether it ends inside one; -1: no header. */
static int count_frames(const uint8_t *data, size_t len, bool *is_torn)
{
	struct bytes rest = {data, len};
	struct mjr_header header;
	*is_torn = false;
	if (mjr_header_parse(&header, rest) != 0)
		return -1;
	bytes_skip(&rest, header.size);
	int count = 0;
	struct mjr_frame frame;
	while (mjr_frame_parse(&frame, rest, MJR_VERSION_2) == 0) {
		bytes_skip(&rest, frame.size);
		count++;
	}
	*is_torn = rest.len > 0;
	return count;
}

static void test_cut(gconstpointer data)
{
	const struct row *row = data;
	bool is_audio = strcmp(row->codec, "opus") == 0;
	struct truth *truth =
		is_audio ? truth_audio(1, 50) : truth_video(row->codec, 160, 120, 25, 10);
	struct truth_run run;
	truth_run_init(&run);
	dump(&run, "whole.mjr", truth);
	g_autoptr(GBytes) whole = load(&run, "whole.mjr");
	g_autofree char *words =
		g_strdup_printf("convert in.mjr --overwrite -q -o %s", row->output);
	GRand *random = g_rand_new_with_seed(SEED);
	for (int i = 0; i < CUTS; i++) {
		gsize size = g_bytes_get_size(whole);
		/* Every fourth near the start, where the headers are. */
		gsize cut = (gsize)g_rand_int_range(random, 0, i % 4 == 0 ? 300 : (gint)size);
		const uint8_t *bytes = g_bytes_get_data(whole, NULL);
		bool is_torn = false;
		int frames = count_frames(bytes, cut, &is_torn);
		save(&run, "in.mjr", bytes, cut);
		g_autofree char *output = truth_run_path(&run, row->output);
		g_unlink(output);
		int status = truth_run_mjr(&run, words);
		g_test_message("cut at %zu: %d frames, status %d", cut, frames, status);
		g_assert_cmpint(exists(&run, row->output), ==, status != 3);
		if (frames <= 0)
			g_assert_cmpint(status, ==, 3);
		if (frames > 0 && is_audio)
			g_assert_cmpint(status, ==, is_torn);
		if (is_torn)
			g_assert_cmpint(status, !=, 0);
		if (status != 3 && i % 5 == 0)
			g_assert_true(truth_run_is_playable(&run, row->output));
	}
	g_rand_free(random);
	truth_run_fini(&run);
	truth_free(truth);
}

static const struct row flip_rows[] = {
	{"/convert/flipped_bytes_of_opus_do_no_harm", "opus", "out.mp4"},
	{"/convert/flipped_bytes_of_vp8_do_no_harm", "vp8", "out.mp4"},
	{"/convert/flipped_bytes_of_h264_do_no_harm", "h264", "out.mp4"},
};

static void test_flip(gconstpointer data)
{
	const struct row *row = data;
	bool is_audio = strcmp(row->codec, "opus") == 0;
	struct truth *truth =
		is_audio ? truth_audio(1, 50) : truth_video(row->codec, 160, 120, 25, 10);
	struct truth_run run;
	truth_run_init(&run);
	dump(&run, "whole.mjr", truth);
	g_autoptr(GBytes) whole = load(&run, "whole.mjr");
	g_autofree char *words =
		g_strdup_printf("convert in.mjr --overwrite -q -o %s", row->output);
	GRand *random = g_rand_new_with_seed(SEED);
	gsize size = g_bytes_get_size(whole);
	g_autofree uint8_t *bytes = g_memdup2(g_bytes_get_data(whole, NULL), size);
	for (int i = 0; i < FLIPS; i++) {
		int at = g_rand_int_range(random, 0, i % 4 == 0 ? 300 : (gint)size);
		uint8_t kept = bytes[at];
		bytes[at] ^= (uint8_t)g_rand_int_range(random, 1, 256);
		save(&run, "in.mjr", bytes, size);
		int status = truth_run_mjr(&run, words);
		g_test_message("flip at %d: status %d", at, status);
		g_assert_true(status == 0 || status == 1 || status == 3);
		bytes[at] = kept;
	}
	g_rand_free(random);
	truth_run_fini(&run);
	truth_free(truth);
}

/* ---- what must not vary ---- */

static const struct row same_rows[] = {
	{"/convert/the_same_call_gives_the_same_webm", "vp8", "webm"},
	{"/convert/the_same_call_gives_the_same_mp4", "h264", "mp4"},
	{"/convert/the_same_call_gives_the_same_transcoded_mp4", "vp8", "mp4"},
	{"/convert/the_same_call_gives_the_same_transcoded_webm", "h264", "webm"},
};

static void test_same(gconstpointer data)
{
	const struct row *row = data;
	struct truth_run run;
	truth_run_init(&run);
	dump_call(&run, row->codec, 3, 1);
	g_autofree char *first = g_strdup_printf("first.%s", row->output);
	g_autofree char *second = g_strdup_printf("second.%s", row->output);
	const char *const names[] = {first, second};
	for (size_t i = 0; i < 2; i++) {
		g_autofree char *words =
			g_strdup_printf("convert call-audio.mjr call-video.mjr -o %s", names[i]);
		g_assert_cmpint(truth_run_mjr(&run, words), ==, 0);
	}
	g_autoptr(GBytes) a = load(&run, first);
	g_autoptr(GBytes) b = load(&run, second);
	g_assert_true(g_bytes_equal(a, b));
	truth_run_fini(&run);
}

static long peak_of(const char *codec, int times, const char *output)
{
	struct truth_run run;
	truth_run_init(&run);
	dump_call(&run, codec, 4, times);
	g_autofree char *words =
		g_strdup_printf("convert call-audio.mjr call-video.mjr -o %s", output);
	long peak_kib = truth_run_mjr_peak(&run, words);
	truth_run_fini(&run);
	return peak_kib;
}

static const struct row memory_rows[] = {
	{"/convert/ten_times_the_length_takes_the_same_memory_webm", "vp8", "out.webm"},
	{"/convert/ten_times_the_length_takes_the_same_memory_mp4", "h264", "out.mp4"},
};

/* What may grow is the container's index: some bytes for each packet. */
static void test_memory(gconstpointer data)
{
	const struct row *row = data;
#ifdef __SANITIZE_ADDRESS__
	g_test_skip("a sanitizer keeps freed memory");
	return;
#endif
	long once = peak_of(row->codec, 5, row->output);
	long ten_times = peak_of(row->codec, 50, row->output);
	if (g_getenv("HUGE"))
		g_test_message("500: %ld", peak_of(row->codec, 500, row->output));
	g_test_message("%s: %ld KiB for 20 s, %ld KiB for 200 s", row->output, once, ten_times);
	g_assert_cmpint(ten_times - once, <, 3072);
}

/* ---- beside janus-pp-rec ---- */

static const struct row janus_rows[] = {
	{"/convert/janus_finds_the_same_vp8_pictures", "vp8", "webm"},
	{"/convert/janus_finds_the_same_h264_pictures", "h264", "mp4"},
};

static void test_janus(gconstpointer data)
{
	const struct row *row = data;
	struct truth *truth = truth_video(row->codec, 320, 180, 50, 25);
	struct truth_run run;
	truth_run_init(&run);
	dump(&run, "in.mjr", truth);
	g_autofree char *theirs = g_strdup_printf("janus-pp-rec in.mjr theirs.%s", row->output);
	g_autofree char *ours = g_strdup_printf("convert in.mjr -o ours.%s", row->output);
	int status = truth_run_program(&run, theirs);
	if (status < 0) {
		g_test_skip("janus-pp-rec is not installed");
	} else {
		g_assert_cmpint(status, ==, 0);
		g_assert_cmpint(truth_run_mjr(&run, ours), ==, 0);
		g_autofree char *a_path = truth_run_path(&run, strrchr(theirs, ' ') + 1);
		g_autofree char *b_path = truth_run_path(&run, strrchr(ours, ' ') + 1);
		GArray *a = truth_decode_file(a_path, AVMEDIA_TYPE_VIDEO);
		GArray *b = truth_decode_file(b_path, AVMEDIA_TYPE_VIDEO);
		/* Its last H.264 picture lasts no time, and is left out by demuxers. */
		g_assert_cmpuint(a->len, >=, 49);
		g_assert_cmpuint(b->len, ==, 50);
		truth_assert_same(a, 0, b, 0, a->len);
		g_array_unref(a);
		g_array_unref(b);
	}
	truth_run_fini(&run);
	truth_free(truth);
}

/* ---- outputs that fail ---- */

static void test_full_disk(void)
{
	struct truth_run run;
	truth_run_init(&run);
	dump_call(&run, "vp8", 3, 1);
	guint files = truth_run_count_files(&run);
	g_assert_cmpint(truth_run_mjr_limited(
				&run, "convert call-audio.mjr call-video.mjr -o out.webm", 40000),
		==, 4);
	g_assert_cmpuint(truth_run_count_files(&run), ==, files);
	truth_run_fini(&run);
}

static void test_interrupted(void)
{
	struct truth_run run;
	truth_run_init(&run);
	dump_call(&run, "vp8", 3, 40);
	guint files = truth_run_count_files(&run);
	g_assert_cmpint(truth_run_mjr_interrupted(&run,
				"convert call-audio.mjr call-video.mjr -o out.mp4 --progress json"),
		==, 4);
	g_assert_cmpuint(truth_run_count_files(&run), ==, files);
	truth_run_fini(&run);
}

/* ---- the command line ---- */

struct words_row {
	const char *words;
	int status;
	const char *said; /* part of stderr */
};

static const struct words_row words_rows[] = {
	{"convert call-audio.mjr", 2, "-o OUT"},
	{"convert -o out.webm", 2, "INPUT"},
	{"convert call-audio.mjr -o out.txt", 2, "--format"},
	{"convert call-audio.mjr -o out --format avi", 2, "webm, mp4, mkv, ogg"},
	{"convert call-audio.mjr -o out.mp4 --progress fast", 2, "auto, json or none"},
	{"convert call-audio.mjr -o out.webm --audio-codec mp3", 2, "cannot hold mp3"},
	{"convert call-audio.mjr -o out.webm --audio-rate 44100", 2, "44100"},
	{"convert call-audio.mjr -o out.mp4 --audio-rate 1", 2, "--audio-rate"},
	{"convert call-video.mjr -o out.ogg", 2, "cannot hold video"},
	{"convert call-video.mjr -o out.mp4 --video-codec copy", 2, "cannot hold vp8"},
	{"convert call-audio.mjr call-video.mjr -o out.ogg --video-codec none", 0, ""},
	{"convert call-audio.mjr -o out.ogg", 4, "--overwrite"},
	{"convert call-audio.mjr -o out.ogg --overwrite", 0, ""},
	{"convert call-audio.mjr -o no/such/folder/out.ogg", 4, "no/such/folder"},
	{"convert nothing.mjr -o out.webm", 3, "nothing.mjr"},
	{"convert empty.mjr -o out.webm", 3, "empty.mjr"},
	{"convert sub -o none.webm", 3, ""},
	{"convert call-audio.mjr call-video.mjr -o sub --format webm", 0, ""},
	{"convert . -o many.webm", 2, "folder"},
};

static void test_words(void)
{
	struct truth_run run;
	truth_run_init(&run);
	dump_call(&run, "vp8", 1, 1);
	save(&run, "empty.mjr", "MJR00002", 8);
	g_autofree char *sub = truth_run_path(&run, "sub");
	g_mkdir(sub, 0700);
	for (size_t i = 0; i < G_N_ELEMENTS(words_rows); i++) {
		const struct words_row *row = &words_rows[i];
		g_test_message("%s", row->words);
		g_assert_cmpint(truth_run_mjr(&run, row->words), ==, row->status);
		g_assert_nonnull(strstr(run.errors, row->said));
	}
	g_assert_true(exists(&run, "sub/call.webm"));
	truth_run_fini(&run);
}

/* A folder of recordings becomes a folder of files, and the report has one entry each. */
static void test_folder(void)
{
	struct truth *truth = truth_audio(1, 10);
	struct truth_run run;
	truth_run_init(&run);
	dump(&run, "a-audio.mjr", truth);
	dump(&run, "b-audio.mjr", truth);
	g_autofree char *out = truth_run_path(&run, "out");
	g_mkdir(out, 0700);
	g_assert_cmpint(
		truth_run_mjr(&run, "convert . -o out --format webm --report r.json"), ==, 0);
	g_assert_true(exists(&run, "out/a.webm"));
	g_assert_true(exists(&run, "out/b.webm"));
	json_t *report = truth_run_json(&run, "r.json");
	g_assert_cmpuint(json_array_size(json_object_get(report, "outputs")), ==, 2);
	json_decref(report);
	truth_run_fini(&run);
	truth_free(truth);
}

#define ADD_ROWS(rows, function)                        \
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) \
	g_test_add_data_func((rows)[i].path, &(rows)[i], function)

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	g_test_init(&argc, &argv, NULL);
	truth_quiet();
	ADD_ROWS(cut_rows, test_cut);
	ADD_ROWS(flip_rows, test_flip);
	ADD_ROWS(same_rows, test_same);
	ADD_ROWS(memory_rows, test_memory);
	ADD_ROWS(janus_rows, test_janus);
	g_test_add_func("/convert/a_full_disk_leaves_nothing_behind", test_full_disk);
	g_test_add_func("/convert/an_interruption_leaves_nothing_behind", test_interrupted);
	g_test_add_func("/convert/words_that_make_no_sense_are_refused", test_words);
	g_test_add_func("/convert/a_folder_of_recordings_becomes_a_folder_of_files", test_folder);
	return g_test_run();
}
