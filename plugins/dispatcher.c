/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The handler thread.
 */
#include "plugins/dispatcher.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "plugins/request.h"

struct dispatcher {
	GThread *thread;
	GAsyncQueue *queue; /* struct request, or the dispatcher itself: wake up */
	atomic_bool is_ending;
};

static void *run(void *ctx)
{
	struct dispatcher *dispatcher = ctx;
	while (!atomic_load(&dispatcher->is_ending)) {
		void *item = g_async_queue_pop(dispatcher->queue);
		if (item != dispatcher)
			request_answer_by_event(item);
	}
	return NULL;
}

int dispatcher_create(struct dispatcher **out)
{
	struct dispatcher *dispatcher = g_new0(struct dispatcher, 1);
	dispatcher->queue = g_async_queue_new();
	atomic_init(&dispatcher->is_ending, false);
	dispatcher->thread = g_thread_try_new("recorder requests", run, dispatcher, NULL);
	if (!dispatcher->thread) {
		g_async_queue_unref(dispatcher->queue);
		g_free(dispatcher);
		return -EAGAIN;
	}
	*out = dispatcher;
	return 0;
}

void dispatcher_push(struct dispatcher *dispatcher, struct request *request)
{
	g_async_queue_push(dispatcher->queue, request);
}

void dispatcher_destroy(struct dispatcher *dispatcher)
{
	if (!dispatcher)
		return;
	atomic_store(&dispatcher->is_ending, true);
	g_async_queue_push(dispatcher->queue, dispatcher);
	g_thread_join(dispatcher->thread);
	void *item;
	while ((item = g_async_queue_try_pop(dispatcher->queue))) {
		if (item != dispatcher)
			request_destroy(item);
	}
	g_async_queue_unref(dispatcher->queue);
	g_free(dispatcher);
}
