/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What recording costs per packet: our plugin beside the functions that Janus's
 * own plugins record with, and beside the least that any recorder has to do. Runs
 * take turns, so that what else the machine does meets all alike; of each figure
 * the median over the rounds is printed, and of ratios the median of the rounds'
 * ratios.
 *
 * Calls are timed one by one in short runs at a fine pace. Processor time is that
 * of long runs, in which files are large enough to be written behind, at a coarse
 * pace: the driver's waking up would cost more than what is to be measured.
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
	VIDEO_BPS = 1500000,
	CALLS_MS = 3000,
	CALLS_WARM_UP_MS = 1500,
	/* 11 s at this rate are two times PART_BEHIND, and the first comes before. */
	SECONDS = 11,
	WARM_UP_MS = 6000,
	WAKE_MS = 10,
};

enum who {
	NONE,
	PLUGIN,
	JANUS,
	BARE,
	ALL,
};

static const struct recorder *const RECORDERS[ALL] = {
	&recorder_none, &recorder_plugin, &recorder_janus, &recorder_bare};

struct rounds {
	struct run_result calls[ALL][ROUNDS_MAX], work[ALL][ROUNDS_MAX];
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

/* To what Janus's recorder takes, each less the empty run's. */
static double median_ratio(
	struct run_result results[][ROUNDS_MAX], enum who who, size_t offset, unsigned count)
{
	double values[ROUNDS_MAX];
	for (unsigned i = 0; i < count; i++) {
		double none = member(&results[NONE][i], offset);
		values[i] = (member(&results[who][i], offset) - none) /
			    (member(&results[JANUS][i], offset) - none);
	}
	return figures_median(values, count);
}

struct figure {
	const char *name;
	size_t offset;
	bool is_net; /* the empty run's share is taken off */
};

static const struct figure CALLS[] = {
	{"intake_mean_ns", offsetof(struct run_result, mean), true},
	{"intake_p50_ns", offsetof(struct run_result, p50), true},
	{"intake_p99_ns", offsetof(struct run_result, p99), true},
	{"intake_max_ns", offsetof(struct run_result, max), false},
};

static const struct figure WORK[] = {
	{"cpu_ns", offsetof(struct run_result, cpu_ns), true},
	{"system_ns", offsetof(struct run_result, system_ns), true},
	{"media_cpu_ns", offsetof(struct run_result, media_cpu_ns), true},
	{"media_writes", offsetof(struct run_result, media_writes), false},
	{"switches", offsetof(struct run_result, switches), true},
	{"lost", offsetof(struct run_result, lost), false},
};

static void print_figures(const char *name, const struct figure *figures, size_t figure_count,
	const struct run_result *results, const struct run_result *none, unsigned count)
{
	for (size_t i = 0; i < figure_count; i++)
		printf(" %s_%s=%.0f", name, figures[i].name,
			median(results, figures[i].is_net ? none : NULL, figures[i].offset, count));
}

static void print_one(struct rounds *rounds, enum who who)
{
	const char *name = RECORDERS[who]->name;
	unsigned count = rounds->count;
	print_figures(
		name, CALLS, G_N_ELEMENTS(CALLS), rounds->calls[who], rounds->calls[NONE], count);
	print_figures(name, WORK, G_N_ELEMENTS(WORK), rounds->work[who], rounds->work[NONE], count);
	double writes = median(
		rounds->work[who], rounds->work[NONE], offsetof(struct run_result, writes), count);
	double packets =
		median(rounds->work[who], NULL, offsetof(struct run_result, packets), count);
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
	struct run_setup work = {
		.folder = argc > 1 ? argv[1] : g_get_tmp_dir(),
		.ring_folder = "/dev/shm",
		.streams = argument(argc, argv, 3, STREAMS, 10000),
		.measure_ms = 1000 * argument(argc, argv, 4, SECONDS, 3600),
		.video_bps = VIDEO_BPS,
		.warm_up_ms = WARM_UP_MS,
		.wake_ms = WAKE_MS,
	};
	struct run_setup calls = work;
	calls.warm_up_ms = CALLS_WARM_UP_MS;
	calls.measure_ms = CALLS_MS;
	calls.wake_ms = 1;
	for (unsigned i = 0; i < rounds.count; i++)
		for (enum who who = 0; who < ALL; who++) {
			run(&rounds.calls[who][i], RECORDERS[who], &calls);
			run(&rounds.work[who][i], RECORDERS[who], &work);
		}
	printf("bench=record-cost streams=%u rounds=%u", work.streams, rounds.count);
	for (enum who who = PLUGIN; who < ALL; who++)
		print_one(&rounds, who);
	size_t cpu = offsetof(struct run_result, cpu_ns);
	printf(" intake_ratio=%.3f cpu_ratio=%.3f bare_cpu_ratio=%.3f\n",
		median_ratio(rounds.calls, PLUGIN, offsetof(struct run_result, p50), rounds.count),
		median_ratio(rounds.work, PLUGIN, cpu, rounds.count),
		median_ratio(rounds.work, BARE, cpu, rounds.count));
	return EXIT_SUCCESS;
}
