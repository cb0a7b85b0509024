/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs jobs, on a thread of its own: in order, a few at a time, again when they
 * fail, until they succeed or have no attempts left.
 */
#pragma once

#include "recording/hook.h"
#include "recording/hook_backlog.h"

struct hook_runner;

struct hook_runner_params {
	struct hook_backlog_params backlog;
	struct hook_limits limits; /* complete */
	/* A job has succeeded, or is given up. Not yet out of the journal. */
	void (*on_result)(const struct hook_job *job, const struct hook *hook,
		const struct hook_result *result, void *ctx);
	/* No job of this recording is left in memory. */
	void (*on_idle)(const char *recording, void *ctx);
	void *ctx; /* for both; on the runner's thread, with no lock held */
};

/* Begins with what the journal holds. 0 or -errno. */
int hook_runner_create(struct hook_runner **out, const struct hook_runner_params *params);

/*
 * Gives jobs that need not wait until later the time of `limits.grace_ms`, then ends what runs; the
 * journal keeps the rest. NULL is fine.
 */
void hook_runner_destroy(struct hook_runner *runner);

/*
 * Jobs of one event, in order; takes them over. When it returns they are in the journal, as far as
 * the disk allows. Thread: any but the media thread.
 */
void hook_runner_add_take(struct hook_runner *runner, struct hook_job **jobs, size_t count);

/* Jobs that have not come to their end, as far as is known. Thread: any. */
size_t hook_runner_waiting(struct hook_runner *runner);

/* Calls on_idle() for the recording, if it is so, on the runner's thread. Thread: any. */
void hook_runner_poke(struct hook_runner *runner, const char *recording);
