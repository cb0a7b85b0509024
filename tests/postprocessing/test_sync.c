/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording in files, and where its tracks come to stand. */
#include "postprocessing/core/sync.h"

#include <glib.h>

#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

enum {
	AUDIO_SSRC = 1,
	VIDEO_SSRC = 2,
	PACKETS = 100,
	PACKET_MS = 20,
};

static const struct row {
	const char *name;
	uint32_t late_ms;       /* the first ten packets of the video come so much too late */
	uint32_t report_ms;     /* by the reports, the video began so long after the audio */
	const char *rtcp_codec; /* NULL: no rtcp track */
	int64_t expected_us;    /* of the video's first packet */
	bool is_synchronised;
} rows[] = {
	{"/sync/tracks_that_begin_together", 0, 0, NULL, 0, false},
	{"/sync/the_least_delayed_packet_decides", 300, 0, NULL, 0, false},
	{"/sync/reports_decide", 300, 80, "binary", 80000, true},
	{"/sync/a_text_track_of_that_name_does_not", 0, 80, "text", 0, false},
};

static char *path_in(const char *folder, const char *name)
{
	return g_build_filename(folder, name, NULL);
}

/* Both tracks have their first timestamp at 0, and a first frame at the same wall clock. */
static void write_track(const char *path, const char *codec, uint32_t ssrc, uint32_t late_ms)
{
	struct mjr_writer *writer = mjr_writer_open(path, codec);
	uint32_t ticks = codec_find(codec)->clock_rate / 1000 * PACKET_MS;
	uint32_t ms = 0;
	for (uint16_t i = 0; i < PACKETS; i++) {
		uint32_t on_time = i * (uint32_t)PACKET_MS;
		ms = MAX(ms, i < 10 ? on_time + late_ms : on_time);
		mjr_writer_put(writer, &(struct mjr_writer_packet){
					       .ms = ms,
					       .seq = i,
					       .timestamp = i * ticks,
					       .ssrc = ssrc,
					       .payload = {(const uint8_t *)"x", 1},
				       });
	}
	mjr_writer_close(writer);
}

static void write_reports(const char *path, const struct row *row)
{
	const int64_t at_us = MJR_WRITER_START_US;
	struct mjr_writer *writer = mjr_writer_open(path, row->rtcp_codec);
	mjr_writer_put_report(writer, 0, at_us, AUDIO_SSRC, at_us, 0);
	mjr_writer_put_report(writer, 0, at_us, VIDEO_SSRC, at_us, 0u - row->report_ms * 90u);
	mjr_writer_close(writer);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	char *folder = scratch_create();
	g_autofree char *audio = path_in(folder, "a-audio.mjr");
	g_autofree char *video = path_in(folder, "a-video.mjr");
	g_autofree char *rtcp = path_in(folder, "a-rtcp.mjr");
	struct input_set set;

	write_track(audio, "opus", AUDIO_SSRC, 0);
	write_track(video, "vp8", VIDEO_SSRC, row->late_ms);
	if (row->rtcp_codec)
		write_reports(rtcp, row);
	input_set_load(&set, (char *[]){folder, NULL});
	g_assert_cmpuint(set.count, ==, 1);
	const struct input *input = &set.inputs[0];
	g_autofree struct sync_track *tracks = g_new0(struct sync_track, input->track_count);
	struct timeline *timeline = sync_create(input, tracks);
	size_t last = input->track_count - 1; /* audio, rtcp, video */
	g_assert_true(tracks[0].is_on_timeline && tracks[last].is_on_timeline);
	g_assert_cmpint(tracks[1].is_on_timeline, ==, last == 1);
	g_assert_cmpint(timeline_pts_us(timeline, tracks[0].number, 0), ==, 0);
	g_assert_cmpint(timeline_pts_us(timeline, tracks[last].number, 0), ==, row->expected_us);
	g_assert_cmpint(
		timeline_is_synchronised(timeline, tracks[last].number), ==, row->is_synchronised);
	timeline_destroy(timeline);
	input_set_fini(&set);
	scratch_destroy(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].name, &rows[i], test_row);
	return g_test_run();
}
