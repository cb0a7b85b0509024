/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_backlog.h. */
#include "recording/hook_backlog.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/hook_journal.h"
#include "recording/store.h"

struct hook_backlog {
	/* constant after create */
	struct hook_backlog_params params;

	/* protected by `lock` */
	pthread_mutex_t lock;
	struct hook_queue queue;
	size_t spilled;     /* jobs that are in the journal alone: so many, or more */
	GHashTable *pinned; /* ids of recordings, in the store: a job is left, somewhere */
};

/* --- pins --- */

/* With the lock held, under which the store's may be taken. */
static void pin(struct hook_backlog *backlog, const char *recording)
{
	if (!g_hash_table_contains(backlog->pinned, recording) &&
		store_pin(backlog->params.engine->store, recording))
		g_hash_table_add(backlog->pinned, g_strdup(recording));
}

/* Of what the journal alone has nobody knows here whose it is. */
static bool is_left(const struct hook_backlog *backlog, const char *recording)
{
	return backlog->spilled > 0 || hook_queue_has(&backlog->queue, recording);
}

/* With the lock held. False: a job is left. */
static bool unpin(struct hook_backlog *backlog, const char *recording)
{
	if (is_left(backlog, recording))
		return false;
	store_unpin(backlog->params.engine->store, recording);
	return true;
}

static gboolean unpin_key(gpointer key, gpointer value, gpointer ctx)
{
	(void)value;
	return unpin(ctx, key);
}

void hook_backlog_release(struct hook_backlog *backlog, const char *recording)
{
	pthread_mutex_lock(&backlog->lock);
	if (g_hash_table_contains(backlog->pinned, recording) && unpin(backlog, recording))
		g_hash_table_remove(backlog->pinned, recording);
	pthread_mutex_unlock(&backlog->lock);
}

static bool pin_and_free(struct hook_job *job, size_t bytes, void *ctx)
{
	struct hook_backlog *backlog = ctx;
	(void)bytes;
	pin(backlog, job->recording);
	hook_job_free(job);
	return true;
}

/* --- jobs come --- */

static const struct hook *find_hook(const struct hook_backlog *backlog, const char *name)
{
	for (size_t i = 0; i < backlog->params.hook_count; i++)
		if (strcmp(backlog->params.hooks[i].name, name) == 0)
			return &backlog->params.hooks[i];
	return NULL;
}

/* False when the disk does not take it. */
static bool journal_job(struct hook_backlog *backlog, const struct hook_job *job)
{
	int err = hook_journal_add(backlog->params.journal, job);
	if (err < 0)
		engine_log(backlog->params.engine, ENGINE_LOG_WARNING,
			"hook %s for %s is not in the journal, and would not outlive a crash: %s",
			job->hook, job->key, g_strerror(-err));
	return err == 0;
}

/* What it takes in memory is about what it takes as text. */
static size_t size_of(const struct hook_job *job)
{
	char *text = hook_job_to_text(job);
	size_t bytes = strlen(text);
	free(text);
	return bytes;
}

/*
 * With the lock held: takes the job over. True when it is none to be run, because the same event
 * was told before: it has to leave the journal, and the caller frees it.
 */
static bool push_take(
	struct hook_backlog *backlog, struct hook_job *job, const struct hook *hook, size_t bytes)
{
	pin(backlog, job->recording);
	int err = hook_queue_push_take(&backlog->queue, job, hook, bytes);
	if (err == -EALREADY)
		hook_job_free(job);
	return err == -EEXIST;
}

static void forget(struct hook_backlog *backlog, struct hook_job *job)
{
	hook_journal_remove(backlog->params.journal, job);
	hook_job_free(job);
}

/* All or none, so that they keep their order. What the journal has need not go into memory now. */
static bool push_all(struct hook_backlog *backlog, struct hook_job **jobs, size_t count,
	size_t bytes, bool is_journalled)
{
	bool has_room = hook_queue_has_room(&backlog->queue, count, count * bytes) &&
			(backlog->spilled == 0 || !is_journalled);
	if (!has_room)
		backlog->spilled += count;
	if (!has_room && is_journalled)
		pin(backlog, jobs[0]->recording);
	for (size_t i = 0; has_room && i < count; i++)
		if (!push_take(backlog, jobs[i], find_hook(backlog, jobs[i]->hook), bytes))
			jobs[i] = NULL;
	return has_room;
}

void hook_backlog_add_take(struct hook_backlog *backlog, struct hook_job **jobs, size_t count)
{
	size_t bytes = 0;
	bool is_journalled = true;
	for (size_t i = 0; i < count; i++) {
		size_t size = size_of(jobs[i]);
		bytes = MAX(bytes, size);
		is_journalled &= journal_job(backlog, jobs[i]);
	}
	pthread_mutex_lock(&backlog->lock);
	bool is_pushed = push_all(backlog, jobs, count, bytes, is_journalled);
	pthread_mutex_unlock(&backlog->lock);
	if (!is_pushed && !is_journalled)
		engine_log(backlog->params.engine, ENGINE_LOG_ERROR,
			"hooks for %s are lost: too many wait, and the journal takes no more",
			jobs[0]->key);
	for (size_t i = 0; i < count; i++) {
		if (!is_pushed)
			hook_job_free(jobs[i]);
		else if (jobs[i] != NULL)
			forget(backlog, jobs[i]);
	}
}

static bool take_from_journal(struct hook_job *job, size_t bytes, void *ctx)
{
	struct hook_backlog *backlog = ctx;
	const struct hook *hook = find_hook(backlog, job->hook);
	if (hook == NULL) {
		engine_log(backlog->params.engine, ENGINE_LOG_WARNING,
			"hook %s is not configured any more: %s is given up", job->hook, job->key);
		hook_journal_give_up(backlog->params.journal, job);
		hook_job_free(job);
		return true;
	}
	pthread_mutex_lock(&backlog->lock);
	bool has_room = hook_queue_has_room(&backlog->queue, 1, bytes);
	bool is_known = has_room && push_take(backlog, job, hook, bytes);
	pthread_mutex_unlock(&backlog->lock);
	if (!has_room)
		hook_job_free(job);
	else if (is_known)
		forget(backlog, job);
	return has_room;
}

static void report_damage(const char *file, const char *why, void *ctx)
{
	const struct hook_backlog *backlog = ctx;
	engine_log(backlog->params.engine, ENGINE_LOG_WARNING,
		"'%s' in the journal of hooks is no job: %s", file, why);
}

/*
 * When half of the memory is free, so that the journal is not read for each job that goes; until
 * nothing has come to it alone while it was read.
 */
void hook_backlog_refill(struct hook_backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	size_t spilled = backlog->spilled;
	bool has_room =
		hook_queue_has_room(&backlog->queue, HOOK_QUEUE_MAX / 2, HOOK_QUEUE_BYTES_MAX / 2);
	pthread_mutex_unlock(&backlog->lock);
	while (spilled > 0 && has_room) {
		has_room = hook_journal_read(
			backlog->params.journal, take_from_journal, report_damage, backlog);
		pthread_mutex_lock(&backlog->lock);
		if (has_room && backlog->spilled == spilled) {
			backlog->spilled = 0;
			g_hash_table_foreach_remove(backlog->pinned, unpin_key, backlog);
		}
		spilled = backlog->spilled;
		pthread_mutex_unlock(&backlog->lock);
	}
}

/* --- jobs run, and go --- */

bool hook_backlog_has(struct hook_backlog *backlog, const char *recording)
{
	pthread_mutex_lock(&backlog->lock);
	bool has = hook_queue_has(&backlog->queue, recording);
	pthread_mutex_unlock(&backlog->lock);
	return has;
}

size_t hook_backlog_count(struct hook_backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	size_t count = backlog->queue.count + backlog->spilled;
	pthread_mutex_unlock(&backlog->lock);
	return count;
}

struct hook_item *hook_backlog_start(struct hook_backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	struct hook_item *item = hook_queue_start(&backlog->queue, g_get_monotonic_time());
	pthread_mutex_unlock(&backlog->lock);
	return item;
}

int64_t hook_backlog_due_us(struct hook_backlog *backlog)
{
	pthread_mutex_lock(&backlog->lock);
	int64_t due_us = hook_queue_due_us(&backlog->queue);
	pthread_mutex_unlock(&backlog->lock);
	return due_us;
}

void hook_backlog_retry(
	struct hook_backlog *backlog, struct hook_item *item, unsigned attempts, unsigned pause_ms)
{
	item->job->attempts = attempts;
	(void)hook_journal_update(backlog->params.journal, item->job);
	pthread_mutex_lock(&backlog->lock);
	hook_queue_retry(&backlog->queue, item, g_get_monotonic_time() + (int64_t)pause_ms * 1000);
	pthread_mutex_unlock(&backlog->lock);
}

void hook_backlog_pass_on(
	struct hook_backlog *backlog, const struct hook_item *item, const char *output)
{
	pthread_mutex_lock(&backlog->lock);
	g_autoptr(GPtrArray) jobs = hook_queue_followers(&backlog->queue, item);
	pthread_mutex_unlock(&backlog->lock);
	for (guint i = 0; i < jobs->len; i++) {
		struct hook_job *job = jobs->pdata[i];
		g_free(job->output);
		job->output = g_strdup(output);
		(void)hook_journal_update(backlog->params.journal, job);
	}
}

void hook_backlog_remove(struct hook_backlog *backlog, struct hook_item *item, bool is_ok)
{
	if (is_ok)
		hook_journal_remove(backlog->params.journal, item->job);
	else
		hook_journal_give_up(backlog->params.journal, item->job);
	pthread_mutex_lock(&backlog->lock);
	hook_queue_remove(&backlog->queue, item);
	pthread_mutex_unlock(&backlog->lock);
}

/* --- life --- */

struct hook_backlog *hook_backlog_create(const struct hook_backlog_params *params)
{
	struct hook_backlog *backlog = g_new0(struct hook_backlog, 1);
	backlog->params = *params;
	backlog->spilled = 1; /* the journal has yet to be read */
	pthread_mutex_init(&backlog->lock, NULL);
	hook_queue_init(&backlog->queue, params->concurrency);
	backlog->pinned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	(void)hook_journal_read(params->journal, pin_and_free, report_damage, backlog);
	return backlog;
}

void hook_backlog_destroy(struct hook_backlog *backlog)
{
	if (backlog == NULL)
		return;
	hook_queue_fini(&backlog->queue);
	g_hash_table_unref(backlog->pinned);
	pthread_mutex_destroy(&backlog->lock);
	g_free(backlog);
}
