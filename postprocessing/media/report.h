/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a conversion did: for each track what became of it, what was lost,
 * damaged, left out, transcoded, and where it begins. As JSON for programs, as
 * sentences for people. Names that are not UTF-8 are made so.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "postprocessing/media/formats.h"
#include "postprocessing/media/track.h"
#include "postprocessing/media/transform.h"

struct report_track {
	char *label;
	char *unused;                   /* why it is not in the output; NULL when it is */
	bool is_loss;                   /* with `unused`: nobody wanted it so */
	const struct codec *codec;      /* NULL when the file could not be read */
	const struct media_codec *to;   /* NULL when unused */
	const char *transcoded_because; /* NULL when copied */
	bool is_synchronised;           /* by sender reports, not by arrival */
	int64_t start_us, end_us;       /* in the output */
	struct reader_stats bytes;
	struct reorder_stats packets;
	struct track_stats units;
	struct transform_stats transform;
};

struct report {
	char *output;
	const char *format;
	int64_t origin_us; /* wall clock at the output's time zero; 0: the files do not say */
	int64_t duration_us;
	uint64_t size;  /* of the file, bytes */
	uint64_t moved; /* packets whose time did not advance and was moved by a tick */
	GArray *tracks; /* of struct report_track */
};

void report_init(struct report *report, const char *output, const char *format);
void report_fini(struct report *report);

/* A zeroed track with this label; valid until the next one is added. */
struct report_track *report_add_track(struct report *report, const char *label);
struct report_track *report_track(const struct report *report, size_t index);

/* Whether anything that was recorded, or should have been, is not in the output. */
bool report_has_loss(const struct report *report);

/* A new reference. */
json_t *report_to_json(const struct report *report);

/* The same of a conversion that failed: what is known of the tracks, and the error. */
json_t *report_failure(const struct report *report, const char *error);

/* One sentence of each thing that was lost or transcoded, to `say`. */
typedef void (*report_say_fn)(void *ctx, const char *sentence);
void report_describe(const struct report *report, report_say_fn say, void *ctx);
