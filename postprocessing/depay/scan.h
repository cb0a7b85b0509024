/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one track through all stages and tells what was in it and what was not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mjr_info.h"
#include "postprocessing/core/input.h"
#include "postprocessing/core/reader.h"
#include "postprocessing/core/reorder.h"
#include "postprocessing/depay/depay.h"

enum {
	SCAN_SIZES_MAX = 16
};

struct scan_size {
	uint16_t width, height;
	int64_t at_us; /* media time since the track's first unit */
};

struct scan {
	struct mjr_info info;     /* of the first file; owned */
	enum mjr_version version; /* of the first file */
	bool has_units; /* a depacketiser exists for this codec; else no depay, no sizes */
	struct reader_stats reader;
	struct reorder_stats reorder; /* audio and video only */
	struct depay_stats depay;
	uint64_t keyframes;
	uint32_t ssrc; /* of the first packet */
	/* Last timestamp - first, and the last unit's duration where it is known. For data:
	 * arrivals. */
	int64_t duration_us;
	int64_t first_arrival_us, last_arrival_us; /* wall clock; 0 without a packet */
	struct scan_size sizes[SCAN_SIZES_MAX];    /* each change of picture size */
	size_t size_count;                         /* of all changes; may pass SCAN_SIZES_MAX */
};

/* 0, or -errno with *what as by reader_open(); then `out` is zeroed. */
int scan_track(struct scan *out, const struct input_track *track, const char **what);
void scan_fini(struct scan *scan); /* accepts a zeroed one */

/* Whether anything is missing or damaged. */
bool scan_has_loss(const struct scan *scan);
