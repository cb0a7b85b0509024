/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All jobs that have not come to their end: in memory as many as hook_queue.h
 * says, and all of them in the journal, as far as the disk takes them.
 *
 * Recordings that it has jobs of are pinned in the store, also those of which memory has none.
 * Has a lock of its own, which is not held across the disk.
 */
#pragma once

#include "recording/hook.h"
#include "recording/hook_queue.h"

struct hook_backlog;
struct hook_journal;

struct hook_backlog_params {
	struct engine *engine;        /* borrowed: its log and store */
	struct hook_journal *journal; /* borrowed */
	const struct hook *hooks;     /* borrowed */
	size_t hook_count;
	unsigned concurrency; /* of the hooks that have none of their own */
};

/* Pins what the journal has jobs of; has yet to be filled from it. */
struct hook_backlog *hook_backlog_create(const struct hook_backlog_params *params);

/* Forgets all jobs; the journal keeps them. NULL is fine. */
void hook_backlog_destroy(struct hook_backlog *backlog);

/* As hook_runner_add_take() says. Thread: any but the media thread. */
void hook_backlog_add_take(struct hook_backlog *backlog, struct hook_job **jobs, size_t count);

/* True when a job of this recording waits in memory, or runs. Thread: any. */
bool hook_backlog_has(struct hook_backlog *backlog, const char *recording);

/* Jobs in memory and in the journal, as far as is known. Thread: any. */
size_t hook_backlog_count(struct hook_backlog *backlog);

/* --- on the runner's thread; for those of the same names see hook_queue.h --- */

/* Reads from the journal what memory had no room for, if it has now. */
void hook_backlog_refill(struct hook_backlog *backlog);

struct hook_item *hook_backlog_start(struct hook_backlog *backlog);
int64_t hook_backlog_due_us(struct hook_backlog *backlog);

/* Keeps the number of its attempts, too. */
void hook_backlog_retry(
	struct hook_backlog *backlog, struct hook_item *item, unsigned attempts, unsigned pause_ms);

/* Those behind it get to know what it has made, also after a restart. */
void hook_backlog_pass_on(
	struct hook_backlog *backlog, const struct hook_item *item, const char *output);

/* Its results are entered: the recording may go, if no job of it is left. */
void hook_backlog_release(struct hook_backlog *backlog, const char *recording);

/* It has ended, or is given up. */
void hook_backlog_remove(struct hook_backlog *backlog, struct hook_item *item, bool is_ok);
