/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr convert against the truth: media encoded once, packetised, dumped in good
 * order or bad, converted, decoded, and compared frame by frame.
 */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "tests/postprocessing/truth_decode.h"
#include "tests/postprocessing/truth_dump.h"
#include "tests/postprocessing/truth_run.h"

enum {
	AUDIO_SSRC = 0x0a0a0a0a,
	VIDEO_SSRC = 0xb0b0b0b0,
};

/* Near the ends of their ranges, so that everything wraps. */
static const uint16_t FIRST_SEQ = 65500;
static const uint32_t FIRST_TIMESTAMP = UINT32_MAX - 20000;

struct material {
	struct truth *truth;
	GArray *packets;
	GArray *order;
	struct truth_run run;
	char *said; /* by mjr, on stderr */
	enum AVMediaType kind;
};

static void material_init(struct material *m, const char *codec)
{
	bool is_audio = strcmp(codec, "opus") == 0;
	truth_run_init(&m->run);
	m->said = NULL;
	m->kind = is_audio ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
	m->truth = is_audio ? truth_audio(1, 150) : truth_video(codec, 320, 180, 75, 25);
	m->packets = truth_packets(
		m->truth, FIRST_SEQ, FIRST_TIMESTAMP, is_audio ? AUDIO_SSRC : VIDEO_SSRC);
	m->order = truth_order(m->packets->len);
}

static void material_fini(struct material *m)
{
	g_array_unref(m->order);
	g_array_unref(m->packets);
	truth_free(m->truth);
	g_free(m->said);
	truth_run_fini(&m->run);
}

static void dump(const struct material *m)
{
	g_autofree char *path = truth_run_path(&m->run, "in.mjr");
	truth_dump_write(
		&(struct truth_dump){path, m->truth, m->packets, m->order, TRUTH_EPOCH_US, NULL});
}

static GArray *decode(const struct material *m, const char *name)
{
	g_autofree char *path = truth_run_path(&m->run, name);
	return truth_decode_file(path, m->kind);
}

static int convert(struct material *m, const char *output)
{
	g_autofree char *words =
		g_strdup_printf("convert in.mjr -o %s --overwrite --report report.json", output);
	int status = truth_run_mjr(&m->run, words);
	g_free(m->said);
	m->said = g_strdup(m->run.errors);
	g_assert_true(truth_run_is_playable(&m->run, output));
	return status;
}

/* A member of the report's only track: "GROUP", "NAME". */
static int64_t counted(const struct material *m, const char *group, const char *name)
{
	json_t *report = truth_run_json(&m->run, "report.json");
	json_t *output = json_array_get(json_object_get(report, "outputs"), 0);
	json_t *track = json_array_get(json_object_get(output, "tracks"), 0);
	json_t *value = json_object_get(json_object_get(track, group), name);
	g_assert_true(json_is_integer(value));
	int64_t number = json_integer_value(value);
	json_decref(report);
	return number;
}

/* The index of the unit to which the packet at this place in the order belongs. */
static guint unit_of(const struct material *m, guint packet)
{
	return (guint)g_array_index(m->packets, struct truth_packet, packet).unit;
}

struct row {
	const char *path;
	const char *codec;
	const char *output;
};

/* ---- whole dumps ---- */

static const struct row whole_rows[] = {
	{"/convert/vp8_to_webm_keeps_every_picture", "vp8", "out.webm"},
	{"/convert/vp8_to_mkv_keeps_every_picture", "vp8", "out.mkv"},
	{"/convert/vp9_to_webm_keeps_every_picture", "vp9", "out.webm"},
	{"/convert/vp9_to_mkv_keeps_every_picture", "vp9", "out.mkv"},
	{"/convert/vp9_to_mp4_keeps_every_picture", "vp9", "out.mp4"},
	{"/convert/av1_to_webm_keeps_every_picture", "av1", "out.webm"},
	{"/convert/av1_to_mkv_keeps_every_picture", "av1", "out.mkv"},
	{"/convert/av1_to_mp4_keeps_every_picture", "av1", "out.mp4"},
	{"/convert/h265_to_mp4_keeps_every_picture", "h265", "out.mp4"},
	{"/convert/h265_to_mkv_keeps_every_picture", "h265", "out.mkv"},
	{"/convert/h264_to_mp4_keeps_every_picture", "h264", "out.mp4"},
	{"/convert/h264_to_mkv_keeps_every_picture", "h264", "out.mkv"},
	{"/convert/opus_to_webm_keeps_every_sample", "opus", "out.webm"},
	{"/convert/opus_to_ogg_keeps_every_sample", "opus", "out.opus"},
};

static void assert_equals_truth(const struct material *m, const char *output)
{
	GArray *expected = truth_decode_units(m->truth);
	GArray *got = decode(m, output);
	g_assert_cmpuint(got->len, ==, expected->len);
	truth_assert_same(got, 0, expected, 0, expected->len);
	for (guint i = 0; i < got->len; i++)
		g_assert_cmpint(ABS(truth_frame(got, i)->pts_us - truth_frame(expected, i)->pts_us),
			<=, 1000);
	g_array_unref(got);
	g_array_unref(expected);
}

static void test_whole(gconstpointer data)
{
	const struct row *row = data;
	struct material m;
	material_init(&m, row->codec);
	dump(&m);
	g_assert_cmpint(convert(&m, row->output), ==, 0);
	assert_equals_truth(&m, row->output);
	json_t *report = truth_run_json(&m.run, "report.json");
	json_t *output = json_array_get(json_object_get(report, "outputs"), 0);
	g_assert_cmpstr(json_string_value(json_object_get(output, "origin")), ==,
		"2023-11-14T22:13:20.000000Z");
	json_decref(report);
	material_fini(&m);
}

/* ---- reordered and duplicated ---- */

static const struct row shuffled_rows[] = {
	{"/convert/vp8_out_of_order_and_twice_is_the_same", "vp8", "out.webm"},
	{"/convert/vp9_out_of_order_and_twice_is_the_same", "vp9", "out.webm"},
	{"/convert/av1_out_of_order_and_twice_is_the_same", "av1", "out.mp4"},
	{"/convert/h265_out_of_order_and_twice_is_the_same", "h265", "out.mp4"},
	{"/convert/h264_out_of_order_and_twice_is_the_same", "h264", "out.mp4"},
	{"/convert/opus_out_of_order_and_twice_is_the_same", "opus", "out.webm"},
};

/* Packets move by up to 20 places; each tenth comes again. The first stays: it is time zero. */
static void shuffle(GArray *order)
{
	GRand *random = g_rand_new_with_seed(7);
	for (guint i = 1; i < order->len; i++) {
		guint last = MIN(i + 20, order->len - 1);
		guint other = (guint)g_rand_int_range(random, (gint)i, (gint)last + 1);
		guint *a = &g_array_index(order, guint, i),
		      *b = &g_array_index(order, guint, other);
		guint kept = *a;
		*a = *b;
		*b = kept;
	}
	for (guint i = order->len - 1; i > 0; i -= MIN(i, 10)) {
		guint again = g_array_index(order, guint, i);
		g_array_insert_val(order, i, again);
	}
	g_rand_free(random);
}

static void test_shuffled(gconstpointer data)
{
	const struct row *row = data;
	struct material m;
	material_init(&m, row->codec);
	shuffle(m.order);
	dump(&m);
	g_assert_cmpint(convert(&m, row->output), ==, 0);
	assert_equals_truth(&m, row->output);
	g_assert_cmpint(counted(&m, "packets", "duplicated"), >, 0);
	g_assert_cmpint(counted(&m, "packets", "reordered"), >, 0);
	g_assert_cmpint(counted(&m, "packets", "lost"), ==, 0);
	material_fini(&m);
}

/* ---- loss ---- */

static const struct row loss_rows[] = {
	{"/convert/vp8_with_a_lost_packet_goes_on_at_the_next_keyframe", "vp8", "out.webm"},
	{"/convert/vp9_with_a_lost_packet_goes_on_at_the_next_keyframe", "vp9", "out.webm"},
	{"/convert/av1_with_a_lost_packet_goes_on_at_the_next_keyframe", "av1", "out.mp4"},
	{"/convert/h265_with_a_lost_packet_goes_on_at_the_next_keyframe", "h265", "out.mp4"},
	{"/convert/h264_with_a_lost_packet_goes_on_at_the_next_keyframe", "h264", "out.mp4"},
};

/* A packet of picture 30 is lost; keyframes are 0, 25, 50: pictures 30 to 49 are not there. */
static void test_loss(gconstpointer data)
{
	const struct row *row = data;
	struct material m;
	material_init(&m, row->codec);
	guint lost = 0;
	while (unit_of(&m, lost) != 30)
		lost++;
	g_array_remove_index(m.order, lost);
	dump(&m);
	g_assert_cmpint(convert(&m, row->output), ==, 1);
	GArray *expected = truth_decode_units(m.truth);
	GArray *got = decode(&m, row->output);
	g_assert_cmpuint(got->len, ==, 30 + 25);
	truth_assert_same(got, 0, expected, 0, 30);
	truth_assert_same(got, 30, expected, 50, 25);
	g_assert_cmpint(ABS(truth_frame(got, 30)->pts_us - 2000000), <=, 1000);
	g_assert_cmpint(counted(&m, "packets", "lost"), ==, 1);
	/* The picture itself is damaged, or gone altogether if that was its only packet. */
	int64_t left_out = counted(&m, "units", "damaged") + counted(&m, "units", "after_damage");
	g_assert_cmpint(left_out, >=, 19);
	g_assert_cmpint(left_out, <=, 20);
	g_assert_nonnull(strstr(m.said, "1 packets lost"));
	g_array_unref(got);
	g_array_unref(expected);
	material_fini(&m);
}

static void test_loss_of_sound(void)
{
	struct material m;
	material_init(&m, "opus");
	g_array_remove_range(m.order, 50, 5);
	dump(&m);
	g_assert_cmpint(convert(&m, "out.webm"), ==, 1);
	GArray *got = decode(&m, "out.webm");
	g_assert_cmpuint(got->len, ==, 145);
	g_assert_cmpint(ABS(truth_frame(got, 49)->pts_us - 49 * 20000), <=, 1000);
	g_assert_cmpint(ABS(truth_frame(got, 50)->pts_us - 55 * 20000), <=, 1000);
	g_array_unref(got);
	g_assert_cmpint(convert(&m, "out.mp4"), ==, 1);
	got = decode(&m, "out.mp4");
	int64_t samples = 0;
	for (guint i = 0; i < got->len; i++)
		samples += truth_frame(got, i)->samples;
	g_assert_cmpint(ABS(samples - 3 * 48000), <=, 2048);
	g_array_unref(got);
	material_fini(&m);
}

/* The dump begins at picture 10: what comes before keyframe 25 cannot be shown. No loss of ours. */
static void test_late_keyframe(void)
{
	struct material m;
	material_init(&m, "vp8");
	guint first = 0;
	while (unit_of(&m, first) != 10)
		first++;
	g_array_remove_range(m.order, 0, first);
	dump(&m);
	g_assert_cmpint(convert(&m, "out.webm"), ==, 0);
	GArray *expected = truth_decode_units(m.truth);
	GArray *got = decode(&m, "out.webm");
	g_assert_cmpuint(got->len, ==, 50);
	truth_assert_same(got, 0, expected, 25, 50);
	g_assert_cmpint(truth_frame(got, 0)->pts_us, ==, 0);
	g_assert_cmpint(counted(&m, "units", "before_keyframe"), ==, 15);
	g_array_unref(got);
	g_array_unref(expected);
	material_fini(&m);
}

/* ---- transcoding ---- */

static const struct row transcode_rows[] = {
	{"/convert/vp8_to_mp4_is_transcoded_and_says_so", "vp8", "out.mp4"},
	{"/convert/h264_to_webm_is_transcoded_and_says_so", "h264", "out.webm"},
};

static void test_transcode(gconstpointer data)
{
	const struct row *row = data;
	struct material m;
	material_init(&m, row->codec);
	dump(&m);
	g_assert_cmpint(convert(&m, row->output), ==, 0);
	g_autofree char *notice = g_strdup_printf("transcoded from %s to", row->codec);
	g_assert_nonnull(strstr(m.said, notice));
	GArray *got = decode(&m, row->output);
	g_assert_cmpuint(got->len, ==, 75);
	for (guint i = 0; i < got->len; i++)
		g_assert_cmpint(ABS(truth_frame(got, i)->pts_us - (int64_t)i * 40000), <=, 1000);
	g_array_unref(got);
	material_fini(&m);
}

static void test_aac_at_44100(void)
{
	struct material m;
	material_init(&m, "opus");
	dump(&m);
	g_assert_cmpint(
		truth_run_mjr(&m.run, "convert in.mjr -o out.mp4 --audio-rate 44100"), ==, 0);
	g_assert_true(truth_run_is_playable(&m.run, "out.mp4"));
	GArray *got = decode(&m, "out.mp4");
	int64_t samples = 0;
	for (guint i = 0; i < got->len; i++)
		samples += truth_frame(got, i)->samples;
	g_assert_cmpint(truth_frame(got, 0)->rate, ==, 44100);
	g_assert_cmpint(ABS(samples - 3 * 44100), <=, 2048);
	g_array_unref(got);
	material_fini(&m);
}

/* ---- two tracks ---- */

struct sync_row {
	const char *path;
	const char *output;
	int video_late_ms;      /* by the sender's clock */
	int video_arrives_late; /* more than that, ms */
	bool has_reports;
	int expected_ms; /* first picture minus first sound */
	const char *audio_codec;
};

static const struct sync_row sync_rows[] = {
	{"/convert/sender_reports_keep_late_video_late", "out.webm", 300, 0, true, 300, "copy"},
	{"/convert/sender_reports_keep_early_video_early", "out.webm", -170, 0, true, -170, "copy"},
	{"/convert/sender_reports_overrule_arrival", "out.webm", 250, 400, true, 250, "copy"},
	{"/convert/sender_reports_overrule_arrival_in_mp4", "out.mp4", -123, 400, true, -123,
		"copy"},
	{"/convert/sender_reports_keep_late_video_late_in_mp4", "out.mp4", 321, -20, true, 321,
		"copy"},
	{"/convert/late_video_is_late_beside_aac", "out.mp4", 321, 0, true, 321, "aac"},
	/* The first that is heard is the encoder's priming, 1024 samples before the sound. */
	{"/convert/early_video_is_early_beside_aac", "out.mp4", -321, 0, true, -300, "aac"},
	{"/convert/arrival_keeps_late_video_late", "out.webm", 300, 50, false, 350, "copy"},
	{"/convert/arrival_keeps_late_sound_late_in_mp4", "out.mp4", -400, 0, false, -400, "copy"},
};

static void dump_pair(const struct truth_run *run, const struct sync_row *row,
	const struct truth *audio, const struct truth *video)
{
	g_autofree char *audio_path = truth_run_path(run, "call-audio.mjr");
	g_autofree char *video_path = truth_run_path(run, "call-video.mjr");
	g_autofree char *rtcp_path = truth_run_path(run, "call-rtcp.mjr");
	GArray *audio_packets = truth_packets(audio, 1000, 777, AUDIO_SSRC);
	GArray *video_packets = truth_packets(video, FIRST_SEQ, FIRST_TIMESTAMP, VIDEO_SSRC);
	int64_t video_us = TRUTH_EPOCH_US + (int64_t)row->video_late_ms * 1000;
	int64_t arrival_us = video_us + (int64_t)row->video_arrives_late * 1000;
	truth_dump_write(
		&(struct truth_dump){audio_path, audio, audio_packets, NULL, TRUTH_EPOCH_US, NULL});
	truth_dump_write(
		&(struct truth_dump){video_path, video, video_packets, NULL, arrival_us, NULL});
	/* The sender's clock is an hour and a bit away from ours. */
	int64_t away_us = INT64_C(3612345678);
	struct truth_report reports[] = {
		{AUDIO_SSRC, TRUTH_EPOCH_US + away_us + 500000, 777 + 24000,
			TRUTH_EPOCH_US + 500000},
		{VIDEO_SSRC, video_us + away_us + 500000, FIRST_TIMESTAMP + 45000,
			arrival_us + 500000},
	};
	if (row->has_reports)
		truth_dump_reports(rtcp_path, reports, G_N_ELEMENTS(reports));
	g_array_unref(audio_packets);
	g_array_unref(video_packets);
}

/* When the track's first sample is to be played, with edit lists and all. */
static int64_t start_of(const struct truth_run *run, const char *name, enum AVMediaType kind)
{
	g_autofree char *path = truth_run_path(run, name);
	GArray *frames = truth_decode_file(path, kind);
	int64_t start_us = truth_frame(frames, 0)->pts_us;
	g_array_unref(frames);
	return start_us;
}

static void test_sync(gconstpointer data)
{
	const struct sync_row *row = data;
	struct truth *audio = truth_audio(1, 100);
	struct truth *video =
		truth_video(strcmp(row->output, "out.mp4") == 0 ? "h264" : "vp8", 160, 120, 50, 25);
	struct truth_run run;
	truth_run_init(&run);
	dump_pair(&run, row, audio, video);
	g_autofree char *words = g_strdup_printf("convert call-audio.mjr call-video.mjr%s -o %s "
						 "--audio-codec %s --report report.json",
		row->has_reports ? " call-rtcp.mjr" : "", row->output, row->audio_codec);
	g_assert_cmpint(truth_run_mjr(&run, words), ==, 0);
	g_assert_true(truth_run_is_playable(&run, row->output));
	int64_t audio_us = start_of(&run, row->output, AVMEDIA_TYPE_AUDIO);
	int64_t video_us = start_of(&run, row->output, AVMEDIA_TYPE_VIDEO);
	g_assert_cmpint(ABS(video_us - audio_us - (int64_t)row->expected_ms * 1000), <=, 1000);
	g_assert_cmpint(MIN(audio_us, video_us), ==, 0);
	json_t *report = truth_run_json(&run, "report.json");
	json_t *output = json_array_get(json_object_get(report, "outputs"), 0);
	double duration = json_real_value(json_object_get(output, "duration"));
	g_assert_cmpfloat_with_epsilon(duration, 2.0 + ABS(row->expected_ms) / 1000.0, 0.041);
	json_decref(report);
	truth_run_fini(&run);
	truth_free(audio);
	truth_free(video);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	g_test_init(&argc, &argv, NULL);
	truth_quiet();
	for (size_t i = 0; i < G_N_ELEMENTS(whole_rows); i++)
		g_test_add_data_func(whole_rows[i].path, &whole_rows[i], test_whole);
	for (size_t i = 0; i < G_N_ELEMENTS(shuffled_rows); i++)
		g_test_add_data_func(shuffled_rows[i].path, &shuffled_rows[i], test_shuffled);
	for (size_t i = 0; i < G_N_ELEMENTS(loss_rows); i++)
		g_test_add_data_func(loss_rows[i].path, &loss_rows[i], test_loss);
	for (size_t i = 0; i < G_N_ELEMENTS(transcode_rows); i++)
		g_test_add_data_func(transcode_rows[i].path, &transcode_rows[i], test_transcode);
	for (size_t i = 0; i < G_N_ELEMENTS(sync_rows); i++)
		g_test_add_data_func(sync_rows[i].path, &sync_rows[i], test_sync);
	g_test_add_func("/convert/lost_sound_leaves_a_gap_of_its_length", test_loss_of_sound);
	g_test_add_func("/convert/video_begins_at_its_first_keyframe", test_late_keyframe);
	g_test_add_func("/convert/opus_becomes_aac_at_44100", test_aac_at_44100);
	return g_test_run();
}
