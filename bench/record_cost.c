/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What recording costs per packet: our plugin beside the functions that Janus's
 * own plugins record with. Runs take turns, so that what else the machine does
 * meets both alike; of each figure the median over the rounds is printed, and of
 * ratios the median of the rounds' ratios.
 *
 * Usage: record_cost [FOLDER [ROUNDS [STREAMS [SECONDS]]]]
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/figures.h"
#include "bench/run.h"

enum {
	ROUNDS_MAX = 50,
	ROUNDS = 5,
	STREAMS = 40,
	SECONDS = 4,
	VIDEO_BPS = 1500000,
	WARM_UP_MS = 1500,
};

struct rounds {
	struct run_result none[ROUNDS_MAX], plugin[ROUNDS_MAX], janus[ROUNDS_MAX];
	unsigned count;
};

static double member(const struct run_result *result, size_t offset)
{
	return *(const double *)(const void *)((const char *)result + offset);
}

/* Of the difference between `results` and the empty runs; NULL for the empty runs' own. */
static double median(const struct run_result *results, const struct run_result *none, size_t offset,
	unsigned count)
{
	double values[ROUNDS_MAX];
	for (unsigned i = 0; i < count; i++)
		values[i] = member(&results[i], offset) - (none ? member(&none[i], offset) : 0);
	return figures_median(values, count);
}

static double median_ratio(const struct rounds *rounds, size_t offset)
{
	double values[ROUNDS_MAX];
	for (unsigned i = 0; i < rounds->count; i++) {
		double none = member(&rounds->none[i], offset);
		values[i] = (member(&rounds->plugin[i], offset) - none) /
			    (member(&rounds->janus[i], offset) - none);
	}
	return figures_median(values, rounds->count);
}

static void print_one(const char *name, const struct run_result *results,
	const struct run_result *none, unsigned count)
{
	static const struct {
		const char *name;
		size_t offset;
		bool is_net; /* the empty run's share is taken off */
	} FIGURES[] = {
		{"intake_mean_ns", offsetof(struct run_result, mean), true},
		{"intake_p50_ns", offsetof(struct run_result, p50), true},
		{"intake_p99_ns", offsetof(struct run_result, p99), true},
		{"intake_max_ns", offsetof(struct run_result, max), false},
		{"cpu_ns", offsetof(struct run_result, cpu_ns), true},
		{"media_cpu_ns", offsetof(struct run_result, media_cpu_ns), true},
		{"media_writes", offsetof(struct run_result, media_writes), false},
		{"lost", offsetof(struct run_result, lost), false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(FIGURES); i++)
		printf(" %s_%s=%.0f", name, FIGURES[i].name,
			median(results, FIGURES[i].is_net ? none : NULL, FIGURES[i].offset, count));
	double writes = median(results, none, offsetof(struct run_result, writes), count);
	double packets = median(results, NULL, offsetof(struct run_result, packets), count);
	printf(" %s_packets_per_write=%.1f", name, packets / MAX(writes, 1));
}

static unsigned argument(int argc, char **argv, int at, unsigned fallback, unsigned max)
{
	return argc > at ? MIN((unsigned)strtoul(argv[at], NULL, 10), max) : fallback;
}

int main(int argc, char **argv)
{
	run_raise_descriptors();
	static struct rounds rounds;
	rounds.count = argument(argc, argv, 2, ROUNDS, ROUNDS_MAX);
	struct run_setup setup = {
		.folder = argc > 1 ? argv[1] : g_get_tmp_dir(),
		.ring_folder = "/dev/shm",
		.streams = argument(argc, argv, 3, STREAMS, 10000),
		.measure_ms = 1000 * argument(argc, argv, 4, SECONDS, 3600),
		.video_bps = VIDEO_BPS,
		.warm_up_ms = WARM_UP_MS,
	};
	for (unsigned i = 0; i < rounds.count; i++) {
		run(&rounds.none[i], &recorder_none, &setup);
		run(&rounds.plugin[i], &recorder_plugin, &setup);
		run(&rounds.janus[i], &recorder_janus, &setup);
	}
	printf("bench=record-cost streams=%u rounds=%u", setup.streams, rounds.count);
	print_one("plugin", rounds.plugin, rounds.none, rounds.count);
	print_one("janus", rounds.janus, rounds.none, rounds.count);
	printf(" intake_ratio=%.3f cpu_ratio=%.3f\n",
		median_ratio(&rounds, offsetof(struct run_result, p50)),
		median_ratio(&rounds, offsetof(struct run_result, cpu_ns)));
	return EXIT_SUCCESS;
}
