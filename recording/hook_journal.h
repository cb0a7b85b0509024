/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs on disk, so that they outlive the process.
 *
 *      .hooks/ENGINE/ORDER-RECORDING-HOOK.job   what this engine has to run
 *      .hooks/ENGINE/RECORDING.results          how jobs of it ended (hook_results.h)
 *      .hooks/failed/….job                      given up, or damaged
 *
 * in the recordings folder. A job's file is made in one step before its event
 * counts as delivered, and removed after its result is kept. Folders of engines
 * that do not live any more are taken over at the start, so to be run again a
 * given-up job is moved from `failed` to any other name beside it.
 *
 * Thread: any but the media thread; it has no state that changes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "recording/disk.h"
#include "recording/hook_job.h"

struct hook_journal;

struct hook_journal_params {
	const struct disk *disk; /* borrowed */
	const char *folder;      /* of the recordings */
	const char *engine;      /* UUID of ours */
	bool is_synced;          /* new jobs survive a loss of power */
};

/* Makes its folder; notes the others that there are. 0 or -errno. */
int hook_journal_create(struct hook_journal **out, const struct hook_journal_params *params);

/* Removes its folder, if nothing is left in it. NULL is fine. */
void hook_journal_destroy(struct hook_journal *journal);

/*
 * Takes over what is in the folders that were there when it was created, and are of none of the
 * `living`, a set of UUIDs that was made since. Another engine may do so at the same time.
 */
void hook_journal_adopt(struct hook_journal *journal, GHashTable *living);

/* 0 or -errno: a job that is new. */
int hook_journal_add(const struct hook_journal *journal, const struct hook_job *job);

/* The same with other contents; when that fails the old ones stand. */
int hook_journal_update(const struct hook_journal *journal, const struct hook_job *job);

void hook_journal_remove(const struct hook_journal *journal, const struct hook_job *job);

/* Puts it out of the way of the next start, with all its attempts, for people to look at. */
void hook_journal_give_up(const struct hook_journal *journal, const struct hook_job *job);

/* Takes the job over. False ends the reading. */
typedef bool (*hook_journal_fn)(struct hook_job *job, size_t bytes, void *ctx);

/* What is no job is put out of the way, or cannot be read now; `why` is a sentence. */
typedef void (*hook_journal_damage_fn)(const char *file, const char *why, void *ctx);

/* The highest that any of its jobs has; 0: there is none. */
uint64_t hook_journal_last_order(const struct hook_journal *journal);

/* Reads all jobs, oldest first. False when it was ended by `on_job`. */
bool hook_journal_read(const struct hook_journal *journal, hook_journal_fn on_job,
	hook_journal_damage_fn on_damage, void *ctx);

/* Its own folder. */
const char *hook_journal_folder(const struct hook_journal *journal);
