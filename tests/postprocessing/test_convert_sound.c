/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mjr convert on every codec of sound, in packets of every usual length: copied
 * sound is the same to the sample, encoded sound has its length and loudness.
 */
#include <glib.h>
#include <locale.h>
#include <string.h>

#include "tests/postprocessing/truth_decode.h"
#include "tests/postprocessing/truth_dump.h"
#include "tests/postprocessing/truth_run.h"

enum {
	SSRC = 0x50a0d,
	SECONDS = 3,
};

struct row {
	const char *path;
	const char *codec;
	int channels, ms;
	const char *fmtp;
	const char *output;
	int rate;
	bool is_copy;
};

#define SURROUND "channel_mapping=0,4,1,2,3,5;coupled_streams=2;num_streams=4"

static const struct row rows[] = {
	{"/sound/opus_of_10_ms", "opus", 1, 10, NULL, "out.webm", 48000, true},
	{"/sound/opus_of_20_ms_in_stereo", "opus", 2, 20, NULL, "out.webm", 48000, true},
	{"/sound/opus_of_40_ms", "opus", 1, 40, NULL, "out.opus", 48000, true},
	{"/sound/opus_of_40_ms_in_stereo_to_aac", "opus", 2, 40, NULL, "out.mp4", 48000, false},
	{"/sound/opus_of_60_ms", "opus", 1, 60, NULL, "out.mkv", 48000, true},
	{"/sound/opus_of_60_ms_in_stereo", "opus", 2, 60, NULL, "out.webm", 48000, true},
	{"/sound/opus_of_60_ms_to_wav", "opus", 1, 60, NULL, "out.wav", 48000, false},
	{"/sound/surround_to_webm", "multiopus", 6, 20, SURROUND, "out.webm", 48000, true},
	{"/sound/surround_without_fmtp_to_mkv", "multiopus", 6, 20, NULL, "out.mkv", 48000, true},
	{"/sound/surround_to_aac", "multiopus", 6, 20, SURROUND, "out.mp4", 48000, false},
	{"/sound/pcmu_to_mkv", "pcmu", 1, 20, NULL, "out.mkv", 8000, true},
	{"/sound/pcma_to_mkv", "pcma", 1, 30, NULL, "out.mkv", 8000, true},
	{"/sound/pcmu_to_aac", "pcmu", 1, 20, NULL, "out.mp4", 8000, false},
	{"/sound/pcmu_to_opus", "pcmu", 1, 20, NULL, "out.webm", 48000, false},
	{"/sound/pcma_of_60_ms_to_wav", "pcma", 1, 60, NULL, "out.wav", 8000, false},
	{"/sound/pcma_to_m4a", "pcma", 1, 20, NULL, "out.m4a", 8000, false},
	{"/sound/g722_to_wav", "g722", 1, 20, NULL, "out.wav", 16000, false},
	{"/sound/g722_to_aac", "g722", 1, 40, NULL, "out.mp4", 16000, false},
	{"/sound/g722_to_opus_in_mkv", "g722", 1, 20, NULL, "out.mkv", 48000, false},
	{"/sound/l16_to_mkv", "l16", 1, 20, NULL, "out.mkv", 16000, true},
	{"/sound/l16_to_wav", "l16", 1, 10, NULL, "out.wav", 16000, false},
	{"/sound/l16_of_48_khz_to_mkv", "l16-48", 1, 20, NULL, "out.mkv", 48000, true},
	{"/sound/l16_of_48_khz_and_60_ms_to_wav", "l16-48", 1, 60, NULL, "out.wav", 48000, false},
	{"/sound/opus_to_mp3", "opus", 2, 20, NULL, "out.mp3", 48000, false},
};

static void assert_is_heard(const struct row *row, const GArray *got)
{
	int64_t samples = 0;
	guint quiet = 0;
	for (guint i = 0; i < got->len; i++) {
		const struct truth_frame *frame = truth_frame(got, i);
		samples += frame->samples;
		quiet += frame->loudness < 0.02;
		g_assert_cmpint(frame->rate, ==, row->rate);
		g_assert_cmpint(frame->channels, ==, row->channels);
	}
	g_assert_cmpint(ABS(samples - (int64_t)SECONDS * row->rate), <=, 2 * 1152 + row->rate / 20);
	g_assert_cmpuint(quiet, <=, 5);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct truth *truth =
		truth_sound(row->codec, row->channels, row->ms, SECONDS * 1000 / row->ms);
	GArray *packets = truth_packets(truth, 65500, UINT32_MAX - 20000, SSRC);
	struct truth_run run;
	truth_run_init(&run);
	g_autofree char *dump = truth_run_path(&run, "in.mjr");
	g_autofree char *output = truth_run_path(&run, row->output);
	truth_dump_write(
		&(struct truth_dump){dump, truth, packets, NULL, TRUTH_EPOCH_US, row->fmtp});
	g_autofree char *words = g_strdup_printf("convert in.mjr -o %s", row->output);
	g_assert_cmpint(truth_run_mjr(&run, words), ==, 0);
	g_assert_cmpint(strstr(run.errors, "is transcoded") == NULL, ==, row->is_copy);
	g_assert_true(truth_run_is_playable(&run, row->output));
	GArray *got = truth_decode_file(output, AVMEDIA_TYPE_AUDIO);
	assert_is_heard(row, got);
	if (row->is_copy && strcmp(row->codec, "multiopus") != 0) {
		GArray *expected = truth_decode_units(truth);
		g_assert_cmpuint(got->len, ==, expected->len);
		truth_assert_same(got, 0, expected, 0, expected->len);
		g_array_unref(expected);
	}
	g_array_unref(got);
	g_array_unref(packets);
	truth_free(truth);
	truth_run_fini(&run);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	g_test_init(&argc, &argv, NULL);
	truth_quiet();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].path, &rows[i], test_row);
	return g_test_run();
}
