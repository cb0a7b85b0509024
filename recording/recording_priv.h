/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a recording, for the files that it is made of, for its writer
 * and for the index.
 *
 * Thread: writer, unless a function says otherwise. `scratch` is
 * FRAMES_SCRATCH_SIZE bytes.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/manifest.h"
#include "recording/engine.h"
#include "recording/pauses.h"
#include "recording/recording.h"
#include "recording/rotation.h"
#include "recording/stats.h"
#include "recording/summary.h"

enum {
	RECORDING_ALL_TRACKS_MAX = RECORDING_TRACKS_MAX + 1 /* with rtcp */
};

/* As of the last flush. */
struct recording_counts {
	uint64_t dropped;         /* packets */
	uint64_t dropped_by_disk; /* of them */
	uint64_t packets;         /* of audio and video, in files */
	int64_t grew_us;          /* when these last were more than before; monotonic */
	bool is_suspended;
};

struct recording {
	/* constant after start */
	struct engine *engine; /* borrowed until the end */
	struct writer *writer; /* borrowed until the end */
	char *manifest_path;
	struct track *tracks[RECORDING_ALL_TRACKS_MAX];

	/* atomic */
	atomic_int references;
	_Atomic(const char *) stop_reason; /* NULL: nobody has stopped it */
	atomic_bool has_ended;
	atomic_bool is_held;  /* as was asked for; the writer enters it in the manifest */
	struct pauses pauses; /* has a lock of its own, that is held alone */

	/* owned by the writer: recording_flush.c */
	int error;         /* what suspends it, or what it ends with */
	bool is_suspended; /* parts are closed, rings fill */
	int64_t retry_us;  /* monotonic; while suspended */
	int64_t flush_us;  /* monotonic: when it was last looked after */

	/* owned by the writer: recording_parts.c */
	uint32_t part_number; /* of the parts in hand, or that come next */
	int part_error;       /* the first at the end of a part: it may be lost */

	/* owned by the writer: recording_rotation.c */
	struct rotation rotation;
	bool has_asked;  /* for keyframes */
	bool is_cutting; /* tracks go on to `part_number`, one after the other */
	int64_t cut_us;  /* the moment at which they do, monotonic; while cutting */

	/* owned by the writer: recording_manifest.c */
	bool is_unsaved; /* the manifest on disk is behind */
	int save_error;  /* why, when it was last tried */
	unsigned moves;  /* the owner's, as of the folder that our manifest is in */

	/* owned by the writer: recording_news.c; what has been told, of each track */
	size_t gaps_told[RECORDING_ALL_TRACKS_MAX];
	size_t parts_told[MANIFEST_TRACKS_MAX];
	size_t pauses_told; /* beginnings and ends */

	/*
	 * Protected by `lock`, but id, name, stream, media_session_id, login, metadata, created_us
	 * and the number of tracks, which are constant. Only the writer changes it after the start,
	 * so the writer reads without.
	 */
	pthread_mutex_t lock;
	struct manifest manifest;
	struct recording_counts counts;
};

/* --- recording.c --- */

/* As it stands now, a new reference. Thread: any. */
struct summary *recording_summarise(struct recording *recording);

/* Whether it may be deleted when it has ended; said in its manifest with the next flush. Thread:
 * any.
 */
void recording_hold(struct recording *recording, bool is_held);

/* Thread: any. */
int64_t recording_created_us(const struct recording *recording);

/* Nothing of the rings is left to a later process. Thread: the one that starts it, writer. */
void recording_unlink_rings(struct recording *recording);

/* --- recording_flush.c: one look after a recording that runs --- */

/*
 * Writes what waits: at a tick what is due, or else only what rings have asked for. True when the
 * recording has come to its end: recording_finish() is next.
 */
bool recording_flush(struct recording *recording, bool is_tick, uint8_t *scratch);

/* --- recording_end.c: how it ends --- */

/* Closes the files, completes the manifest, tells everyone, removes the rings. Once. */
void recording_finish(struct recording *recording, uint8_t *scratch);

/*
 * Saves the completed manifest of a recording that another process has left, enters it in the index
 * and tells everyone. Takes what `manifest` owns. 0 or -errno. Thread: the one of recovery.
 */
int recording_recover(struct engine *engine, struct manifest *manifest);

/*
 * Tells everyone of the end of a recording whose process was killed when it had saved the manifest,
 * and may not have told it. Takes what `manifest` owns. Thread: the one of recovery.
 */
void recording_tell_again(struct engine *engine, struct manifest *manifest);

/* --- recording_parts.c: what all tracks do together --- */

/* Whose turn it is. */
enum recording_turn {
	RECORDING_URGENT, /* tracks whose rings are filling up */
	RECORDING_TICK,   /* these, and what is due: drain.h. Once a tick */
	RECORDING_ALL,
};

/*
 * Brings what waits to the parts in hand. 0 or the first error: a track that has one is suspended,
 * the others are drained.
 */
int recording_parts_drain(struct recording *recording, enum recording_turn turn, uint8_t *scratch);

/* Whether a track's ring is filling up. */
bool recording_parts_are_urgent(const struct recording *recording);

/* Syncs what is due. 0 or the first error. */
int recording_parts_sync(struct recording *recording, int64_t now_us);

/* Bytes in the rings. */
size_t recording_parts_pending(const struct recording *recording);

/*
 * All tracks end the parts in hand, and the manifest knows: from here on packets wait in the rings.
 * What a part holds that could not be ended well may be lost: recording_parts_finish() will say so.
 */
void recording_parts_end(struct recording *recording);

/*
 * What waits, and what comes, goes to new parts, with one number for all tracks. It is a new number
 * if any track has used the last one, or `is_taken`: there is a file of that number already.
 */
void recording_parts_begin(struct recording *recording, bool is_taken);

/* Ends parts and tracks: pushes are discarded. 0 or the first error at the end of any part. */
int recording_parts_finish(struct recording *recording, uint8_t *scratch);

/* These tracks alone go on to the parts of `part_number`, which is a new one. */
void recording_parts_switch(struct recording *recording, const bool *is_switched);

/* --- recording_rotation.c: when parts have become old or large enough --- */

/*
 * Lets the tracks go on to their next parts, when it is time: some now, others in a later call.
 * What waits for a keyframe is kept from being drained meanwhile. 0, or what the disk says.
 */
int recording_rotate(struct recording *recording, int64_t now_us, uint8_t *scratch);

/* All tracks have gone on to new parts for another reason. */
void recording_rotation_restart(struct recording *recording, int64_t now_us);

/* --- recording_pause.c: pauses --- */

/* Whether some stand in no manifest yet, or their ends. */
bool recording_pauses_wait(const struct recording *recording);

/* Enters them; notes that the manifest on disk is behind. */
void recording_pauses_enter(struct recording *recording);

/* The recording ends, and so does its pause. */
void recording_pauses_finish(struct recording *recording);

/* --- recording_manifest.c: the manifest, in memory and on disk --- */

/* Brings it up to date with what has been drained; notes when the one on disk is behind. */
void recording_manifest_update(struct recording *recording);

/*
 * Saves `manifest` as the recording's. 0; -ENOTUNIQ: another recording has the name, in the folder
 * that has taken the place of ours; or -errno. Thread: the one that starts it, writer, the one of
 * recovery.
 */
int recording_manifest_save(struct recording *recording, const struct manifest *manifest);

/* The same; on a full disk in the space that is held back for it. */
int recording_manifest_save_anyway(struct recording *recording, const struct manifest *manifest);

/* Saves the recording's own if it is unsaved. What the disk refuses is tried again next time. */
void recording_manifest_keep(struct recording *recording);

/* --- recording_stats.c: in numbers --- */

struct recording_stats {
	struct stats_totals totals;
	struct stats_rings rings;
	int64_t grew_us;
	bool is_suspended;
};

/* The manifest is up to date. With the lock held. */
void recording_stats_update(struct recording *recording);

/* As of the last flush, but the rings. Thread: any but the media thread. */
void recording_stats_read(struct recording_stats *out, struct recording *recording);

/* --- recording_news.c: what the engine's owner is told --- */

void recording_news_tell(
	struct recording *recording, enum engine_event_kind kind, const char *reason);

/* Those that have not been told yet. Parts count as finished: call it when they are. */
void recording_news_tell_gaps(struct recording *recording);
void recording_news_tell_parts(struct recording *recording);
void recording_news_tell_pauses(struct recording *recording);
