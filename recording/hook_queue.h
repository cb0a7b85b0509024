/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs that wait: which may run now, and in what order.
 *
 * A lane is the jobs of one recording, or of one recording and one action that
 * is apart. Of a lane only the oldest may run; while it waits for another
 * attempt, the others of its lane do, too. Lanes do not wait for each other, but
 * for places: so many of a hook may run at once, or so many of all that have no
 * number of their own.
 *
 * Knows no clock, disk or thread: locking must be done by the caller.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording/hook.h"
#include "recording/hook_job.h"

enum {
	HOOK_QUEUE_MAX = 10000,
	HOOK_QUEUE_BYTES_MAX = 32 << 20, /* of the jobs' texts */
};

struct hook_item {
	struct hook_job *job;    /* owned */
	const struct hook *hook; /* borrowed */
	char *identity;          /* owned by the queue's table */
	size_t bytes;            /* that it counts for */
	int64_t due_us;          /* not before this; monotonic */
	bool is_running;
};

struct hook_queue {
	GHashTable *lanes;  /* name to GQueue of items; both owned */
	GHashTable *places; /* hook, NULL for those that share, to struct place; that is owned */
	GHashTable *recordings; /* id to the number of its items; the id is owned */
	GHashTable *known;      /* hook and key to item; the text is owned */
	size_t count;
	size_t bytes;
	unsigned shared_max; /* of those that share, at the same time */
};

void hook_queue_init(struct hook_queue *queue, unsigned shared_max);
void hook_queue_fini(struct hook_queue *queue);

/* True when there is room for so many more, of so many bytes in all. */
bool hook_queue_has_room(const struct hook_queue *queue, size_t count, size_t bytes);

/*
 * Takes the job over and puts it in order, behind what runs. 0; or, and nothing is taken,
 * -EALREADY: it is there; -EEXIST: another one for the same hook and event is.
 */
int hook_queue_push_take(
	struct hook_queue *queue, struct hook_job *job, const struct hook *hook, size_t bytes);

/* The one that has been due longest, which runs from here on; NULL when there is none. */
struct hook_item *hook_queue_start(struct hook_queue *queue, int64_t now_us);

/* When hook_queue_start() will have one; INT64_MAX: only after a change. */
int64_t hook_queue_due_us(const struct hook_queue *queue);

/* It does not run any more, and may again at `due_us`. */
void hook_queue_retry(struct hook_queue *queue, struct hook_item *item, int64_t due_us);

/* Takes one that runs out, and frees it. */
void hook_queue_remove(struct hook_queue *queue, struct hook_item *item);

/* True when a job of this recording waits or runs. */
bool hook_queue_has(const struct hook_queue *queue, const char *recording);

/* The jobs that wait behind `item` in its lane: borrowed, in an array that the caller unrefs. */
GPtrArray *hook_queue_followers(const struct hook_queue *queue, const struct hook_item *item);
