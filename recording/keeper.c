/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See keeper.h. */
#include "recording/keeper.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/store.h"

enum {
	INTERVAL_MS = 1000,
	TIDY_INTERVAL_US = 60000000 /* for what the disk has refused to remove */
};

struct keeper {
	/* constant after create */
	struct engine *engine; /* borrowed */
	int wake_fd;
	GThread *thread;

	atomic_bool is_ending;

	/* owned by the thread */
	struct retention retention;
	int64_t tidy_us; /* monotonic; not before this */
	size_t left;     /* by the last store_tidy() */

	/* protected by `lock` */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned asked, done; /* runs that were asked for, and those that are over */
};

static void tidy(struct keeper *keeper)
{
	int64_t now_us = clock_mono_us(keeper->engine->params.clock);
	if (now_us < keeper->tidy_us)
		return;
	size_t left = store_tidy(keeper->engine->store);
	if (left > keeper->left)
		engine_log(keeper->engine, ENGINE_LOG_WARNING,
			"files of %zu deleted recordings cannot be removed yet", left);
	keeper->left = left;
	keeper->tidy_us = left > 0 ? now_us + TIDY_INTERVAL_US : 0;
}

static unsigned count_asked(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	unsigned asked = keeper->asked;
	pthread_mutex_unlock(&keeper->lock);
	return asked;
}

static void report_done(struct keeper *keeper, unsigned done)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->done = done;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
}

static void wait_for_work(struct keeper *keeper)
{
	struct pollfd wake = {.fd = keeper->wake_fd, .events = POLLIN};
	uint64_t wakes;
	if (poll(&wake, 1, INTERVAL_MS) > 0)
		(void)!read(keeper->wake_fd, &wakes, sizeof wakes);
}

static void *run(void *data)
{
	struct keeper *keeper = data;
	while (!atomic_load(&keeper->is_ending)) {
		unsigned asked = count_asked(keeper);
		tidy(keeper);
		retention_pass(&keeper->retention, &keeper->is_ending);
		store_save(keeper->engine->store);
		report_done(keeper, asked);
		wait_for_work(keeper);
	}
	return NULL;
}

static void wake(struct keeper *keeper)
{
	static const uint64_t ONE = 1;
	(void)!write(keeper->wake_fd, &ONE, sizeof ONE);
}

int keeper_create(struct keeper **out, struct engine *engine, const struct retention_rules *rules)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	struct keeper *keeper = g_new0(struct keeper, 1);
	keeper->engine = engine;
	keeper->retention = (struct retention){.engine = engine, .rules = *rules};
	keeper->wake_fd = wake_fd;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->changed, NULL);
	keeper->thread = g_thread_try_new("recorder-keep", run, keeper, NULL);
	if (keeper->thread == NULL) {
		keeper_destroy(keeper);
		return -EAGAIN;
	}
	*out = keeper;
	return 0;
}

void keeper_destroy(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	if (keeper->thread != NULL) {
		atomic_store(&keeper->is_ending, true);
		wake(keeper);
		g_thread_join(keeper->thread);
	}
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->lock);
	close(keeper->wake_fd);
	g_free(keeper);
}

void keeper_run(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	unsigned mine = ++keeper->asked;
	wake(keeper);
	while (keeper->done < mine)
		pthread_cond_wait(&keeper->changed, &keeper->lock);
	pthread_mutex_unlock(&keeper->lock);
}
