/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_runner.h. */
#include "recording/hook_runner.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/hook_attempt.h"
#include "recording/hook_backlog.h"
#include "recording/hook_environment.h"

struct hook_runner {
	/* constant after create */
	struct hook_runner_params params;
	struct hook_backlog *backlog;
	GStrv environment;
	int wake_fd;
	GThread *thread;

	atomic_bool is_ending;

	/* protected by `lock` */
	pthread_mutex_t lock;
	GPtrArray *pokes; /* ids of recordings */

	/* owned by the thread */
	GPtrArray *attempts; /* struct hook_attempt *, owned */
};

static void wake(struct hook_runner *runner)
{
	static const uint64_t ONE = 1;
	(void)!write(runner->wake_fd, &ONE, sizeof ONE);
}

void hook_runner_add_take(struct hook_runner *runner, struct hook_job **jobs, size_t count)
{
	hook_backlog_add_take(runner->backlog, jobs, count);
	wake(runner);
}

void hook_runner_poke(struct hook_runner *runner, const char *recording)
{
	pthread_mutex_lock(&runner->lock);
	g_ptr_array_add(runner->pokes, g_strdup(recording));
	pthread_mutex_unlock(&runner->lock);
	wake(runner);
}

/* --- attempts --- */

static void settle(struct hook_runner *runner, const char *recording)
{
	if (hook_backlog_has(runner->backlog, recording))
		return;
	runner->params.on_idle(recording, runner->params.ctx);
	hook_backlog_release(runner->backlog, recording);
}

static void conclude(
	struct hook_runner *runner, struct hook_item *item, const struct hook_result *result)
{
	const struct hook_runner_params *params = &runner->params;
	g_autofree char *recording = g_strdup(item->job->recording);
	if (result->output != NULL)
		hook_backlog_pass_on(runner->backlog, item, result->output);
	params->on_result(item->job, item->hook, result, params->ctx);
	hook_backlog_remove(runner->backlog, item, result->is_ok);
	settle(runner, recording);
}

static void try_later(
	struct hook_runner *runner, struct hook_item *item, const struct hook_result *result)
{
	unsigned pause_ms = hook_pause_ms(&runner->params.limits, result->attempts);
	engine_log(runner->params.backlog.engine, ENGINE_LOG_WARNING,
		"hook %s for %s: %s at attempt %u of %u; again in %u ms", item->job->hook,
		item->job->key, result->detail, result->attempts, runner->params.limits.attempts,
		pause_ms);
	hook_backlog_retry(runner->backlog, item, result->attempts, pause_ms);
}

static void end_attempt(
	struct hook_runner *runner, struct hook_item *item, const struct hook_result *result)
{
	if (result->is_ok || result->attempts >= runner->params.limits.attempts)
		conclude(runner, item, result);
	else
		try_later(runner, item, result);
}

static void start_one(struct hook_runner *runner, struct hook_item *item)
{
	const struct hook_call call = {
		.engine = runner->params.backlog.engine,
		.hook = item->hook,
		.job = item->job,
		.attempt = item->job->attempts + 1,
		.limits = &runner->params.limits,
		.environment = runner->environment,
	};
	struct hook_attempt *attempt;
	int err = hook_attempt_create(&attempt, &call, item);
	if (err == 0) {
		g_ptr_array_add(runner->attempts, attempt);
		return;
	}
	struct hook_result result;
	hook_attempt_refused(&result, &call, err);
	end_attempt(runner, item, &result);
	hook_result_fini(&result);
}

static void start_due(struct hook_runner *runner)
{
	struct hook_item *item;
	while ((item = hook_backlog_start(runner->backlog)) != NULL)
		start_one(runner, item);
}

/* One that was cancelled counts for nothing: the journal keeps its job as it is. */
static void step_all(struct hook_runner *runner, const struct pollfd *fds, bool is_cancelled)
{
	for (guint i = runner->attempts->len; i-- > 0;) {
		struct hook_attempt *attempt = runner->attempts->pdata[i];
		struct hook_item *item = hook_attempt_item(attempt);
		struct hook_result result;
		if (fds[i].revents == 0 || !hook_attempt_step(attempt, &result))
			continue;
		hook_attempt_destroy(attempt);
		g_ptr_array_remove_index_fast(runner->attempts, i);
		if (!is_cancelled || result.is_ok)
			end_attempt(runner, item, &result);
		hook_result_fini(&result);
	}
}

/* --- the thread --- */

static void answer_pokes(struct hook_runner *runner)
{
	pthread_mutex_lock(&runner->lock);
	g_autoptr(GPtrArray) pokes = runner->pokes;
	runner->pokes = g_ptr_array_new_with_free_func(g_free);
	pthread_mutex_unlock(&runner->lock);
	for (guint i = 0; i < pokes->len; i++)
		settle(runner, pokes->pdata[i]);
}

/* For poll(): -1 is for ever. */
static int idle_ms(int64_t until_us)
{
	if (until_us == INT64_MAX)
		return -1;
	int64_t left_us = until_us - g_get_monotonic_time();
	return left_us <= 0 ? 0 : (int)MIN((left_us + 999) / 1000, G_MAXINT);
}

static void wait_and_step(struct hook_runner *runner, int64_t until_us, bool is_cancelled)
{
	guint count = runner->attempts->len;
	g_autofree struct pollfd *fds = g_new0(struct pollfd, count + 1);
	for (guint i = 0; i < count; i++) {
		fds[i].fd = hook_attempt_fd(runner->attempts->pdata[i]);
		fds[i].events = POLLIN;
	}
	fds[count] = (struct pollfd){.fd = runner->wake_fd, .events = POLLIN};
	if (poll(fds, count + 1, idle_ms(until_us)) <= 0)
		return;
	uint64_t wakes;
	if (fds[count].revents != 0)
		(void)!read(runner->wake_fd, &wakes, sizeof wakes);
	step_all(runner, fds, is_cancelled);
}

/* What needs no more than to be run is run; what then still runs is ended. */
static void wind_up(struct hook_runner *runner)
{
	const struct hook_limits *limits = &runner->params.limits;
	int64_t end_us = g_get_monotonic_time() + (int64_t)limits->grace_ms * 1000;
	while (g_get_monotonic_time() < end_us) {
		hook_backlog_refill(runner->backlog);
		start_due(runner);
		if (runner->attempts->len == 0)
			break;
		int64_t next_us = hook_backlog_due_us(runner->backlog);
		wait_and_step(runner, MIN(end_us, next_us), false);
	}
	for (guint i = 0; i < runner->attempts->len; i++)
		hook_attempt_cancel(runner->attempts->pdata[i]);
	end_us = g_get_monotonic_time() + (int64_t)limits->kill_ms * 1000;
	while (runner->attempts->len > 0 && g_get_monotonic_time() < end_us)
		wait_and_step(runner, end_us, true);
	answer_pokes(runner);
}

static void *run(void *data)
{
	struct hook_runner *runner = data;
	sigset_t broken;
	/* A peer that is gone is an error of a write, whatever the gateway does with signals. */
	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &broken, NULL);
	while (!atomic_load(&runner->is_ending)) {
		hook_backlog_refill(runner->backlog);
		answer_pokes(runner);
		start_due(runner);
		wait_and_step(runner, hook_backlog_due_us(runner->backlog), false);
	}
	wind_up(runner);
	return NULL;
}

int hook_runner_create(struct hook_runner **out, const struct hook_runner_params *params)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	struct hook_runner *runner = g_new0(struct hook_runner, 1);
	runner->params = *params;
	runner->wake_fd = wake_fd;
	runner->environment = hook_environment_inherit();
	runner->backlog = hook_backlog_create(&params->backlog);
	pthread_mutex_init(&runner->lock, NULL);
	runner->pokes = g_ptr_array_new_with_free_func(g_free);
	runner->attempts = g_ptr_array_new();
	runner->thread = g_thread_try_new("recorder-hooks", run, runner, NULL);
	if (runner->thread == NULL) {
		hook_runner_destroy(runner);
		return -EAGAIN;
	}
	*out = runner;
	return 0;
}

void hook_runner_destroy(struct hook_runner *runner)
{
	if (runner == NULL)
		return;
	if (runner->thread != NULL) {
		atomic_store(&runner->is_ending, true);
		wake(runner);
		g_thread_join(runner->thread);
	}
	for (guint i = 0; i < runner->attempts->len; i++)
		hook_attempt_destroy(runner->attempts->pdata[i]);
	g_ptr_array_unref(runner->attempts);
	g_ptr_array_unref(runner->pokes);
	hook_backlog_destroy(runner->backlog);
	pthread_mutex_destroy(&runner->lock);
	g_strfreev(runner->environment);
	close(runner->wake_fd);
	g_free(runner);
}

size_t hook_runner_waiting(struct hook_runner *runner)
{
	return hook_backlog_count(runner->backlog);
}
