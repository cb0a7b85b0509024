/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The consumer's half of a track: takes frames from a ring to a part.
 *
 * Bytes in the ring are bytes of the file. All that it takes to go on after a
 * SIGKILL stands in the ring's header: a position belongs to one file offset,
 *
 *      offset = header_size + (position - part_position)
 *
 * and the tail advances only after the bytes before it are in the file. So a
 * drain that is begun again writes the same bytes at the same place.
 *
 * Thread: writer.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/mjr_info.h"
#include "recording/account.h"
#include "recording/durability.h"
#include "recording/overload.h"
#include "recording/part.h"
#include "recording/pauses.h"
#include "recording/ring.h"

/* In the ring's header, by the producer: where the first frame is, and when it came; and counts. */
struct drain_mark {
	uint64_t position;
	int64_t real_us;
	_Atomic uint64_t dropped;
	_Atomic uint64_t malformed;
	_Atomic uint64_t keyframe_requests; /* by any thread */
	struct overload overload;
	int64_t mono_us; /* as real_us, by the monotonic clock of that process */
};

enum {
	DRAIN_ID_SIZE = 37,               /* a UUID and its NUL */
	DRAIN_ENOUGH = RING_COMMIT_START, /* fewer bytes wait for others */
	DRAIN_TICKS_MAX = 4,              /* but no longer than until this tick */
};

/*
 * In the ring's header, by the consumer. What waits belongs to the part `part_number`, whose file
 * is name_part_file()'s. Going on to another part is one store, of that number; the part has begun
 * once the rest is of it, too.
 */
struct drain_context {
	char recording_id[DRAIN_ID_SIZE];
	_Atomic uint32_t part_number;
	_Atomic uint32_t begun; /* the number of the part that the rest is of: stored last */
	uint32_t header_size;
	uint64_t part_position; /* of its first frame */
	uint8_t header[MJR_HEADER_MAX];
};

struct stats;

/* A position behind all that waits. */
#define DRAIN_ALL UINT64_MAX

struct drain {
	/* constant after init */
	struct ring *ring;       /* borrowed */
	const struct disk *disk; /* borrowed */
	const char *folder;      /* borrowed */
	struct durability durability;
	struct stats *stats; /* borrowed; or NULL: nobody counts */
	struct mjr_info info;
	struct pauses *pauses;         /* borrowed, set after init; NULL: none ever */
	struct drain_context *context; /* the ring's */
	char *file;                    /* of the part in hand, inside the folder */

	struct part part;
	struct account account;
	GArray *gaps; /* the first MANIFEST_GAPS_MAX, without a reason; NULL before one */
	uint64_t gap_count;
	size_t pauses_passed;
	unsigned ticks_waited;     /* that found bytes waiting and left them */
	bool has_begun;            /* the part's file has been created */
	bool is_doubtful;          /* the part has ended, and not as it should */
	bool is_suspended;         /* nothing is written until drain_resume() */
	int64_t unsynced_since_us; /* when drain_sync() first saw it; 0: nothing is unsynced */
	uint64_t until;   /* nothing is drained from here on: DRAIN_ALL, or where it is cut */
	uint64_t dropped; /* frames that a failure has left in the ring at the end */
};

/* `ring` is new: the drain writes down what it will be drained to. */
void drain_init(struct drain *drain, struct ring *ring, const struct disk *disk, const char *folder,
	const struct mjr_info *info, const char *recording_id, const char *file);

/* Closes what is still open. Accepts a zeroed one. */
void drain_fini(struct drain *drain);

/*
 * To be asked once a tick: whether what waits is worth a write. The first bytes of a part are, or
 * DRAIN_ENOUGH of them; fewer only after some ticks, unless `durability` counts the time.
 */
bool drain_is_due(struct drain *drain);

/*
 * Writes what waits before the position `until`, where a frame ends, in one write, and keeps the
 * books. `scratch`: FRAMES_SCRATCH_SIZE bytes. 0, or -errno: the file has been cut after its last
 * whole frame, and the drain is suspended.
 */
int drain_run(struct drain *drain, uint64_t until, uint8_t *scratch);

/* Where a part may end, and the next begin. Times are monotonic, µs. */
struct drain_cut {
	uint64_t position;
	int64_t arrival_us; /* of the frame there */
};

/*
 * The first frame that waits and came at `from_us` or later. False: there is none, and the position
 * is where what was looked at ends.
 */
bool drain_find(struct drain_cut *out, struct drain *drain, int64_t from_us, uint8_t *scratch);

/*
 * The same of video that a decoder can begin with: the first packet of a keyframe, in the order of
 * arrival. False also for a codec of which no keyframes are known.
 */
bool drain_find_keyframe(
	struct drain_cut *out, struct drain *drain, int64_t from_us, uint8_t *scratch);

/* When the first frame of all came, monotonic; false: none has. */
bool drain_first_us(int64_t *out, const struct drain *drain);

/* Bytes of the part in hand. */
uint64_t drain_part_size(const struct drain *drain);

/* Syncs what will be due before the next call, in `tick_us`. 0, or -errno: it is suspended. */
int drain_sync(struct drain *drain, int64_t now_us, int64_t tick_us);

/*
 * Ends the part in hand, if any: the ring fills until drain_resume(). A part whose end is torn is
 * left open, since it can be cut as long as it is. As drain_end_part().
 */
int drain_suspend(struct drain *drain);

/*
 * Ends the part in hand, if any. 0, or -errno: its end is torn, or what it holds may be lost. Then
 * it is doubtful for drain_report().
 */
int drain_end_part(struct drain *drain);

/*
 * What waits goes to a new part, after drain_end_part(). The times of its frames, and those in its
 * header, still count from the track's first frame: bytes in the ring stay bytes of the file.
 */
void drain_resume(struct drain *drain, uint32_t part_number, const char *file);

/* Ends the part in hand, if any. Counts what a failure has left in the ring. 0 or -errno. */
int drain_finish(struct drain *drain, uint8_t *scratch);

/*
 * Writes down that the part in hand begins at the tail. `info` has the times of its header. 0 or
 * -errno. Also for whoever goes on after a kill, when drain_has_begun() says that it has not.
 */
int drain_begin(struct ring *ring, const struct mjr_info *info);
bool drain_has_begun(struct ring *ring);

/* Info with the times that the first frame decided; 0 before it. */
void drain_report(struct manifest_track *out, const struct drain *drain);
