/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hooks.h. */
#include "recording/hooks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/hook.h"
#include "recording/hook_event.h"
#include "recording/hook_job.h"
#include "recording/hook_journal.h"
#include "recording/hook_results.h"
#include "recording/hook_runner.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/store.h"

enum {
	TIMEOUT_DEFAULT_MS = 10 * 60 * 1000,
	ATTEMPTS_DEFAULT = 6,
	CONCURRENCY_DEFAULT = 4,
	PAUSE_DEFAULT_MS = 1000,
	KILL_DEFAULT_MS = 5000,
	GRACE_DEFAULT_MS = 10000,
	HOOKS_MAX = 32, /* of one event */
};

struct hooks {
	/* constant after start */
	struct engine *engine; /* borrowed */
	struct hook_journal *journal;
	struct hook_runner *runner;
	struct hook_results results;

	/* protected by `lock` */
	pthread_mutex_t lock;
	uint64_t last_order;
};

static void set_default(unsigned *field, unsigned value)
{
	if (*field == 0)
		*field = value;
}

static struct hook_limits complete_limits(struct hook_limits limits)
{
	set_default(&limits.timeout_ms, TIMEOUT_DEFAULT_MS);
	set_default(&limits.attempts, ATTEMPTS_DEFAULT);
	set_default(&limits.concurrency, CONCURRENCY_DEFAULT);
	set_default(&limits.pause_ms, PAUSE_DEFAULT_MS);
	set_default(&limits.kill_ms, KILL_DEFAULT_MS);
	set_default(&limits.grace_ms, GRACE_DEFAULT_MS);
	return limits;
}

/* --- events become jobs --- */

/* Time, so that jobs of an earlier engine come first; but never less than before. */
static uint64_t next_order(struct hooks *hooks)
{
	uint64_t now_us = (uint64_t)clock_real_us(hooks->engine->params.clock);
	pthread_mutex_lock(&hooks->lock);
	hooks->last_order = MAX(hooks->last_order + 1, now_us);
	uint64_t order = hooks->last_order;
	pthread_mutex_unlock(&hooks->lock);
	return order;
}

/* The same for the same event, whoever tells it, and how often. */
static char *key_for(const struct engine_event *event, const char *recording)
{
	const char *name = engine_event_name(event->kind);
	if (event->file == NULL)
		return g_strdup_printf("%s:%s", recording, name);
	g_autofree char *file = g_path_get_basename(event->file);
	return g_strdup_printf("%s:%s:%s", recording, name, file);
}

static json_t *describe(struct hooks *hooks, const struct engine_event *event, const char *key)
{
	const struct engine_params *params = &hooks->engine->params;
	json_t *json = hook_event_describe(event, params->folder, clock_real_us(params->clock));
	json_object_set_new(json, "key", json_string(key));
	return json;
}

static struct hook_job *create_job(struct hooks *hooks, const struct hook *hook,
	const struct engine_event *event, const char *recording, json_t *json)
{
	struct hook_job *job = g_new0(struct hook_job, 1);
	job->order = next_order(hooks);
	job->hook = g_strdup(hook->name);
	job->recording = g_strdup(recording);
	job->key = g_strdup(json_string_value(json_object_get(json, "key")));
	job->event = json_deep_copy(json);
	job->output = g_strdup(event->job != NULL ? event->file : NULL);
	return job;
}

/* The end of a recording may be told again after a crash, with what the manifest knew by then. */
static bool is_done(const struct hook *hook, const struct engine_event *event, const char *key)
{
	if (event->recording == NULL)
		return false;
	const struct manifest *manifest = &event->recording->manifest;
	for (size_t i = 0; i < manifest->hook_count; i++) {
		const struct manifest_hook *done = &manifest->hooks[i];
		if (done->is_ok && strcmp(done->hook, hook->name) == 0 &&
			strcmp(done->key, key) == 0)
			return true;
	}
	return false;
}

static void add_jobs(struct hooks *hooks, const struct engine_event *event, const char *recording)
{
	const struct engine_params *params = &hooks->engine->params;
	struct hook_job *jobs[HOOKS_MAX];
	size_t count = 0;
	g_autofree char *key = key_for(event, recording);
	json_t *json = describe(hooks, event, key);
	for (size_t i = 0; i < params->hook_count; i++) {
		const struct hook *hook = &params->hooks[i];
		if ((hook->events & HOOK_ON(event->kind)) && !is_done(hook, event, key))
			jobs[count++] = create_job(hooks, hook, event, recording, json);
	}
	json_decref(json);
	hook_runner_add_take(hooks->runner, jobs, count);
}

static bool is_wanted(const struct hooks *hooks, enum engine_event_kind kind)
{
	const struct engine_params *params = &hooks->engine->params;
	for (size_t i = 0; i < params->hook_count; i++)
		if (params->hooks[i].events & HOOK_ON(kind))
			return true;
	return false;
}

static bool is_end(enum engine_event_kind kind)
{
	return kind == ENGINE_RECORDING_FINISHED || kind == ENGINE_RECORDING_FAILED ||
	       kind == ENGINE_RECORDING_RECOVERED;
}

void hooks_on_event(struct hooks *hooks, const struct engine_event *event)
{
	if (hooks == NULL || (event->recording == NULL && event->job == NULL))
		return;
	const char *recording =
		event->job != NULL ? event->job->recording : recording_id(event->recording);
	if (is_wanted(hooks, event->kind))
		add_jobs(hooks, event, recording);
	/* What has waited for its end can be entered in the manifest now. */
	if (is_end(event->kind))
		hook_runner_poke(hooks->runner, recording);
}

/* --- results --- */

static void keep_result(struct hooks *hooks, const struct hook_job *job, const struct hook *hook,
	const struct hook_result *result)
{
	struct manifest_hook entry = {
		.hook = g_strdup(hook->name),
		.action = g_strdup(hook->action->name),
		.event = g_strdup(hook_job_text(job, NULL, "event")),
		.key = g_strdup(job->key),
		.is_ok = result->is_ok,
		.code = (uint16_t)result->code,
		.detail = g_strdup(result->detail),
		.output = g_strdup(result->output),
		.attempts = result->attempts,
		.from_us = result->from_us,
		.to_us = result->to_us,
	};
	int err = hook_results_add(&hooks->results, job->recording, &entry, result->made);
	manifest_hook_fini(&entry);
	if (err < 0)
		engine_log(hooks->engine, ENGINE_LOG_WARNING,
			"hook %s for %s: the result cannot be kept: %s", hook->name, job->key,
			g_strerror(-err));
}

static void on_result(const struct hook_job *job, const struct hook *hook,
	const struct hook_result *result, void *ctx)
{
	struct hooks *hooks = ctx;
	keep_result(hooks, job, hook, result);
	stats_count(&hooks->engine->stats.hooks[result->is_ok ? STATS_OK : STATS_FAILED]);
	const struct engine_event ended = {ENGINE_HOOK_RESULT, .job = job, .result = result};
	engine_emit(hooks->engine, &ended);
	if (result->output != NULL) {
		const struct engine_event converted = {ENGINE_RECORDING_CONVERTED, .job = job,
			.file = result->output, .result = result};
		engine_emit(hooks->engine, &converted);
	} else if (!result->is_ok && hook->action->is_maker) {
		const struct engine_event failed = {
			ENGINE_CONVERSION_FAILED, .job = job, .reason = result->detail};
		engine_emit(hooks->engine, &failed);
	}
}

static void on_idle(const char *recording, void *ctx)
{
	struct hooks *hooks = ctx;
	int err = hook_results_merge(&hooks->results, recording);
	/* While it goes on, the manifest is its writer's, or that of recovery. */
	if (err < 0 && err != -EINPROGRESS)
		engine_log(hooks->engine, ENGINE_LOG_WARNING,
			"results of hooks are not in the manifest of recording %s: %s", recording,
			g_strerror(-err));
}

/* --- life --- */

int hooks_create(struct hooks **out, struct engine *engine)
{
	const struct engine_params *params = &engine->params;
	*out = NULL;
	if (params->hook_count == 0)
		return 0;
	if (params->hook_count > HOOKS_MAX)
		return -EINVAL;
	struct hooks *hooks = g_new0(struct hooks, 1);
	hooks->engine = engine;
	pthread_mutex_init(&hooks->lock, NULL);
	const struct hook_journal_params journal = {
		.disk = params->disk,
		.folder = params->folder,
		.engine = engine->owner->id,
		.is_synced = params->durability.kind != DURABILITY_NONE,
	};
	int err = hook_journal_create(&hooks->journal, &journal);
	if (err < 0) {
		hooks_destroy(hooks);
		return err;
	}
	*out = hooks;
	return 0;
}

int hooks_start(struct hooks *hooks, GHashTable *living)
{
	if (hooks == NULL)
		return 0;
	const struct engine_params *params = &hooks->engine->params;
	hook_journal_adopt(hooks->journal, living);
	hooks->last_order = hook_journal_last_order(hooks->journal);
	hooks->results = (struct hook_results){
		params->disk, hooks->engine->store, hook_journal_folder(hooks->journal)};
	hook_results_merge_all(&hooks->results);
	const struct hook_limits limits = complete_limits(params->hook_limits);
	const struct hook_runner_params runner = {
		.backlog = {hooks->engine, hooks->journal, params->hooks, params->hook_count,
			limits.concurrency},
		.limits = limits,
		.on_result = on_result,
		.on_idle = on_idle,
		.ctx = hooks,
	};
	return hook_runner_create(&hooks->runner, &runner);
}

size_t hooks_waiting(struct hooks *hooks)
{
	return hooks == NULL ? 0 : hook_runner_waiting(hooks->runner);
}

void hooks_destroy(struct hooks *hooks)
{
	if (hooks == NULL)
		return;
	hook_runner_destroy(hooks->runner);
	hook_journal_destroy(hooks->journal);
	pthread_mutex_destroy(&hooks->lock);
	g_free(hooks);
}
