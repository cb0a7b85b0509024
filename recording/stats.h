/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an engine has done since it was made, and what it does now, in numbers.
 *
 * Totals never go backwards: those of a recording are added to the engine's in
 * the same step that takes it off the list of those that run. Reading costs as
 * much as recordings run, whatever is stored, and waits for no writer: counts are
 * those of the last flush. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "recording/histogram.h"

struct engine;
struct recording;

/* Why packets that came are in no file. */
enum stats_drop {
	STATS_DROP_OVERLOAD,  /* the ring was full */
	STATS_DROP_DISK,      /* the disk took nothing */
	STATS_DROP_MALFORMED, /* no RTP, or too large for a frame */
	STATS_DROPS,
};

enum stats_end {
	STATS_END_COMPLETE,
	STATS_END_FAILED,
	STATS_END_RECOVERED,
	STATS_ENDS,
};

enum stats_result {
	STATS_OK,
	STATS_FAILED,
	STATS_RESULTS,
};

/* As enum space_level, and when the folder cannot be looked at. */
enum stats_disk {
	STATS_DISK_OK,
	STATS_DISK_LOW,
	STATS_DISK_FULL,
	STATS_DISK_UNKNOWN,
	STATS_DISKS,
};

/* Of recordings, in this process. */
struct stats_totals {
	uint64_t bytes;   /* in files */
	uint64_t packets; /* in files */
	uint64_t dropped[STATS_DROPS];
	uint64_t keyframe_requests;
};

struct stats_rings {
	uint64_t high_water; /* most bytes that ever waited in one of them */
	uint64_t waiting;    /* bytes in all */
	uint64_t memory;     /* bytes in all */
};

struct stats_running {
	struct recording *recording; /* a reference */
	int64_t grew_us; /* when audio or video last reached a file, if any is to; monotonic */
};

struct stats_snapshot {
	struct stats_totals totals;
	struct stats_rings rings; /* of the recordings that run */
	uint64_t ring_capacity;   /* of one */
	uint64_t running;
	uint64_t suspended; /* of them */
	uint64_t ended[STATS_ENDS];
	struct histogram_counts writes;
	uint64_t write_errors;
	uint64_t manifest_saves[STATS_RESULTS];
	uint64_t hooks[STATS_RESULTS]; /* that succeeded, or were given up */
	uint64_t hooks_waiting;        /* for their end */
	uint64_t disk_available;       /* 0 while unknown */
	uint64_t disk[STATS_DISKS];    /* 1 for the state it is in */
	uint64_t listed;               /* recordings in the index */
	GArray *recordings;            /* struct stats_running */
};

/*
 * Looks at the disk only when nothing is being recorded: else a writer has, within the last
 * second, or hangs in it.
 */
void stats_read(struct stats_snapshot *out, struct engine *engine);

void stats_snapshot_fini(struct stats_snapshot *snapshot);
