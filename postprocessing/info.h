/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `mjr info` knows of one recording, and its two ways to tell it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "postprocessing/core/input.h"
#include "postprocessing/depay/scan.h"

struct info_track {
	const struct input_track *track; /* borrowed from the input */
	const char *error;               /* why it cannot be read; NULL: it was, and `scan` holds */
	struct scan scan;
	bool is_synchronised; /* by sender reports */
	double drift_ppm;     /* of its clock against the sender's wall clock; 0: not known */
};

struct info {
	const struct input *input;
	struct info_track *tracks; /* input->track_count */
	int64_t start_us, end_us;  /* arrivals, over all tracks; 0 without a packet */
};

/* Reads everything. The input must outlive it. */
void info_load(struct info *out, const struct input *input);
void info_fini(struct info *info);

/* A new reference. */
json_t *info_to_json(const struct info *info);

/* On stdout, for people; `width` as for table_print(). */
void info_print(const struct info *info, size_t width);
