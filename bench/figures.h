/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is read off this process, its files and a list of numbers. All of it
 * ends the process when it cannot be read: a benchmark without figures is none.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* CLOCK_MONOTONIC. */
int64_t figures_now_ns(void);

/* What the process has used since it began. */
struct figures_usage {
	double cpu_s;         /* of all threads, exact */
	double system_s;      /* of them in the kernel */
	double media_cpu_s;   /* of the calling thread alone */
	int64_t writes;       /* calls that write, of all threads; wake-ups by eventfd included */
	int64_t media_writes; /* of the calling thread alone */
	int64_t switches, preemptions;
};

void figures_usage(struct figures_usage *out);

/* now -= since. */
void figures_usage_since(struct figures_usage *now, const struct figures_usage *since);

/* Memory of the process that is no file's, and what the files of a folder take. */
size_t figures_private_bytes(void);
size_t figures_folder_bytes(const char *folder);

unsigned figures_descriptors(void);

/* Whole frames of audio and video in the .mjr files of a folder. */
uint64_t figures_media_frames(const char *folder);

/* 0 when there are none. */
double figures_mean(const uint32_t *values, size_t count);

/* Sorts `values`; `share` is 0.5 for the median, 1 for the largest. 0 when there are none. */
uint32_t figures_percentile(uint32_t *values, size_t count, double share);

/* The median; changes the order. */
double figures_median(double *values, size_t count);
