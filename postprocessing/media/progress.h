/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a conversion is: a bar for people, lines of JSON for programs, both on
 * stderr; told at most ten times a second, and once at the end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

enum progress_style {
	PROGRESS_NONE,
	PROGRESS_BAR,
	PROGRESS_JSON,
};

struct progress {
	enum progress_style style;
	const struct clock *clock;
	int64_t next_us;
	bool is_shown;
};

/*
 * From --progress's word; NULL is "auto": a bar when stderr is a terminal. False: no such word.
 */
bool progress_init(struct progress *progress, const char *word, const struct clock *clock);

/* `done` of `total` bytes of input are read, and the output is `time_us` long. */
void progress_update(struct progress *progress, uint64_t done, uint64_t total, int64_t time_us);

/* Tells the last state; or, when nothing is to be told, clears the bar. */
void progress_finish(struct progress *progress, int64_t time_us);
void progress_clear(struct progress *progress);
