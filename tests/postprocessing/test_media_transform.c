/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transforms and the output file, without any dump: units of known media
 * in, a file out, decoded again.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <locale.h>

#include "postprocessing/media/audio.h"
#include "postprocessing/media/copy.h"
#include "postprocessing/media/mux.h"
#include "postprocessing/media/parameters.h"
#include "postprocessing/media/video.h"
#include "tests/postprocessing/truth_decode.h"

struct output {
	char *folder;
	char *path;
};

static void output_init(struct output *output, const char *name)
{
	output->folder = g_dir_make_tmp("mjr-XXXXXX", NULL);
	output->path = g_build_filename(output->folder, name, NULL);
}

/* The folder must be empty but for the output: no temporary is left behind. */
static void output_fini(struct output *output)
{
	g_unlink(output->path);
	g_assert_cmpint(g_rmdir(output->folder), ==, 0);
	g_free(output->folder);
	g_free(output->path);
}

static void assert_ok(int err, const struct fault *fault)
{
	if (err != 0)
		g_error("%s", fault->text);
}

struct job {
	struct mux *mux;
	struct transform *transform;
	size_t track;
	struct fault fault;
};

static void drain(struct job *job, int until)
{
	AVPacket *packet = av_packet_alloc();
	int err;
	while ((err = transform_pull(job->transform, packet, &job->fault)) == STAGE_OK)
		assert_ok(mux_write(job->mux, job->track, packet, &job->fault), &job->fault);
	g_assert_cmpint(err, ==, until);
	av_packet_free(&packet);
}

struct wish {
	const char *to; /* NULL: copy */
	int rate;
	int64_t hole_after_us; /* units from here on come a second later */
	int64_t start_us;
	double drift; /* times grow faster by this share */
};

static struct transform *create(const struct truth *truth, const struct wish *wish,
	bool has_global_header, struct fault *fault)
{
	const struct truth_unit *first = truth_unit(truth, 0);
	AVCodecParameters *parameters = NULL;
	assert_ok(parameters_read(&parameters, media_codec_find(truth->codec),
			  (struct bytes){first->data, first->len}, NULL, fault),
		fault);
	struct transform *transform = NULL;
	int err = 0;
	if (wish->to == NULL) {
		err = copy_create(&transform, parameters, fault);
	} else if (parameters->codec_type == AVMEDIA_TYPE_AUDIO) {
		struct audio_options options = {.to = media_codec_find(wish->to),
			.rate = wish->rate,
			.has_global_header = has_global_header};
		err = audio_create(&transform, parameters, &options, fault);
	} else {
		struct video_options options = {
			.to = media_codec_find(wish->to), .has_global_header = has_global_header};
		err = video_create(&transform, parameters, &options, fault);
	}
	assert_ok(err, fault);
	avcodec_parameters_free(&parameters);
	return transform;
}

static struct transform_stats convert(
	const char *path, const struct truth *truth, const struct wish *wish)
{
	struct job job = {0};
	struct mux_options options = {.path = path, .format = format_guess(path)};
	assert_ok(mux_open(&job.mux, &options, &job.fault), &job.fault);
	job.transform = create(truth, wish, mux_needs_global_headers(job.mux), &job.fault);
	assert_ok(mux_add_track(job.mux, &job.track, job.transform->parameters,
			  job.transform->time_base, &job.fault),
		&job.fault);
	assert_ok(mux_start(job.mux, &job.fault), &job.fault);
	for (guint i = 0; i < truth->units->len; i++) {
		const struct truth_unit *unit = truth_unit(truth, i);
		int64_t time_us = av_rescale(unit->time, 1000000, truth->clock_rate);
		if (wish->hole_after_us > 0 && time_us >= wish->hole_after_us)
			time_us += 1000000;
		time_us += (int64_t)((double)time_us * wish->drift);
		struct transform_unit in = {
			.data = {unit->data, unit->len},
			.pts_us = wish->start_us + time_us,
			.is_keyframe = unit->is_keyframe,
		};
		assert_ok(transform_push(job.transform, &in, &job.fault), &job.fault);
		drain(&job, STAGE_AGAIN);
	}
	assert_ok(transform_end(job.transform, &job.fault), &job.fault);
	drain(&job, STAGE_END);
	assert_ok(mux_finish(job.mux, &job.fault), &job.fault);
	g_assert_cmpuint(mux_size(job.mux), >, 0);
	struct transform_stats stats = job.transform->stats;
	transform_destroy(job.transform);
	mux_destroy(job.mux);
	return stats;
}

struct copy_case {
	const char *path;
	const char *codec;
	const char *file;
};

static const struct copy_case copy_cases[] = {
	{"/media/vp8_is_copied_into_webm", "vp8", "a.webm"},
	{"/media/vp8_is_copied_into_mkv", "vp8", "a.mkv"},
	{"/media/h264_is_copied_into_mp4", "h264", "a.mp4"},
	{"/media/h264_is_copied_into_mkv", "h264", "a.mkv"},
	{"/media/opus_is_copied_into_webm", "opus", "a.webm"},
	{"/media/opus_is_copied_into_mp4", "opus", "a.mp4"},
	{"/media/opus_is_copied_into_ogg", "opus", "a.opus"},
};

static void test_copy(gconstpointer data)
{
	const struct copy_case *row = data;
	bool is_audio = strcmp(row->codec, "opus") == 0;
	struct truth *truth =
		is_audio ? truth_audio(2, 50) : truth_video(row->codec, 160, 120, 25, 10);
	struct output output;
	output_init(&output, row->file);
	convert(output.path, truth, &(struct wish){.to = NULL});
	GArray *expected = truth_decode_units(truth);
	GArray *got =
		truth_decode_file(output.path, is_audio ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO);
	g_assert_cmpuint(got->len, ==, expected->len);
	truth_assert_same(got, 0, expected, 0, expected->len);
	for (guint i = 0; i < got->len; i++)
		g_assert_cmpint(ABS(truth_frame(got, i)->pts_us - truth_frame(expected, i)->pts_us),
			<=, 1000);
	g_array_unref(got);
	g_array_unref(expected);
	output_fini(&output);
	truth_free(truth);
}

struct audio_case {
	const char *path;
	const char *file, *to;
	int rate, channels;
	int64_t hole_after_us, start_us;
};

static const struct audio_case audio_cases[] = {
	{"/media/opus_becomes_aac_at_its_own_rate", "a.mp4", "aac", 0, 1, 0, 0},
	{"/media/opus_becomes_aac_at_44100", "a.mp4", "aac", 44100, 2, 0, 0},
	{"/media/opus_becomes_opus_again", "a.webm", "opus", 0, 1, 0, 0},
	{"/media/a_gap_becomes_silence", "a.mp4", "aac", 0, 1, 500000, 0},
	{"/media/a_gap_becomes_silence_at_44100", "a.mp4", "aac", 44100, 1, 500000, 0},
	{"/media/a_late_start_is_kept", "a.mp4", "aac", 44100, 1, 0, 700000},
};

/* One second of tone: its length, its place, and the silence in it. */
static void test_audio(gconstpointer data)
{
	const struct audio_case *row = data;
	struct truth *truth = truth_audio(row->channels, 50);
	struct output output;
	output_init(&output, row->file);
	convert(output.path, truth,
		&(struct wish){row->to, row->rate, row->hole_after_us, row->start_us, 0});
	GArray *got = truth_decode_file(output.path, AVMEDIA_TYPE_AUDIO);
	int64_t samples = 0, quiet = 0;
	for (guint i = 0; i < got->len; i++) {
		samples += truth_frame(got, i)->samples;
		if (truth_frame(got, i)->loudness < 1e-4)
			quiet += truth_frame(got, i)->samples;
	}
	int rate = truth_frame(got, 0)->rate;
	g_assert_cmpint(rate, ==, row->rate != 0 ? row->rate : 48000);
	int64_t seconds = row->hole_after_us != 0 ? 2 : 1;
	g_assert_cmpint(ABS(samples - seconds * rate), <=, 2048);
	g_assert_cmpint(ABS(quiet - (seconds - 1) * rate), <=, 4096);
	/* The encoder's priming may stand before the first sample, as negative time. */
	g_assert_cmpint(ABS(truth_frame(got, 0)->pts_us - row->start_us), <=, 24000);
	g_array_unref(got);
	output_fini(&output);
	truth_free(truth);
}

struct drift_case {
	const char *path;
	int rate;
	double drift;
};

static const struct drift_case drift_cases[] = {
	{"/media/a_slow_clock_is_followed_without_a_break", 48000, 0.0009},
	{"/media/a_fast_clock_is_followed_without_a_break", 48000, -0.0009},
	{"/media/a_slow_clock_is_followed_at_44100", 44100, 0.0005},
};

/* A minute and a half of tone whose times drift by more than any tolerance. */
static void test_drift(gconstpointer data)
{
	const struct drift_case *row = data;
	struct truth *truth = truth_audio(1, 50);
	truth_repeat(truth, 90);
	struct output output;
	output_init(&output, "a.mp4");
	struct transform_stats stats = convert(output.path, truth,
		&(struct wish){.to = "aac", .rate = row->rate, .drift = row->drift});
	g_assert_cmpint(stats.silence_us, ==, 0);
	g_assert_cmpint(stats.trimmed_us, ==, 0);
	GArray *got = truth_decode_file(output.path, AVMEDIA_TYPE_AUDIO);
	int64_t samples = 0;
	for (guint i = 0; i < got->len; i++)
		samples += truth_frame(got, i)->samples;
	int64_t expected = (int64_t)(90 * row->rate * (1 + row->drift));
	g_assert_cmpint(ABS(samples - expected), <=, 1024 + row->rate / 200);
	g_array_unref(got);
	output_fini(&output);
	truth_free(truth);
}

struct video_case {
	const char *path;
	const char *from, *file, *to;
	int width, height;
};

static const struct video_case video_cases[] = {
	{"/media/vp8_becomes_h264", "vp8", "a.mp4", "h264", 160, 120},
	{"/media/h264_becomes_vp8", "h264", "a.webm", "vp8", 160, 120},
	{"/media/odd_sizes_are_rounded_up", "vp8", "a.mp4", "h264", 161, 91},
};

/* Pictures keep their number, their times and one size, though the source changes its. */
static void test_video(gconstpointer data)
{
	const struct video_case *row = data;
	struct truth *truth = truth_video(row->from, row->width, row->height, 15, 30);
	struct truth *larger = truth_video(row->from, 320, 320, 10, 30);
	truth_append(truth, larger);
	struct output output;
	output_init(&output, row->file);
	convert(output.path, truth, &(struct wish){.to = row->to});
	GArray *got = truth_decode_file(output.path, AVMEDIA_TYPE_VIDEO);
	g_assert_cmpuint(got->len, ==, 25);
	for (guint i = 0; i < got->len; i++) {
		const struct truth_frame *frame = truth_frame(got, i);
		g_assert_cmpint(frame->width, ==, (row->width + 1) & ~1);
		g_assert_cmpint(frame->height, ==, (row->height + 1) & ~1);
		g_assert_cmpint(ABS(frame->pts_us - (int64_t)i * 40000), <=, 1000);
	}
	g_array_unref(got);
	output_fini(&output);
	truth_free(larger);
	truth_free(truth);
}

static void test_refuses_a_rate_the_codec_cannot_have(void)
{
	struct truth *truth = truth_audio(1, 1);
	const struct truth_unit *first = truth_unit(truth, 0);
	struct fault fault = {0};
	AVCodecParameters *parameters = NULL;
	assert_ok(parameters_read(&parameters, media_codec_find("opus"),
			  (struct bytes){first->data, first->len}, NULL, &fault),
		&fault);
	struct audio_options options = {.to = media_codec_find("opus"), .rate = 44100};
	struct transform *transform = NULL;
	g_assert_cmpint(audio_create(&transform, parameters, &options, &fault), ==, -EINVAL);
	g_assert_cmpint(fault.kind, ==, FAULT_USAGE);
	g_assert_cmpstr(fault.text, ==, "opus cannot have a rate of 44100 Hz");
	g_assert_null(transform);
	avcodec_parameters_free(&parameters);
	truth_free(truth);
}

static void test_never_replaces_what_it_may_not(void)
{
	struct output output;
	output_init(&output, "a.webm");
	g_assert_true(g_file_set_contents(output.path, "old", -1, NULL));
	struct mux_options options = {.path = output.path, .format = format_find("webm")};
	struct mux *mux = NULL;
	struct fault fault = {0};
	g_assert_cmpint(mux_open(&mux, &options, &fault), ==, -EEXIST);
	g_assert_cmpint(fault.kind, ==, FAULT_OUTPUT);
	options.may_overwrite = true;
	assert_ok(mux_open(&mux, &options, &fault), &fault);
	mux_destroy(mux);
	g_autofree char *left = NULL;
	g_assert_true(g_file_get_contents(output.path, &left, NULL, NULL));
	g_assert_cmpstr(left, ==, "old");
	g_unlink(output.path);
	options.path = output.folder;
	g_assert_cmpint(mux_open(&mux, &options, &fault), ==, -EEXIST);
	output_fini(&output);
}

static void test_an_empty_keyframe_describes_nothing(void)
{
	struct fault fault = {0};
	AVCodecParameters *parameters = NULL;
	static const char *const names[] = {"vp8", "h264"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_assert_cmpint(parameters_read(&parameters, media_codec_find(names[i]),
					(struct bytes){(const uint8_t *)"", 0}, NULL, &fault),
			==, -EBADMSG);
		g_assert_cmpint(fault.kind, ==, FAULT_INPUT);
		g_assert_null(parameters);
	}
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	g_test_init(&argc, &argv, NULL);
	truth_quiet();
	fault_capture_log();
	for (size_t i = 0; i < G_N_ELEMENTS(copy_cases); i++)
		g_test_add_data_func(copy_cases[i].path, &copy_cases[i], test_copy);
	for (size_t i = 0; i < G_N_ELEMENTS(audio_cases); i++)
		g_test_add_data_func(audio_cases[i].path, &audio_cases[i], test_audio);
	for (size_t i = 0; i < G_N_ELEMENTS(drift_cases); i++)
		g_test_add_data_func(drift_cases[i].path, &drift_cases[i], test_drift);
	for (size_t i = 0; i < G_N_ELEMENTS(video_cases); i++)
		g_test_add_data_func(video_cases[i].path, &video_cases[i], test_video);
	g_test_add_func("/media/a_rate_the_codec_cannot_have_is_refused",
		test_refuses_a_rate_the_codec_cannot_have);
	g_test_add_func("/media/an_existing_file_is_kept", test_never_replaces_what_it_may_not);
	g_test_add_func("/media/an_empty_keyframe_describes_nothing",
		test_an_empty_keyframe_describes_nothing);
	return g_test_run();
}
