/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What operators watch, in numbers, all at one moment: metrics_table.h says what
 * each is. Thread: any but the media thread.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "recording/stats.h"

struct plugin;

enum {
	METRICS_STALLED_US = 10 * 1000 * 1000 /* without a byte of audio or video */
};

struct metrics {
	struct stats_snapshot engine;
	uint64_t streams[2];         /* negotiating, publishing */
	uint64_t recordings_stalled; /* that should grow, and do not */
	json_t *stalled;             /* [{stream, media_session_id, recording, seconds}] */
};

void metrics_read(struct metrics *out, struct plugin *plugin);
void metrics_fini(struct metrics *metrics);
