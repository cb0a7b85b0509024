/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The handler thread.
 */
#include "plugins/dispatcher.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>

#include "plugins/request.h"

struct dispatcher {
	GThread *thread;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	GQueue queue; /* struct request; protected by lock, like is_ending */
	bool is_ending;
};

/* NULL: no more are to be answered. */
static struct request *take(struct dispatcher *dispatcher)
{
	pthread_mutex_lock(&dispatcher->lock);
	while (!dispatcher->is_ending && g_queue_is_empty(&dispatcher->queue))
		pthread_cond_wait(&dispatcher->changed, &dispatcher->lock);
	struct request *request =
		dispatcher->is_ending ? NULL : g_queue_pop_head(&dispatcher->queue);
	pthread_mutex_unlock(&dispatcher->lock);
	return request;
}

static void *run(void *ctx)
{
	struct request *request;
	while ((request = take(ctx)))
		request_answer_by_event(request);
	return NULL;
}

static void free_dispatcher(struct dispatcher *dispatcher)
{
	struct request *request;
	while ((request = g_queue_pop_head(&dispatcher->queue)))
		request_destroy(request);
	pthread_cond_destroy(&dispatcher->changed);
	pthread_mutex_destroy(&dispatcher->lock);
	g_free(dispatcher);
}

int dispatcher_create(struct dispatcher **out)
{
	struct dispatcher *dispatcher = g_new0(struct dispatcher, 1);
	pthread_mutex_init(&dispatcher->lock, NULL);
	pthread_cond_init(&dispatcher->changed, NULL);
	g_queue_init(&dispatcher->queue);
	dispatcher->thread = g_thread_try_new("recorder-reqs", run, dispatcher, NULL);
	if (!dispatcher->thread) {
		free_dispatcher(dispatcher);
		return -EAGAIN;
	}
	*out = dispatcher;
	return 0;
}

void dispatcher_push(struct dispatcher *dispatcher, struct request *request)
{
	pthread_mutex_lock(&dispatcher->lock);
	g_queue_push_tail(&dispatcher->queue, request);
	pthread_cond_signal(&dispatcher->changed);
	pthread_mutex_unlock(&dispatcher->lock);
}

void dispatcher_destroy(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	pthread_mutex_lock(&dispatcher->lock);
	dispatcher->is_ending = true;
	pthread_cond_signal(&dispatcher->changed);
	pthread_mutex_unlock(&dispatcher->lock);
	g_thread_join(dispatcher->thread);
	free_dispatcher(dispatcher);
}
