/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times are in µs since the sender's start; its wall clock and the receiver's differ by
 * RECEIVER_AHEAD_US, and the network takes NETWORK_US.
 */
#include "postprocessing/core/timeline.h"

#include <glib.h>

#define SECOND_US         INT64_C(1000000)
#define SENDER_US         INT64_C(1700000000000000)
#define RECEIVER_AHEAD_US (3600 * SECOND_US)
#define NETWORK_US        30000
#define TOLERANCE_US      500

enum {
	AUDIO_SSRC = 1,
	VIDEO_SSRC = 2,
	AUDIO_HZ = 48000,
	VIDEO_HZ = 90000,
};

static const uint32_t audio_base = 4294000000; /* wraps after 20 s */
static const uint32_t video_base = 123456;

/* The clock of a stream whose crystal is off by `ppm`. */
static int64_t ticks_at(int64_t us, int64_t hz, double ppm)
{
	return (int64_t)((double)us * (double)hz * (1 + ppm / 1e6) / 1e6);
}

static int64_t arrival_of(int64_t sent_us)
{
	return SENDER_US + sent_us + RECEIVER_AHEAD_US + NETWORK_US;
}

static uint64_t ntp_of(int64_t unix_us)
{
	uint64_t seconds = (uint64_t)(unix_us / SECOND_US) + UINT64_C(2208988800);
	return seconds << 32 | (((uint64_t)(unix_us % SECOND_US) << 32) / SECOND_US);
}

static void report(struct timeline *timeline, uint32_t ssrc, uint32_t timestamp, int64_t sent_us,
	int64_t clock_step_us)
{
	struct rtcp_sender_report sr = {
		.ssrc = ssrc,
		.ntp = ntp_of(SENDER_US + sent_us + clock_step_us),
		.timestamp = timestamp,
	};
	timeline_add_report(timeline, &sr, arrival_of(sent_us));
}

static size_t add(struct timeline *timeline, uint32_t ssrc, uint32_t hz, uint32_t timestamp,
	int64_t arrival_us)
{
	return timeline_add_track(timeline, &(struct timeline_track_start){
						    .ssrc = ssrc,
						    .clock_rate = hz,
						    .timestamp = timestamp,
						    .arrival_us = arrival_us,
					    });
}

static void assert_near(int64_t a, int64_t b)
{
	if (ABS(a - b) > TOLERANCE_US)
		g_error("%" G_GINT64_FORMAT " is not near %" G_GINT64_FORMAT, a, b);
}

static const struct row {
	const char *name;
	double audio_ppm;      /* of the sound card */
	int64_t duration_us;   /* of the call; a report every five seconds */
	int64_t video_late_us; /* delay of the video's first packets besides the network's */
	int64_t step_at_us;    /* the sender's wall clock is set by an hour; 0: never */
	bool is_audio_reported, is_video_reported;
	int64_t video_error_us; /* how far from the truth the picture is shown */
} rows[] = {
	{"/timeline/reports_synchronise", 0, 60 * SECOND_US, 0, 0, true, true, 0},
	{"/timeline/reports_outdo_a_late_start", 0, 60 * SECOND_US, 300000, 0, true, true, 0},
	{"/timeline/a_fast_sound_card_does_not_pull_apart", 200, 3600 * SECOND_US, 0, 0, true, true,
		0},
	{"/timeline/a_slow_sound_card_does_not_pull_apart", -400, 36000 * SECOND_US, 0, 0, true,
		true, 0},
	{"/timeline/a_set_wall_clock_changes_nothing", 50, 3600 * SECOND_US, 0, 600 * SECOND_US,
		true, true, 0},
	{"/timeline/one_report_each_will_do", 0, 3 * SECOND_US, 200000, 0, true, true, 0},
	{"/timeline/arrivals_will_do_without_reports", 0, 60 * SECOND_US, 0, 0, false, false, 0},
	{"/timeline/arrivals_show_a_late_start_late", 0, 60 * SECOND_US, 300000, 0, false, false,
		300000},
	{"/timeline/one_track_with_reports_one_without", 0, 60 * SECOND_US, 0, 0, true, false, 0},
};

static void add_reports(struct timeline *timeline, const struct row *row)
{
	for (int64_t us = SECOND_US; us < row->duration_us; us += 5 * SECOND_US) {
		int64_t step = row->step_at_us && us >= row->step_at_us ? 3600 * SECOND_US : 0;
		uint32_t audio = audio_base + (uint32_t)ticks_at(us, AUDIO_HZ, row->audio_ppm);
		uint32_t video = video_base + (uint32_t)ticks_at(us, VIDEO_HZ, 0);
		if (row->is_audio_reported)
			report(timeline, AUDIO_SSRC, audio, us, step);
		if (row->is_video_reported)
			report(timeline, VIDEO_SSRC, video, us, step);
	}
}

/* Audio starts at 0, video 400 ms later; then the same instant has the same time in both. */
static void test_row(gconstpointer data)
{
	const struct row *row = data;
	const int64_t video_start_us = 400000;
	struct timeline *timeline = timeline_create();

	add_reports(timeline, row);
	uint32_t video_first = video_base + (uint32_t)ticks_at(video_start_us, VIDEO_HZ, 0);
	size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	size_t video = add(timeline, VIDEO_SSRC, VIDEO_HZ, video_first,
		arrival_of(video_start_us) + row->video_late_us);
	timeline_settle(timeline);

	g_assert_cmpint(timeline_is_synchronised(timeline, audio), ==, row->is_audio_reported);
	g_assert_cmpint(timeline_is_synchronised(timeline, video), ==, row->is_video_reported);
	assert_near(timeline_pts_us(timeline, audio, audio_base), 0);
	for (int64_t us = video_start_us; us < row->duration_us; us += 7 * SECOND_US) {
		int64_t sound = audio_base + ticks_at(us, AUDIO_HZ, row->audio_ppm);
		int64_t picture = video_base + ticks_at(us, VIDEO_HZ, 0);
		assert_near(timeline_pts_us(timeline, audio, sound), us);
		assert_near(timeline_pts_us(timeline, video, picture), us + row->video_error_us);
	}
	timeline_destroy(timeline);
}

static void test_drift_is_told(void)
{
	const struct row row = {.audio_ppm = 120,
		.duration_us = 600 * SECOND_US,
		.is_audio_reported = true,
		.is_video_reported = true};
	struct timeline *timeline = timeline_create();
	add_reports(timeline, &row);
	size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	timeline_settle(timeline);
	g_assert_cmpfloat_with_epsilon(timeline_drift_ppm(timeline, audio), 120, 1);
	timeline_destroy(timeline);
}

/* What a browser reported of its sound in a call of 14 s: errors of the wall clock. */
static void test_scatter_is_no_drift(void)
{
	static const struct {
		int64_t at_us, error_us;
	} reports[] = {
		{500000, 0},
		{7800000, -4700},
		{11500000, 15700},
		{12500000, -2000},
		{12800000, 3000},
		{13000000, -1000},
		{13300000, 14000},
		{13600000, 2000},
		{13900000, 9000},
	};
	/* with each number of reports: a few prove nothing, and neither do many that scatter */
	for (size_t count = 1; count <= G_N_ELEMENTS(reports); count++) {
		struct timeline *timeline = timeline_create();
		for (size_t i = 0; i < count; i++) {
			int64_t us = reports[i].at_us;
			report(timeline, AUDIO_SSRC,
				audio_base + (uint32_t)ticks_at(us, AUDIO_HZ, 0), us,
				reports[i].error_us);
			report(timeline, VIDEO_SSRC,
				video_base + (uint32_t)ticks_at(us, VIDEO_HZ, 0), us, 0);
		}
		size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
		size_t video = add(timeline, VIDEO_SSRC, VIDEO_HZ, video_base, arrival_of(0));
		timeline_settle(timeline);
		g_assert_cmpfloat(timeline_drift_ppm(timeline, audio), ==, 0);
		for (int64_t us = 0; us < 14 * SECOND_US; us += SECOND_US) {
			int64_t sound = timeline_pts_us(
				timeline, audio, (int64_t)audio_base + ticks_at(us, AUDIO_HZ, 0));
			int64_t picture = timeline_pts_us(
				timeline, video, (int64_t)video_base + ticks_at(us, VIDEO_HZ, 0));
			g_assert_cmpint(ABS(sound - picture), <, 8000);
		}
		timeline_destroy(timeline);
	}
}

static void test_origin(void)
{
	struct timeline *with = timeline_create();
	report(with, AUDIO_SSRC, audio_base, 0, 0);
	add(with, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	timeline_settle(with);
	assert_near(timeline_origin_us(with), SENDER_US);
	timeline_destroy(with);

	struct timeline *without = timeline_create();
	add(without, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	timeline_settle(without);
	assert_near(timeline_origin_us(without), arrival_of(0));
	timeline_destroy(without);
}

/* Some senders put anything into their reports; the arrivals know better. */
static void test_nonsense_reports(void)
{
	struct timeline *timeline = timeline_create();
	report(timeline, AUDIO_SSRC, audio_base, 0, 0);
	report(timeline, VIDEO_SSRC, video_base + 77777777, 0, 0); /* another clock altogether */
	size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	size_t video = add(timeline, VIDEO_SSRC, VIDEO_HZ, video_base, arrival_of(0));
	timeline_settle(timeline);
	g_assert_true(timeline_is_synchronised(timeline, audio));
	g_assert_false(timeline_is_synchronised(timeline, video));
	assert_near(timeline_pts_us(timeline, video, video_base), 0);
	timeline_destroy(timeline);
}

static void test_report_without_clock(void)
{
	struct timeline *timeline = timeline_create();
	struct rtcp_sender_report none = {.ssrc = AUDIO_SSRC, .ntp = 0, .timestamp = audio_base};
	timeline_add_report(timeline, &none, arrival_of(0));
	size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	timeline_settle(timeline);
	g_assert_false(timeline_is_synchronised(timeline, audio));
	timeline_destroy(timeline);
}

static void test_many_ssrcs(void)
{
	struct timeline *timeline = timeline_create();
	for (uint32_t ssrc = 0; ssrc < 100000; ssrc++)
		report(timeline, ssrc, audio_base, 0, 0);
	size_t audio = add(timeline, AUDIO_SSRC, AUDIO_HZ, audio_base, arrival_of(0));
	timeline_settle(timeline);
	g_assert_true(timeline_is_synchronised(timeline, audio));
	timeline_destroy(timeline);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].name, &rows[i], test_row);
	g_test_add_func("/timeline/drift_is_told", test_drift_is_told);
	g_test_add_func("/timeline/scatter_is_no_drift", test_scatter_is_no_drift);
	g_test_add_func("/timeline/the_origin_is_a_wall_clock", test_origin);
	g_test_add_func("/timeline/nonsense_reports_are_not_believed", test_nonsense_reports);
	g_test_add_func("/timeline/a_report_without_a_clock_is_none", test_report_without_clock);
	g_test_add_func("/timeline/many_ssrcs_cost_no_memory", test_many_ssrcs);
	return g_test_run();
}
