/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One track of the input, from its files to the units that are fit for a
 * player: video begins at a keyframe, and after damage goes on at the next one,
 * since what depends on a missing picture would be shown broken. What is left
 * out is counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mjr_info.h"
#include "postprocessing/core/input.h"
#include "postprocessing/core/reader.h"
#include "postprocessing/core/reorder.h"
#include "postprocessing/depay/depay.h"
#include "postprocessing/media/fault.h"

struct track;

/* Units of the track. Each that was there is either used or in one of the other counts. */
struct track_stats {
	uint64_t used;
	uint64_t keyframes;       /* among the used */
	uint64_t damaged;         /* incomplete */
	uint64_t before_keyframe; /* whole, before the first keyframe that can be used */
	uint64_t after_damage;    /* whole, between damage and the next keyframe */
};

/* The input is borrowed for the life of the track. Failures are FAULT_INPUT. */
int track_open(struct track **out, const struct input_track *input, struct fault *fault);
void track_close(struct track *track); /* NULL is fine */

/* Before the first pull. -ENOTSUP: nothing here takes this codec's packets apart. */
int track_begin(struct track *track, struct fault *fault);

/* STAGE_OK, STAGE_END, or -errno with the fault set. The unit is borrowed until the next pull. */
int track_pull(struct track *track, struct depay_unit *out, struct fault *fault);

/*
 * The keyframe pulled last cannot be used after all: it counts as left out, and the next pull
 * brings another keyframe.
 */
void track_reject(struct track *track);

const struct mjr_info *track_info(const struct track *track);
const struct track_stats *track_stats(const struct track *track);
const struct reorder_stats *track_packets(const struct track *track);
const struct reader_stats *track_bytes(const struct track *track);
uint64_t track_file_size(const struct track *track);
