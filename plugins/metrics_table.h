/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The metrics as a table: the JSON of the request `stats`, the text that Prometheus
 * reads and docs/metrics.md all follow it. Thread: any.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "plugins/metrics.h"

#define METRICS_PREFIX "janus_recorder_"

enum metrics_type {
	METRICS_COUNTER,
	METRICS_GAUGE,
	METRICS_HISTOGRAM, /* of seconds */
};

struct metrics_row {
	const char *name; /* without METRICS_PREFIX */
	const char *help; /* a sentence without quotes and backslashes */
	enum metrics_type type;
	const char *label;         /* or NULL: there is one value */
	const char *const *values; /* of the label, in the order of the numbers; ends with NULL */
	size_t offset; /* of a uint64_t, of one for each value, or of histogram_counts */
};

/* Ends with a row whose name is NULL. */
extern const struct metrics_row metrics_table[];

/* "counter", "gauge" or "histogram". */
const char *metrics_table_type_name(enum metrics_type type);

/* {NAME: number, {LABEL VALUE: number} or {count, sum, buckets: {BOUND: number}}}: a new reference.
 */
json_t *metrics_table_to_json(const struct metrics *metrics);

/* In Prometheus' text format 0.0.4; the caller frees it. */
char *metrics_table_to_text(const struct metrics *metrics);
