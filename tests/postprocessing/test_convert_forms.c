/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr convert on recordings of every form: manifests, rotated parts, changing
 * sizes, parameters outside the stream, tracks that are broken or not wanted;
 * and what players find in the file.
 */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include <libavformat/avformat.h>

#include "common/manifest.h"
#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/truth_decode.h"
#include "tests/postprocessing/truth_dump.h"
#include "tests/postprocessing/truth_run.h"

struct scene {
	struct truth_run run;
	struct truth *truth;
	GArray *packets;
};

static void scene_init(struct scene *scene, struct truth *truth)
{
	truth_run_init(&scene->run);
	scene->truth = truth;
	scene->packets = truth_packets(truth, 65000, 4000000000u, 0x1234);
}

static void scene_fini(struct scene *scene)
{
	g_array_unref(scene->packets);
	truth_free(scene->truth);
	truth_run_fini(&scene->run);
}

static void dump(const struct scene *scene, const char *name, const char *fmtp)
{
	g_autofree char *path = truth_run_path(&scene->run, name);
	truth_dump_write(&(struct truth_dump){
		path, scene->truth, scene->packets, NULL, TRUTH_EPOCH_US, fmtp});
}

/* The packets of units `from`…`to`-1. */
static void dump_part(const struct scene *scene, const char *name, guint from, guint to)
{
	g_autofree char *path = truth_run_path(&scene->run, name);
	GArray *order = g_array_new(FALSE, FALSE, sizeof(guint));
	for (guint i = 0; i < scene->packets->len; i++) {
		size_t unit = g_array_index(scene->packets, struct truth_packet, i).unit;
		if (unit >= from && unit < to)
			g_array_append_val(order, i);
	}
	truth_dump_write(&(struct truth_dump){
		path, scene->truth, scene->packets, order, TRUTH_EPOCH_US, NULL});
	g_array_unref(order);
}

static void assert_equals_truth(const struct scene *scene, const char *name)
{
	g_autofree char *path = truth_run_path(&scene->run, name);
	GArray *expected = truth_decode_units(scene->truth);
	GArray *got = truth_decode_file(path, scene->truth->parameters->codec_type);
	g_assert_cmpuint(got->len, ==, expected->len);
	truth_assert_same(got, 0, expected, 0, expected->len);
	for (guint i = 0; i < got->len; i++)
		g_assert_cmpint(ABS(truth_frame(got, i)->pts_us - truth_frame(expected, i)->pts_us),
			<=, 1000);
	g_array_unref(got);
	g_array_unref(expected);
}

/* ---- parts and manifests ---- */

static void add_part(struct manifest_track *track, const char *file, uint32_t number)
{
	struct manifest_part *part = manifest_add_part(track);
	part->file = g_strdup(file);
	part->number = number;
}

static void save_manifest(const struct scene *scene)
{
	struct manifest manifest = {
		.id = g_strdup("6b7e5e0c-5a0f-4c43-9d5a-0d1f1f5f7c11"),
		.name = g_strdup("call"),
		.stream = g_strdup("camera"),
		.media_session_id = g_strdup("0e1c0a64-3f0e-4a0c-8a8e-7d4f4d1b6f01"),
		.state = MANIFEST_COMPLETE,
		.reason = g_strdup("stopped"),
		.created_us = TRUTH_EPOCH_US,
		.ended_us = TRUTH_EPOCH_US + 3000000,
	};
	struct manifest_track *track = manifest_add_track(&manifest);
	track->label = g_strdup("video");
	track->mid = g_strdup("0");
	track->kind = CODEC_VIDEO;
	track->info.codec = codec_find(scene->truth->codec);
	add_part(track, "call-video.mjr", 1);
	add_part(track, "call.0002-video.mjr", 2);
	g_assert_cmpint(manifest_save(&manifest, scene->run.folder), ==, 0);
	manifest_fini(&manifest);
}

static char *metadata_of(const struct scene *scene, const char *name, const char *key)
{
	g_autofree char *path = truth_run_path(&scene->run, name);
	AVFormatContext *context = NULL;
	g_assert_cmpint(avformat_open_input(&context, path, NULL, NULL), ==, 0);
	const AVDictionaryEntry *entry = av_dict_get(context->metadata, key, NULL, 0);
	char *value = entry != NULL ? g_strdup(entry->value) : NULL;
	avformat_close_input(&context);
	return value;
}

static void test_manifest(void)
{
	struct scene scene;
	scene_init(&scene, truth_video("h264", 160, 120, 75, 25));
	dump_part(&scene, "call-video.mjr", 0, 50);
	dump_part(&scene, "call.0002-video.mjr", 50, 75);
	save_manifest(&scene);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert call.json -o out.mp4"), ==, 0);
	assert_equals_truth(&scene, "out.mp4");
	g_autofree char *created = metadata_of(&scene, "out.mp4", "creation_time");
	g_assert_cmpstr(created, ==, "2023-11-14T22:13:20.000000Z");
	/* Without a manifest there is no time to tell; the pictures are the same. */
	g_assert_cmpint(truth_run_mjr(&scene.run,
				"convert call.0002-video.mjr call-video.mjr -o loose.mp4"),
		==, 0);
	assert_equals_truth(&scene, "loose.mp4");
	g_autofree char *unknown = metadata_of(&scene, "loose.mp4", "creation_time");
	g_assert_null(unknown);
	scene_fini(&scene);
}

/* ---- sizes ---- */

struct size_row {
	const char *path;
	const char *codec, *output;
};

static const struct size_row size_rows[] = {
	{"/convert/vp8_changes_its_size_in_webm", "vp8", "out.webm"},
	{"/convert/vp9_changes_its_size_in_webm", "vp9", "out.webm"},
	{"/convert/av1_changes_its_size_in_mp4", "av1", "out.mp4"},
	{"/convert/h265_changes_its_size_in_mp4", "h265", "out.mp4"},
	{"/convert/h264_changes_its_size_in_mp4", "h264", "out.mp4"},
	{"/convert/h264_changes_its_size_in_mkv", "h264", "out.mkv"},
};

static void test_size(gconstpointer data)
{
	const struct size_row *row = data;
	struct truth *truth = truth_video(row->codec, 160, 120, 20, 25);
	struct truth *larger = truth_video(row->codec, 240, 320, 20, 25);
	truth_append(truth, larger);
	truth_free(larger);
	struct scene scene;
	scene_init(&scene, truth);
	dump(&scene, "in.mjr", NULL);
	g_autofree char *words = g_strdup_printf("convert in.mjr -o %s", row->output);
	g_assert_cmpint(truth_run_mjr(&scene.run, words), ==, 0);
	g_assert_true(truth_run_is_playable(&scene.run, row->output));
	assert_equals_truth(&scene, row->output);
	scene_fini(&scene);
}

static void test_size_transcoded(void)
{
	struct truth *truth = truth_video("vp8", 160, 120, 20, 25);
	struct truth *larger = truth_video("vp8", 240, 320, 20, 25);
	truth_append(truth, larger);
	truth_free(larger);
	struct scene scene;
	scene_init(&scene, truth);
	dump(&scene, "in.mjr", NULL);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert in.mjr -o out.mp4"), ==, 0);
	g_assert_nonnull(strstr(scene.run.errors, "20 pictures of another size"));
	g_autofree char *path = truth_run_path(&scene.run, "out.mp4");
	GArray *got = truth_decode_file(path, AVMEDIA_TYPE_VIDEO);
	g_assert_cmpuint(got->len, ==, 40);
	g_assert_cmpint(truth_frame(got, 39)->width, ==, 160);
	g_assert_cmpint(truth_frame(got, 39)->height, ==, 120);
	g_array_unref(got);
	scene_fini(&scene);
}

/* ---- parameters ---- */

/* The NAL unit after the next start code (three bytes; a zero before it belongs to it). */
static struct bytes next_nal(struct bytes *rest)
{
	static const uint8_t code[] = {0, 0, 1};
	const uint8_t *end = rest->data + rest->len;
	const uint8_t *start = NULL;
	if (rest->len > 0)
		start = memmem(rest->data, rest->len, code, sizeof code);
	if (start == NULL)
		return (struct bytes){NULL, 0};
	start += sizeof code;
	const uint8_t *stop = memmem(start, (size_t)(end - start), code, sizeof code);
	*rest = (struct bytes){stop, stop != NULL ? (size_t)(end - stop) : 0};
	if (stop == NULL)
		stop = end;
	else if (stop[-1] == 0)
		stop--;
	return (struct bytes){start, (size_t)(stop - start)};
}

/* Cuts SPS and PPS off the keyframes, as some senders do, and returns them as an fmtp. */
static char *move_parameter_sets(struct truth *truth)
{
	GString *fmtp = g_string_new("packetization-mode=1;sprop-parameter-sets=");
	for (guint i = 0; i < truth->units->len; i++) {
		struct truth_unit *unit = &g_array_index(truth->units, struct truth_unit, i);
		GByteArray *kept = g_byte_array_new();
		struct bytes rest = {unit->data, unit->len};
		for (struct bytes nal; (nal = next_nal(&rest)).data != NULL;) {
			int type = nal.data[0] & 0x1f;
			g_autofree char *text = g_base64_encode(nal.data, nal.len);
			if (i == 0 && (type == 7 || type == 8))
				g_string_append_printf(fmtp, "%s%s", type == 8 ? "," : "", text);
			if (type == 7 || type == 8)
				continue;
			g_byte_array_append(kept, (const uint8_t[]){0, 0, 0, 1}, 4);
			g_byte_array_append(kept, nal.data, (guint)nal.len);
		}
		g_free(unit->data);
		unit->len = kept->len;
		unit->data = g_byte_array_free(kept, FALSE);
	}
	return g_string_free(fmtp, FALSE);
}

static void test_sprop(void)
{
	struct truth *truth = truth_video("h264", 160, 120, 30, 15);
	GArray *expected = truth_decode_units(truth);
	g_autofree char *fmtp = move_parameter_sets(truth);
	struct scene scene;
	scene_init(&scene, truth);
	dump(&scene, "in.mjr", NULL);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert in.mjr -o out.mp4"), ==, 3);
	dump(&scene, "in.mjr", fmtp);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert in.mjr -o out.mp4"), ==, 0);
	g_autofree char *path = truth_run_path(&scene.run, "out.mp4");
	GArray *got = truth_decode_file(path, AVMEDIA_TYPE_VIDEO);
	g_assert_cmpuint(got->len, ==, 30);
	truth_assert_same(got, 0, expected, 0, 30);
	g_array_unref(got);
	g_array_unref(expected);
	scene_fini(&scene);
}

struct channels_row {
	const char *path;
	int coded;
	const char *fmtp;
	int expected;
};

static const struct channels_row channels_rows[] = {
	{"/convert/mono_stays_mono", 1, "minptime=10;useinbandfec=1", 1},
	{"/convert/stereo_stays_stereo", 2, NULL, 2},
	{"/convert/mono_that_may_become_stereo_is_stereo", 1, "minptime=10; stereo=1", 2},
	{"/convert/a_stereo_sender_is_stereo", 1, "sprop-stereo=1", 2},
	{"/convert/a_flag_that_is_off_is_off", 1, "stereo=0;sprop-maxcapturerate=1", 1},
};

static void test_channels(gconstpointer data)
{
	const struct channels_row *row = data;
	struct scene scene;
	scene_init(&scene, truth_audio(row->coded, 20));
	dump(&scene, "in.mjr", row->fmtp);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert in.mjr -o out.webm"), ==, 0);
	g_autofree char *path = truth_run_path(&scene.run, "out.webm");
	AVFormatContext *context = NULL;
	g_assert_cmpint(avformat_open_input(&context, path, NULL, NULL), ==, 0);
	g_assert_cmpint(context->streams[0]->codecpar->ch_layout.nb_channels, ==, row->expected);
	avformat_close_input(&context);
	scene_fini(&scene);
}

/* ---- one track of two ---- */

static void test_broken_track(void)
{
	struct scene scene;
	scene_init(&scene, truth_audio(1, 50));
	dump(&scene, "call-audio.mjr", NULL);
	g_autofree char *path = truth_run_path(&scene.run, "call-video.mjr");
	g_assert_true(g_file_set_contents(path, "MJR00002", 8, NULL));
	g_assert_cmpint(
		truth_run_mjr(&scene.run,
			"convert call-audio.mjr call-video.mjr -o out.webm --report r.json"),
		==, 1);
	g_assert_nonnull(strstr(scene.run.errors, "video is left out"));
	assert_equals_truth(&scene, "out.webm");
	json_t *report = truth_run_json(&scene.run, "r.json");
	json_t *output = json_array_get(json_object_get(report, "outputs"), 0);
	json_t *tracks = json_object_get(output, "tracks");
	g_assert_cmpuint(json_array_size(tracks), ==, 2);
	g_assert_true(json_is_true(json_object_get(output, "loss")));
	json_decref(report);
	scene_fini(&scene);
}

/* Two tracks that fail in their own ways, in both orders. */
static void test_two_broken_tracks(void)
{
	struct scene scene;
	scene_init(&scene, truth_video("vp8", 160, 120, 10, 25));
	static const char *const names[] = {"call-audio.mjr", "call-video.mjr"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = truth_run_path(&scene.run, names[1 - i]);
		g_assert_true(g_file_set_contents(path, "MJR00002", 8, NULL));
		dump_part(&scene, names[i], 1, 10);
		g_assert_cmpint(truth_run_mjr(&scene.run,
					"convert call-audio.mjr call-video.mjr -o out.mkv"),
			==, 3);
		g_assert_nonnull(strstr(scene.run.errors, "nothing of it can be shown"));
	}
	scene_fini(&scene);
}

static void test_failure_report(void)
{
	struct scene scene;
	scene_init(&scene, truth_audio(1, 5));
	dump(&scene, "in.mjr", NULL);
	g_assert_cmpint(truth_run_mjr(&scene.run,
				"convert in.mjr -o out.ogg --audio-codec none --report r.json"),
		==, 3);
	json_t *report = truth_run_json(&scene.run, "r.json");
	json_t *output = json_array_get(json_object_get(report, "outputs"), 0);
	g_assert_nonnull(json_string_value(json_object_get(output, "error")));
	json_decref(report);
	scene_fini(&scene);
}

/* ---- the file itself ---- */

/* Players that load from the network need the index first. */
static void test_faststart(void)
{
	struct scene scene;
	scene_init(&scene, truth_video("h264", 160, 120, 50, 25));
	dump(&scene, "in.mjr", NULL);
	g_assert_cmpint(truth_run_mjr(&scene.run, "convert in.mjr -o out.mp4"), ==, 0);
	g_autofree char *path = truth_run_path(&scene.run, "out.mp4");
	g_autofree char *data = NULL;
	gsize len = 0;
	g_assert_true(g_file_get_contents(path, &data, &len, NULL));
	const char *index = memmem(data, len, "moov", 4);
	const char *media = memmem(data, len, "mdat", 4);
	g_assert_nonnull(index);
	g_assert_nonnull(media);
	g_assert_true(index < media);
	/* avcC describes the stream, not some encoder: Constrained Baseline. */
	const char *config = memmem(data, len, "avcC", 4);
	g_assert_nonnull(config);
	g_assert_cmpint((uint8_t)config[5], ==, 66);
	scene_fini(&scene);
}

static void test_progress(void)
{
	struct scene scene;
	scene_init(&scene, truth_audio(1, 50));
	dump(&scene, "in.mjr", NULL);
	g_assert_cmpint(
		truth_run_mjr(&scene.run, "convert in.mjr -o out.webm --progress json"), ==, 0);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(scene.run.errors), "\n", -1);
	guint count = g_strv_length(lines);
	g_assert_cmpuint(count, >=, 2);
	double last = 0;
	for (guint i = 0; i < count; i++) {
		json_t *line = json_loads(lines[i], 0, NULL);
		g_assert_nonnull(line);
		double progress = json_real_value(json_object_get(line, "progress"));
		g_assert_cmpfloat(progress, >=, last);
		last = progress;
		json_decref(line);
	}
	g_assert_cmpfloat(last, ==, 1);
	scene_fini(&scene);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	g_test_init(&argc, &argv, NULL);
	truth_quiet();
	g_test_add_func("/convert/parts_of_a_manifest_are_one_file", test_manifest);
	for (size_t i = 0; i < G_N_ELEMENTS(size_rows); i++)
		g_test_add_data_func(size_rows[i].path, &size_rows[i], test_size);
	g_test_add_func("/convert/a_transcoded_size_stays", test_size_transcoded);
	g_test_add_func("/convert/parameter_sets_may_stand_in_the_fmtp", test_sprop);
	for (size_t i = 0; i < G_N_ELEMENTS(channels_rows); i++)
		g_test_add_data_func(channels_rows[i].path, &channels_rows[i], test_channels);
	g_test_add_func("/convert/an_empty_track_does_not_stop_the_other", test_broken_track);
	g_test_add_func("/convert/two_broken_tracks_are_an_error", test_two_broken_tracks);
	g_test_add_func("/convert/a_failure_is_in_the_report", test_failure_report);
	g_test_add_func("/convert/mp4_begins_with_its_index", test_faststart);
	g_test_add_func("/convert/progress_is_told_as_json", test_progress);
	return g_test_run();
}
