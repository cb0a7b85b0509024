/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recording engine: writer threads, and the recordings that they serve.
 *
 * Knows nothing of Janus. One engine per process and recordings folder.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "recording/durability.h"
#include "recording/retention.h"

struct engine;
struct recording;
struct store;
struct summary;
struct disk;
struct manifest_gap;
struct hook;
struct hook_job;
struct hook_result;

enum engine_event_kind {
	ENGINE_RECORDING_STARTED,
	ENGINE_PART_FINISHED,
	ENGINE_KEYFRAME_WANTED,    /* see track_has_keyframe(): without one, no new parts */
	ENGINE_GAP,                /* packets that came were not recorded; what followed them was */
	ENGINE_RECORDING_FINISHED, /* complete; files closed, manifest written */
	ENGINE_RECORDING_FAILED,   /* the same, with a reason that is an error */
	ENGINE_RECORDING_RECOVERED, /* the same, of a recording whose process was killed */
	ENGINE_RECORDING_SUSPENDED, /* the disk takes nothing; parts have ended, packets wait */
	ENGINE_RECORDING_RESUMED,   /* it does again; in new parts */
	ENGINE_RECORDING_DELETED,   /* with its files; no `recording`, but a `summary` */
	ENGINE_RECORDING_PAUSED,    /* a client wanted it; the manifest says so */
	ENGINE_RECORDING_CONTINUED, /* the pause has ended */
	ENGINE_DISK_LOW,            /* less than disk_low is free */
	ENGINE_DISK_FULL,           /* less than disk_reserve: nothing is recorded */
	ENGINE_DISK_OK,             /* neither any more */
	ENGINE_RECORDING_CONVERTED, /* a hook has made a file of it */
	ENGINE_CONVERSION_FAILED,   /* a hook that was to do so is given up */
	ENGINE_HOOK_RESULT,         /* a hook has succeeded, or is given up */
	ENGINE_EVENTS,              /* how many */
};

struct engine_event {
	enum engine_event_kind kind;
	struct recording *recording; /* borrowed; take a reference to keep it; NULL: of the disk */
	struct summary *summary;     /* DELETED: what there was; borrowed likewise */
	const char *file;            /* PART_FINISHED and CONVERTED: absolute path */
	const char *track;           /* ENGINE_GAP: its label */
	const struct manifest_gap *gap;
	const char *reason; /* FINISHED, FAILED, RECOVERED, SUSPENDED, DELETED, CONVERSION_FAILED */
	uint64_t available; /* of the disk: free bytes */
	/* CONVERTED, CONVERSION_FAILED and HOOK_RESULT, for which `recording` is NULL: it may be of
	 * an earlier process
	 */
	const struct hook_job *job;
	const struct hook_result *result;
};

/* "recording_started", "part_finished", … */
const char *engine_event_name(enum engine_event_kind kind);

/*
 * Called on a writer thread, on the thread that started a recording, or on that of recovery, which
 * may be before engine_create() has returned; with no lock held.
 */
typedef void (*engine_event_fn)(const struct engine_event *event, void *ctx);

enum engine_log_level {
	ENGINE_LOG_INFO,    /* a state has changed */
	ENGINE_LOG_WARNING, /* data was lost or passed over */
	ENGINE_LOG_ERROR,   /* a recording failed */
};

/* One line without a newline. Any thread but the media thread, with no lock held. */
typedef void (*engine_log_fn)(enum engine_log_level level, const char *text, void *ctx);

/* How hooks are run. Zero means the default. */
struct hook_limits {
	unsigned timeout_ms;  /* of an attempt; default ten minutes */
	unsigned attempts;    /* before a job is given up; default 6 */
	unsigned concurrency; /* attempts at the same time; default 4 */
	unsigned pause_ms;    /* before the second attempt; doubles each time; default 1000 */
	unsigned kill_ms;     /* from being asked to end to being killed; default 5000 */
	unsigned grace_ms;    /* that the end of the engine leaves them; default 10000 */
};

/* All borrowed for the engine's life. Zero or NULL means the default. */
struct engine_params {
	const char *folder;         /* of the recordings; made when missing */
	const char *ring_folder;    /* on tmpfs; default /dev/shm/janus-recorder */
	size_t ring_size;           /* per track; default RING_SIZE_DEFAULT */
	unsigned flush_interval_ms; /* default 500 */
	unsigned writer_threads;    /* default 1 */
	uint64_t recordings_max;    /* that run at the same time; default: no limit */
	struct durability durability;
	uint64_t disk_low;     /* bytes; below, the owner is told; default: never */
	uint64_t disk_reserve; /* bytes; below, nothing is recorded; default 0 */
	struct retention_rules retention;
	const struct clock *clock; /* default clock_system() */
	const struct disk *disk;   /* default disk_system() */
	engine_event_fn on_event;  /* default: nobody is told */
	void *on_event_ctx;
	engine_log_fn log; /* default: silence */
	void *log_ctx;
	const struct hook *hooks; /* hook.h; default: none */
	size_t hook_count;
	struct hook_limits hook_limits;
};

/*
 * Makes both folders, reads the manifests in the first and starts the writers; what killed engines
 * have left is completed meanwhile (recovery.h). 0 or -errno; the file system of the recordings
 * must have locks.
 */
int engine_create(struct engine **out, const struct engine_params *params);

/*
 * Stops every recording (reason "shutdown"), drains them, joins the writers, frees. Every file and
 * manifest is complete on return. No producer may be inside a push, no other call under way;
 * references to recordings may be put later. NULL is fine.
 */
void engine_destroy(struct engine *engine);

/* How many bytes are free, and how many of them are kept. 0 or -errno. Blocks. */
int engine_space(struct engine *engine, uint64_t *available, uint64_t *reserve);

/*
 * Deletes a recording that has ended, with its files, and tells everyone. `reason` is a static
 * word. 0 and a reference to what there was in *out, which may be NULL; or as store_delete().
 */
int engine_delete(
	struct summary **out, struct engine *engine, const char *id_or_name, const char *reason);

const char *engine_folder(const struct engine *engine);

/* The index of all recordings in the folder. Lives as long as the engine. */
struct store *engine_store(struct engine *engine);
