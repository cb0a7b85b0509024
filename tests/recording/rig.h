/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tests of the engine stand on: an engine in a folder of its own, a clock
 * that the test sets, a disk that fails on demand, and events to wait for.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/manifest.h"
#include "recording/disk.h"
#include "recording/engine.h"
#include "recording/recording.h"

/* Which call of which operation fails, how. Set before the engine is made, or atomically. */
struct rig_faults {
	_Atomic int create_at; /* the n-th create() gives `error`; 0: never */
	_Atomic int write_at;  /* the n-th write_at() and all later ones */
	_Atomic int replace_at;
	_Atomic int sync_at;
	_Atomic int truncate_at;
	_Atomic int rename_at;
	_Atomic int remove_at;
	_Atomic uint64_t
		space; /* bytes that are free, and more with each removal; 0: as the disk says */
	_Atomic int error;          /* negative errno */
	_Atomic size_t short_bytes; /* of the first failing write, this many reach the file */
	_Atomic int stall_at; /* the n-th write_at() waits for `stall`, which the test holds */
	pthread_mutex_t stall;
	_Atomic int creates, writes, replaces, syncs, truncates, renames, removes;
};

struct rig {
	char *root;
	char *folder; /* of the recordings */
	char *ring_folder;
	struct engine *engine;
	struct engine_params hooks; /* those members alone, for every engine in the folder */
	struct rig_faults faults;
	struct disk disk;
	struct clock clock;
	_Atomic int64_t mono_us;
	_Atomic int64_t real_us;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned events[ENGINE_EVENTS];
	GPtrArray *
		log; /* "kind NAME reason-or-file", in order; for hooks, "hook_result KEY detail" */
	GPtrArray *lines; /* of the engine's log */
};

/* `params` may be NULL; ring folder, disk and callbacks are ours, folder and clock if not given.
 */
void rig_init(struct rig *rig, const struct engine_params *params);

/* Destroys the engine if it still is, and removes the folder. */
void rig_fini(struct rig *rig);

/* Removes what the rig with this `root` has left, in another process. */
void rig_remove(const char *root);

/* A folder and all that is in it. */
void rig_remove_tree(const char *folder);

/* What rig_restart() makes an engine with. */
struct engine_params rig_params(struct rig *rig);

/* Destroys the engine, if it still is. */
void rig_stop_engine(struct rig *rig);

/* Destroys the engine, if it still is, and makes another in the same folder. */
void rig_restart(struct rig *rig);
void rig_restart_with(struct rig *rig, const struct engine_params *params);

void rig_advance(struct rig *rig, int64_t us);

/* Waits until `count` events of this kind have come. */
void rig_wait(struct rig *rig, enum engine_event_kind kind, unsigned count);

unsigned rig_events(struct rig *rig, enum engine_event_kind kind);

/* How many lines of the engine's log have this in them. */
unsigned rig_count_lines(struct rig *rig, const char *text);
void rig_wait_lines(struct rig *rig, const char *text, unsigned count);

/* One Opus, one VP8 and one text track; stream "s", name "call". */
const struct recording_spec *rig_spec(void);

struct recording *rig_start(struct rig *rig, const char *name);

/* Stops it, waits for its end, drops the reference. */
void rig_stop(struct rig *rig, struct recording *recording);

/* An RTP packet with `payload_len` bytes that follow from the rest; returns its length. */
size_t rig_rtp(uint8_t *out, uint16_t seq, uint32_t timestamp, size_t payload_len);

/* A whole file of the recordings folder; the caller frees it. */
GByteArray *rig_read(struct rig *rig, const char *file);

bool rig_exists(struct rig *rig, const char *file);

/* How many files there are in a folder, but hidden ones. */
size_t rig_count_files(const char *folder);

/* Rings go after the end of their recordings was told. */
void rig_wait_for_no_rings(struct rig *rig);

/* Appends a frame as it must stand in a file. */
void rig_expect_frame(GByteArray *file, uint32_t ms, const void *payload, size_t len);

/* Counts the frames of a file, and fails on anything that is not a whole frame. */
size_t rig_count_frames(struct rig *rig, const char *file);

/* A manifest of the recordings folder; fails on any that cannot be read. */
void rig_load_manifest(struct manifest *out, struct rig *rig, const char *file);

/*
 * Mounts a tmpfs that this process alone sees, as the root of a user namespace of its own. For
 * children with one thread, before anything else. False when that is not allowed.
 */
bool rig_mount_tmpfs(const char *folder, const char *options);
