/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a program says, line by line, and not more of it than a log can bear.
 *
 * Lines are cut at HOOK_OUTPUT_LINE_MAX bytes. Of more than HOOK_OUTPUT_LINES
 * within HOOK_OUTPUT_WINDOW_US the rest is only counted.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	HOOK_OUTPUT_LINE_MAX = 1000,
	HOOK_OUTPUT_LINES = 100,
	HOOK_OUTPUT_WINDOW_US = 10 * 1000 * 1000,
};

/* One line without its newline; never empty. */
typedef void (*hook_output_fn)(const char *line, void *ctx);

/* Zeroed, but for the first two. */
struct hook_output {
	hook_output_fn on_line;
	void *ctx;
	char line[HOOK_OUTPUT_LINE_MAX + 1];
	size_t len;        /* of what is in `line` */
	uint64_t skipped;  /* lines since the last one that was passed on */
	int64_t window_us; /* when it began */
	unsigned lines;    /* in it */
};

/* `now_us` is monotonic. */
void hook_output_push(struct hook_output *output, const char *bytes, size_t len, int64_t now_us);

/* There is no more: passes on a line that has no end, and how many were left out. */
void hook_output_end(struct hook_output *output, int64_t now_us);
