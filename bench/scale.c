/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many streams of 1.5 Mbit/s one core records: processor time, memory and
 * descriptors at several sizes, and the most without a lost packet. All threads
 * are on one core, that of the driver included, whose share is measured by empty
 * runs and taken off.
 *
 * Usage: scale [FOLDER [MOST [SECONDS]]]: nothing is tried above MOST streams.
 */
#include <glib.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run.h"

enum {
	VIDEO_BPS = 1500000,
	WARM_UP_MS = 2000,
	SECONDS = 3,
	MOST = 2000,
	STEP = 250,
	LATE_MS_MAX = 500, /* a driver that ends later than this has no core left to drive with */
	KIB = 1024,
};

static const unsigned SIZES[] = {10, 100, 300, 1000};

static void use_one_core(void)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof one, &one) < 0)
		g_error("cannot stay on one core");
}

static bool is_good(const struct run_result *result)
{
	return result->lost == 0 && result->late_ms < LATE_MS_MAX;
}

/* Prints the figures of one size; true when nothing was lost. */
static bool measure(const struct run_setup *setup)
{
	struct run_result none, plugin;
	run(&none, &recorder_none, setup);
	run(&plugin, &recorder_plugin, setup);
	double memory = plugin.private_bytes - none.private_bytes + plugin.ring_bytes;
	printf(" cpu_%u=%.1f%% memory_kib_%u=%.0f rings_kib_%u=%.0f descriptors_%u=%.0f "
	       "lost_%u=%.0f late_ms_%u=%.0f",
		setup->streams, (plugin.cpu_share - none.cpu_share) * 100, setup->streams,
		memory / KIB, setup->streams, plugin.ring_bytes / KIB, setup->streams,
		plugin.descriptors, setup->streams, plugin.lost, setup->streams, plugin.late_ms);
	fflush(stdout);
	return is_good(&plugin);
}

/* The largest number of streams up to `most` that goes well, from a size that did. */
static unsigned find_most(struct run_setup setup, unsigned most)
{
	unsigned good = setup.streams;
	for (unsigned streams = good + STEP; streams <= most; streams += STEP) {
		struct run_result result;
		setup.streams = streams;
		run(&result, &recorder_plugin, &setup);
		if (!is_good(&result))
			break;
		good = streams;
	}
	return good;
}

static unsigned argument(int argc, char **argv, int at, unsigned fallback)
{
	return argc > at ? (unsigned)strtoul(argv[at], NULL, 10) : fallback;
}

int main(int argc, char **argv)
{
	run_raise_descriptors();
	use_one_core();
	unsigned most = argument(argc, argv, 2, MOST);
	struct run_setup setup = {
		.folder = argc > 1 ? argv[1] : "/dev/shm",
		.ring_folder = "/dev/shm",
		.measure_ms = 1000 * argument(argc, argv, 3, SECONDS),
		.video_bps = VIDEO_BPS,
		.warm_up_ms = WARM_UP_MS,
	};
	printf("bench=scale");
	bool is_well = true;
	for (size_t i = 0; i < G_N_ELEMENTS(SIZES) && SIZES[i] <= most && is_well; i++) {
		setup.streams = SIZES[i];
		is_well = measure(&setup);
	}
	printf(" most_streams=%u tried_up_to=%u\n", is_well ? find_most(setup, most) : 0, most);
	return EXIT_SUCCESS;
}
