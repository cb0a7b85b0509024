/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GLib's locks as the thread sanitizer must see them; included before
 * everything else in a build with --enable-tsan, and in no other.
 *
 * GLib locks with futexes of its own, which the sanitizer does not know: to it,
 * all that a GMutex guards is a race. Here each operation also says what it does.
 */
#pragma once

#include <glib.h>
#include <sanitizer/tsan_interface.h>

static inline void tsan_mutex_lock(GMutex *mutex)
{
	__tsan_mutex_pre_lock(mutex, 0);
	g_mutex_lock(mutex);
	__tsan_mutex_post_lock(mutex, 0, 0);
}

static inline gboolean tsan_mutex_trylock(GMutex *mutex)
{
	__tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
	gboolean is_locked = g_mutex_trylock(mutex);
	__tsan_mutex_post_lock(
		mutex, __tsan_mutex_try_lock | (is_locked ? 0 : __tsan_mutex_try_lock_failed), 0);
	return is_locked;
}

static inline void tsan_mutex_unlock(GMutex *mutex)
{
	__tsan_mutex_pre_unlock(mutex, 0);
	g_mutex_unlock(mutex);
	__tsan_mutex_post_unlock(mutex, 0);
}

static inline void tsan_mutex_clear(GMutex *mutex)
{
	g_mutex_clear(mutex);
	__tsan_mutex_destroy(mutex, 0);
}

static inline void tsan_cond_wait(GCond *cond, GMutex *mutex)
{
	__tsan_mutex_pre_unlock(mutex, 0);
	__tsan_mutex_post_unlock(mutex, 0);
	g_cond_wait(cond, mutex);
	__tsan_mutex_pre_lock(mutex, 0);
	__tsan_mutex_post_lock(mutex, 0, 0);
}

static inline gboolean tsan_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
	__tsan_mutex_pre_unlock(mutex, 0);
	__tsan_mutex_post_unlock(mutex, 0);
	gboolean is_in_time = g_cond_wait_until(cond, mutex, end_time);
	__tsan_mutex_pre_lock(mutex, 0);
	__tsan_mutex_post_lock(mutex, 0, 0);
	return is_in_time;
}

/* What a thread did before a push, another one sees after the pop. */
static inline void tsan_async_queue_push(GAsyncQueue *queue, gpointer data)
{
	__tsan_release(queue);
	g_async_queue_push(queue, data);
}

static inline gpointer tsan_acquired(GAsyncQueue *queue, gpointer data)
{
	__tsan_acquire(queue);
	return data;
}

#define g_mutex_lock(mutex)                      tsan_mutex_lock(mutex)
#define g_mutex_trylock(mutex)                   tsan_mutex_trylock(mutex)
#define g_mutex_unlock(mutex)                    tsan_mutex_unlock(mutex)
#define g_mutex_clear(mutex)                     tsan_mutex_clear(mutex)
#define g_cond_wait(cond, mutex)                 tsan_cond_wait(cond, mutex)
#define g_cond_wait_until(cond, mutex, end_time) tsan_cond_wait_until(cond, mutex, end_time)
#define g_async_queue_push(queue, data)          tsan_async_queue_push(queue, data)
#define g_async_queue_pop(queue)                 tsan_acquired(queue, g_async_queue_pop(queue))
#define g_async_queue_try_pop(queue)             tsan_acquired(queue, g_async_queue_try_pop(queue))
