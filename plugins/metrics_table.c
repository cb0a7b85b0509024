/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of metrics, and the two forms that follow it.
 */
#include "plugins/metrics_table.h"

#include <glib.h>
#include <inttypes.h>

static const char *const STREAM_STATES[] = {"negotiating", "publishing", NULL};
static const char *const ENDS[] = {
	[STATS_END_COMPLETE] = "complete",
	[STATS_END_FAILED] = "failed",
	[STATS_END_RECOVERED] = "recovered",
	[STATS_ENDS] = NULL,
};
static const char *const DROPS[] = {
	[STATS_DROP_OVERLOAD] = "overload",
	[STATS_DROP_DISK] = "disk",
	[STATS_DROP_MALFORMED] = "malformed",
	[STATS_DROPS] = NULL,
};
static const char *const RESULTS[] = {
	[STATS_OK] = "ok", [STATS_FAILED] = "failed", [STATS_RESULTS] = NULL};
static const char *const DISKS[] = {
	[STATS_DISK_OK] = "ok",
	[STATS_DISK_LOW] = "low",
	[STATS_DISK_FULL] = "full",
	[STATS_DISK_UNKNOWN] = "unknown",
	[STATS_DISKS] = NULL,
};

#define MEMBER(name)      .offset = offsetof(struct metrics, name)
#define LABEL(name, list) .label = name, .values = list

const struct metrics_row metrics_table[] = {
	{"streams", "Streams that are published, by the state of their PeerConnection.",
		METRICS_GAUGE, LABEL("state", STREAM_STATES), MEMBER(streams)},
	{"recordings_running", "Recordings that have not ended.", METRICS_GAUGE,
		MEMBER(engine.running)},
	{"recordings_suspended", "Running recordings for which the disk takes nothing.",
		METRICS_GAUGE, MEMBER(engine.suspended)},
	{"recordings_stalled",
		"Running recordings that get no audio or video into files, though their "
		"PeerConnection is up and the disk is not known to be in trouble.",
		METRICS_GAUGE, MEMBER(recordings_stalled)},
	{"recordings_ended_total", "Recordings that have ended, by how.", METRICS_COUNTER,
		LABEL("outcome", ENDS), MEMBER(engine.ended)},
	{"recordings_listed", "Recordings that the folder holds, running ones included.",
		METRICS_GAUGE, MEMBER(engine.listed)},
	{"recorded_bytes_total", "Bytes written to the files of recordings.", METRICS_COUNTER,
		MEMBER(engine.totals.bytes)},
	{"recorded_packets_total", "Packets and messages written to the files of recordings.",
		METRICS_COUNTER, MEMBER(engine.totals.packets)},
	{"dropped_packets_total", "Packets and messages that came and are in no file, by why.",
		METRICS_COUNTER, LABEL("reason", DROPS), MEMBER(engine.totals.dropped)},
	{"keyframe_requests_total", "Keyframes that publishers were asked for.", METRICS_COUNTER,
		MEMBER(engine.totals.keyframe_requests)},
	{"ring_capacity_bytes", "What may wait for the disk, of one track.", METRICS_GAUGE,
		MEMBER(engine.ring_capacity)},
	{"ring_high_water_bytes", "The most that has waited, of any track of what is running.",
		METRICS_GAUGE, MEMBER(engine.rings.high_water)},
	{"rings_waiting_bytes", "What waits for the disk, of all tracks.", METRICS_GAUGE,
		MEMBER(engine.rings.waiting)},
	{"rings_memory_bytes", "Memory that the data of all rings have.", METRICS_GAUGE,
		MEMBER(engine.rings.memory)},
	{"write_duration_seconds", "How long writes to the files of recordings take.",
		METRICS_HISTOGRAM, MEMBER(engine.writes)},
	{"write_errors_total", "Writes to the files of recordings that have failed.",
		METRICS_COUNTER, MEMBER(engine.write_errors)},
	{"manifest_saves_total", "Times that a manifest was saved.", METRICS_COUNTER,
		LABEL("result", RESULTS), MEMBER(engine.manifest_saves)},
	{"hooks_ended_total", "Hooks that have succeeded, or were given up.", METRICS_COUNTER,
		LABEL("result", RESULTS), MEMBER(engine.hooks)},
	{"hooks_waiting", "Hooks that run, or wait to be run.", METRICS_GAUGE,
		MEMBER(engine.hooks_waiting)},
	{"disk_available_bytes",
		"What may still be written in the recordings folder; 0 while it is unknown.",
		METRICS_GAUGE, MEMBER(engine.disk_available)},
	{"disk_state", "1 for the state that the recordings folder is in.", METRICS_GAUGE,
		LABEL("state", DISKS), MEMBER(engine.disk)},
	{.name = NULL},
};

#undef LABEL
#undef MEMBER

const char *metrics_table_type_name(enum metrics_type type)
{
	static const char *const NAMES[] = {
		[METRICS_COUNTER] = "counter",
		[METRICS_GAUGE] = "gauge",
		[METRICS_HISTOGRAM] = "histogram",
	};
	return NAMES[type];
}

/* --- writing --- */

static const uint64_t *numbers_of(const struct metrics *metrics, const struct metrics_row *row)
{
	return (const uint64_t *)(const void *)((const char *)metrics + row->offset);
}

static const struct histogram_counts *histogram_of(
	const struct metrics *metrics, const struct metrics_row *row)
{
	return (const void *)((const char *)metrics + row->offset);
}

/* Seconds, as short as they can be said. */
static const char *format_bound(char out[static G_ASCII_DTOSTR_BUF_SIZE], size_t bucket)
{
	if (bucket == HISTOGRAM_BOUNDS)
		return "+Inf";
	double seconds = (double)histogram_bounds_us[bucket] / 1e6;
	return g_ascii_formatd(out, G_ASCII_DTOSTR_BUF_SIZE, "%g", seconds);
}

static json_t *histogram_to_json(const struct histogram_counts *counts)
{
	json_t *buckets = json_object();
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		char bound[G_ASCII_DTOSTR_BUF_SIZE];
		json_object_set_new(buckets, format_bound(bound, i),
			json_integer((json_int_t)counts->buckets[i]));
	}
	return json_pack("{s:I, s:f, s:o}", "count", (json_int_t)counts->buckets[HISTOGRAM_BOUNDS],
		"sum", (double)counts->sum_us / 1e6, "buckets", buckets);
}

static json_t *row_to_json(const struct metrics *metrics, const struct metrics_row *row)
{
	const uint64_t *numbers = numbers_of(metrics, row);
	if (row->type == METRICS_HISTOGRAM)
		return histogram_to_json(histogram_of(metrics, row));
	if (!row->label)
		return json_integer((json_int_t)*numbers);
	json_t *json = json_object();
	for (size_t i = 0; row->values[i]; i++)
		json_object_set_new(json, row->values[i], json_integer((json_int_t)numbers[i]));
	return json;
}

json_t *metrics_table_to_json(const struct metrics *metrics)
{
	json_t *json = json_object();
	for (const struct metrics_row *row = metrics_table; row->name; row++)
		json_object_set_new(json, row->name, row_to_json(metrics, row));
	return json;
}

static void append_histogram(GString *text, const char *name, const struct histogram_counts *counts)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		g_string_append_printf(text, METRICS_PREFIX "%s_bucket{le=\"%s\"} %" PRIu64 "\n",
			name, format_bound(number, i), counts->buckets[i]);
	g_ascii_formatd(number, sizeof number, "%.6f", (double)counts->sum_us / 1e6);
	g_string_append_printf(text,
		METRICS_PREFIX "%s_sum %s\n" METRICS_PREFIX "%s_count %" PRIu64 "\n", name, number,
		name, counts->buckets[HISTOGRAM_BOUNDS]);
}

static void append_row(GString *text, const struct metrics *metrics, const struct metrics_row *row)
{
	const uint64_t *numbers = numbers_of(metrics, row);
	g_string_append_printf(text,
		"# HELP " METRICS_PREFIX "%s %s\n# TYPE " METRICS_PREFIX "%s %s\n", row->name,
		row->help, row->name, metrics_table_type_name(row->type));
	if (row->type == METRICS_HISTOGRAM)
		append_histogram(text, row->name, histogram_of(metrics, row));
	else if (!row->label)
		g_string_append_printf(
			text, METRICS_PREFIX "%s %" PRIu64 "\n", row->name, *numbers);
	else
		for (size_t i = 0; row->values[i]; i++)
			g_string_append_printf(text, METRICS_PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n",
				row->name, row->label, row->values[i], numbers[i]);
}

char *metrics_table_to_text(const struct metrics *metrics)
{
	GString *text = g_string_new(NULL);
	for (const struct metrics_row *row = metrics_table; row->name; row++)
		append_row(text, metrics, row);
	return g_string_free(text, FALSE);
}
