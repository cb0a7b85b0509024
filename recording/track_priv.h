/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a track, for its recording and its writer. Both halves are
 * here: the producer's in track.c, the consumer's is `drain`.
 */
#pragma once

#include <stdalign.h>
#include <stdatomic.h>

#include "common/cacheline.h"
#include "common/clock.h"
#include "recording/drain.h"
#include "recording/track.h"
#include "recording/writer.h"

struct track {
	/* Two cache lines hold all that a push needs; the second is the ring's. */

	_Atomic(struct track *) next; /* of a fanout, which links them */

	/* constant after create */
	const struct codec *codec; /* static */
	const struct clock *clock; /* borrowed */
	struct writer *writer;     /* borrowed; not touched once `is_closed` is set */
	size_t wake_at;            /* bytes waiting at which the writer is woken */
	struct drain_mark *mark;   /* the ring's: counts of the producer, which outlive us */

	/* owned by the media thread */
	int64_t start_us;   /* when the first frame came, monotonic */
	bool has_started;   /* it is in the ring */
	bool is_overloaded; /* the last packet was dropped */

	/* atomic */
	atomic_bool is_closed; /* pushes are discarded */
	atomic_bool is_urgent; /* the writer has been woken for this track */
	atomic_bool has_keyframe;

	alignas(CACHELINE) struct ring ring;

	/* owned by the writer */
	struct drain drain;
};

_Static_assert(offsetof(struct track, ring) == CACHELINE, "the first line holds the rest");

/* All borrowed; strings for the call only, but `folder`. */
struct track_params {
	const char *ring_path;
	size_t ring_size;
	const struct clock *clock;
	const struct disk *disk;
	const char *folder;
	struct durability durability;
	struct stats *stats;
	struct pauses *pauses;
	struct writer *writer;
	const struct mjr_info *info;
	const char *recording_id;
	const char *file; /* of the first part */
};

/* Makes the ring. 0 or -errno. Thread: any. */
int track_create(struct track **out, const struct track_params *params);

/* Unmaps the ring; its file stays unless track_unlink() was called. NULL is fine. */
void track_destroy(struct track *track);

/* track_has_keyframe() is false until the next one has come. Thread: any. */
void track_want_keyframe(struct track *track);

/* Pushes are discarded from now on. Thread: any. */
void track_close(struct track *track);

/* Removes the ring's file: nothing is left for a later process to drain. */
void track_unlink(struct track *track);

/* True when the producer has asked for the writer. Thread: writer, as the rest. */
bool track_is_urgent(const struct track *track);

/* See drain.h. */
bool track_is_due(struct track *track);
int track_drain(struct track *track, uint64_t until, uint8_t *scratch);
int track_sync(struct track *track, int64_t now_us, int64_t tick_us);
int track_suspend(struct track *track);
int track_end_part(struct track *track);
void track_resume(struct track *track, uint32_t part_number, const char *file);
int track_finish(struct track *track, uint8_t *scratch);

/* Whether its part of this number is still open. */
bool track_has_open_part(const struct track *track, uint32_t part_number);

/* `saved` stands in a manifest that was saved. */
void track_release(struct track *track, const struct manifest_track *saved);

/* Brings `out` up to date with what has been drained. */
void track_report(struct manifest_track *out, struct track *track);
