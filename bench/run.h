/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One run: a recorder takes the traffic of so many streams at the pace of real
 * publishers, in a process of its own, on one media thread.
 */
#pragma once

#include "bench/recorder.h"

struct run_setup {
	unsigned streams;
	unsigned video_bps;
	unsigned warm_up_ms; /* before measuring begins: at least one flush */
	unsigned measure_ms; /* a multiple of the flush interval */
	unsigned wake_ms;    /* the driver sends what is due this often; 0: each millisecond */
	const char *folder;  /* recordings go into a folder in it */
	const char *ring_folder;
};

/* Of the measured time, unless it says so. */
struct run_result {
	double packets; /* of audio and video */
	/* ns per call; the clock's own cost is in it: see recorder_none */
	double mean, p50, p99, max;
	double cpu_ns;               /* per packet, of the whole process: user and system */
	double media_cpu_ns;         /* of it on the media thread */
	double writes, media_writes; /* calls, not per packet */
	double system_ns;            /* of it in the kernel, as its ticks have sampled it */
	double switches, preemptions;
	double cpu_share; /* 1: a core */
	double lost; /* of the whole run: sent and not in the files; 0 where there are no such files
		      */
	double late_ms; /* by which the driver is behind at the end: the processor is too slow */
	/* At the end, less what there was before the recordings, per stream. */
	double private_bytes, ring_bytes, descriptors;
};

/* Ends this process when the run cannot be made or its process fails. */
void run(struct run_result *out, const struct recorder *recorder, const struct run_setup *setup);

/*
 * The same for another kind of run: calls `fn` in a process of its own, with folders that are
 * removed afterwards, and brings the `size` bytes of its result here.
 */
typedef void (*run_fn)(void *result, const struct recorder *recorder,
	const struct recorder_setup *folders, const struct run_setup *setup);
void run_apart(void *out, size_t size, run_fn fn, const struct recorder *recorder,
	const struct run_setup *setup);

/* Of figures_now_ns(). */
void run_sleep_until(int64_t ns);

/* As many descriptors as the system lets us have. To be called first. */
unsigned run_raise_descriptors(void);
