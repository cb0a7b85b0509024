/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See writer.h. */
#include "recording/writer.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "recording/frames.h"
#include "recording/recording_priv.h"

struct writer {
	/* constant after create */
	int64_t interval_us;
	int wake_fd;
	GThread *thread;

	atomic_bool is_ending;

	/* protected by `lock` */
	pthread_mutex_t lock;
	GPtrArray *incoming; /* references; not yet taken over by the thread */

	/* owned by the thread */
	GPtrArray *running; /* references */
	GQueue ended;       /* references: to be finished */
	int64_t next_tick_us;
	uint8_t scratch[FRAMES_SCRATCH_SIZE];
};

/* How long nothing need be done, for poll(): -1 is for ever. */
static int idle_ms(const struct writer *writer)
{
	if (writer->ended.length > 0)
		return 0;
	if (writer->running->len == 0)
		return -1;
	int64_t left_us = writer->next_tick_us - g_get_monotonic_time();
	return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}

/* Waits for a wake-up or the next tick; true when the tick has come. */
static bool wait_for_work(struct writer *writer)
{
	struct pollfd wake = {.fd = writer->wake_fd, .events = POLLIN};
	bool was_idle = writer->running->len == 0;
	if (poll(&wake, 1, idle_ms(writer)) > 0) {
		uint64_t wakes;
		(void)!read(writer->wake_fd, &wakes, sizeof wakes);
	}
	int64_t now_us = g_get_monotonic_time();
	bool is_tick = !was_idle && now_us >= writer->next_tick_us;
	/* Intervals are counted from the first recording on. */
	if (is_tick || was_idle)
		writer->next_tick_us = now_us + writer->interval_us;
	return is_tick;
}

static void take_over(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	g_ptr_array_extend(writer->running, writer->incoming, NULL, NULL);
	g_ptr_array_set_size(writer->incoming, 0);
	pthread_mutex_unlock(&writer->lock);
}

static void stop_all(struct writer *writer)
{
	for (guint i = 0; i < writer->running->len; i++)
		recording_stop(writer->running->pdata[i], "shutdown");
}

static void flush_all(struct writer *writer, bool is_tick)
{
	for (guint i = 0; i < writer->running->len;) {
		struct recording *recording = writer->running->pdata[i];
		if (!recording_flush(recording, is_tick, writer->scratch)) {
			i++;
			continue;
		}
		g_ptr_array_remove_index_fast(writer->running, i);
		g_queue_push_tail(&writer->ended, recording);
	}
}

static void finish_one(struct writer *writer)
{
	struct recording *recording = g_queue_pop_head(&writer->ended);
	if (recording == NULL)
		return;
	recording_finish(recording, writer->scratch);
	recording_put(recording);
}

static void *run(void *data)
{
	struct writer *writer = data;
	bool is_done = false;
	while (!is_done) {
		bool is_tick = wait_for_work(writer);
		/* Before taking over: nothing is added once the writer is ending. */
		bool is_ending = atomic_load(&writer->is_ending);
		take_over(writer);
		if (is_ending)
			stop_all(writer);
		flush_all(writer, is_tick);
		finish_one(writer);
		is_done = is_ending && writer->running->len == 0 && writer->ended.length == 0;
	}
	return NULL;
}

int writer_create(struct writer **out, unsigned interval_ms)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	struct writer *writer = g_new0(struct writer, 1);
	writer->interval_us = (int64_t)interval_ms * 1000;
	writer->next_tick_us = g_get_monotonic_time() + writer->interval_us;
	writer->wake_fd = wake_fd;
	pthread_mutex_init(&writer->lock, NULL);
	writer->incoming = g_ptr_array_new();
	writer->running = g_ptr_array_new();
	writer->thread = g_thread_try_new("recorder-write", run, writer, NULL);
	if (writer->thread == NULL) {
		writer_destroy(writer);
		return -EAGAIN;
	}
	*out = writer;
	return 0;
}

void writer_destroy(struct writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->thread != NULL) {
		atomic_store(&writer->is_ending, true);
		writer_wake(writer);
		g_thread_join(writer->thread);
	}
	g_ptr_array_unref(writer->incoming);
	g_ptr_array_unref(writer->running);
	pthread_mutex_destroy(&writer->lock);
	close(writer->wake_fd);
	g_free(writer);
}

void writer_add(struct writer *writer, struct recording *recording)
{
	pthread_mutex_lock(&writer->lock);
	g_ptr_array_add(writer->incoming, recording_get(recording)); /* until it has ended */
	pthread_mutex_unlock(&writer->lock);
	writer_wake(writer);
}

void writer_wake(struct writer *writer)
{
	static const uint64_t ONE = 1;
	(void)!write(writer->wake_fd, &ONE, sizeof ONE);
}
