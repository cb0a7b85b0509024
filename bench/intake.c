/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a packet costs the media thread: nanoseconds per track_push_rtp().
 *
 * Pushes packets of 1,200 bytes in rounds, as a publisher of some megabits does
 * between two flushes, and times the pushes alone; the writer drains between
 * the rounds. Prints the median and the worst round. Usage: intake [FOLDER]
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bytes.h"
#include "common/codec.h"
#include "recording/engine.h"
#include "recording/recording.h"
#include "recording/track.h"

enum {
	PACKET_SIZE = 1200,
	ROUNDS = 2000,
	ROUND_PACKETS = 50, /* 60 KB: an interval's worth at a megabit */
};

static json_int_t packets_written(struct recording *recording)
{
	json_t *summary = recording_summary(recording);
	json_int_t packets = json_integer_value(json_object_get(summary, "packets"));
	json_decref(summary);
	return packets;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double time_round(struct track *track, uint8_t *packet, uint16_t *seq)
{
	struct timespec before, after;
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < ROUND_PACKETS; i++) {
		bytes_put_u16(packet + 2, (*seq)++);
		track_push_rtp(track, packet, PACKET_SIZE);
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	double ns = (double)(after.tv_sec - before.tv_sec) * 1e9 +
		    (double)(after.tv_nsec - before.tv_nsec);
	return ns / ROUND_PACKETS;
}

/* Every round starts with an empty ring. */
static void wait_for_writer(struct recording *recording, json_int_t packets)
{
	while (packets_written(recording) < packets)
		g_thread_yield();
}

static void run(struct recording *recording, double *rounds)
{
	static uint8_t packet[PACKET_SIZE] = {0x80, 96};
	struct track *track = recording_track(recording, 0);
	uint16_t seq = 0;
	for (int i = 0; i < ROUNDS; i++) {
		rounds[i] = time_round(track, packet, &seq);
		wait_for_writer(recording, (json_int_t)(i + 1) * ROUND_PACKETS);
	}
	qsort(rounds, ROUNDS, sizeof *rounds, compare_doubles);
}

static void remove_files(const char *folder)
{
	static const char *const FILES[] = {"intake-video.mjr", "intake.json"};
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		g_autofree char *path = g_build_filename(folder, FILES[i], NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = g_build_filename(
		argc > 1 ? argv[1] : g_get_tmp_dir(), "janus-recorder-bench", NULL);
	struct engine *engine = NULL;
	int err = engine_create(
		&engine, &(struct engine_params){.folder = folder, .flush_interval_ms = 1});
	struct recording_track_spec track = {{.codec = codec_find("vp8")}, "0", 0};
	struct recording_spec spec = {
		.name = "intake",
		.stream = "bench",
		.media_session_id = "bench",
		.tracks = &track,
		.track_count = 1,
	};
	struct recording *recording = NULL;
	if (err == 0)
		err = recording_start(&recording, engine, &spec);
	if (err < 0) {
		fprintf(stderr, "intake: %s\n", g_strerror(-err));
		return EXIT_FAILURE;
	}
	static double rounds[ROUNDS];
	run(recording, rounds);
	printf("%d bytes: median %.0f ns, 99th percentile %.0f ns, worst %.0f ns per push\n",
		PACKET_SIZE, rounds[ROUNDS / 2], rounds[ROUNDS * 99 / 100], rounds[ROUNDS - 1]);
	recording_put(recording);
	engine_destroy(engine);
	remove_files(folder);
	return EXIT_SUCCESS;
}
