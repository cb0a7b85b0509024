/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting until the book says what a test wants to read.
 */
#include <time.h>

#include "tests/double/gateway_priv.h"

/* Functions without the prefix are called with the lock. */

static bool has_changed(int64_t deadline_us)
{
	struct timespec deadline = {.tv_sec = deadline_us / G_USEC_PER_SEC};
	return pthread_cond_timedwait(&gateway_book.changed, &gateway_book.lock, &deadline) == 0;
}

static void wait_for_change(int64_t deadline_us, const char *what)
{
	if (!has_changed(deadline_us))
		g_error("waited in vain for %s; the log: %s", what, gateway_book.log->str);
}

/* The same, and tells what came instead. */
static void wait_for_note(
	const struct gateway_handle *handle, int64_t deadline_us, const char *what)
{
	if (has_changed(deadline_us))
		return;
	for (guint i = 0; i < handle->events->len; i++) {
		struct gateway_note *note = g_ptr_array_index(handle->events, i);
		g_autofree char *text = json_dumps(note->data, JSON_COMPACT);
		g_printerr("%s: %s\n", note->transaction, text);
	}
	wait_for_change(0, what);
}

static int64_t deadline(void)
{
	return g_get_real_time() + GATEWAY_PATIENCE_US;
}

static bool is_word(const json_t *result, const char *word)
{
	return g_strcmp0(json_string_value(json_object_get(result, "event")), word) == 0;
}

/* The data of the first note that matches, taken off the list; or NULL. */
static json_t *take_note(struct gateway_handle *handle, const char *transaction, const char *word)
{
	for (guint i = 0; i < handle->events->len; i++) {
		struct gateway_note *note = g_ptr_array_index(handle->events, i);
		bool is_it = transaction
				     ? g_strcmp0(note->transaction, transaction) == 0
				     : !note->transaction &&
					       is_word(json_object_get(note->data, "result"), word);
		if (!is_it)
			continue;
		json_t *data = json_incref(note->data);
		g_ptr_array_remove_index(handle->events, i);
		return data;
	}
	return NULL;
}

json_t *gateway_wait_note(struct gateway_handle *handle, const char *transaction, const char *word)
{
	int64_t deadline_us = deadline();
	json_t *data;
	pthread_mutex_lock(&gateway_book.lock);
	while (!(data = take_note(handle, transaction, word)))
		wait_for_note(handle, deadline_us, word ? word : "an answer");
	pthread_mutex_unlock(&gateway_book.lock);
	return data;
}

json_t *gateway_wait_event(struct gateway_handle *handle, const char *word)
{
	json_t *data = gateway_wait_note(handle, NULL, word);
	json_t *result = json_incref(json_object_get(data, "result"));
	json_decref(data);
	return result;
}

static json_t *take_notified(struct gateway *gateway, const char *word, const char *stream)
{
	for (guint i = 0; i < gateway->notified->len; i++) {
		json_t *event = g_ptr_array_index(gateway->notified, i);
		const char *its = json_string_value(json_object_get(event, "stream"));
		if (!is_word(event, word) || (stream && g_strcmp0(its, stream) != 0))
			continue;
		json_incref(event);
		g_ptr_array_remove_index(gateway->notified, i);
		return event;
	}
	return NULL;
}

json_t *gateway_wait_notified(struct gateway *gateway, const char *word, const char *stream)
{
	int64_t deadline_us = deadline();
	json_t *event;
	pthread_mutex_lock(&gateway_book.lock);
	while (!(event = take_notified(gateway, word, stream)))
		wait_for_change(deadline_us, word);
	pthread_mutex_unlock(&gateway_book.lock);
	return event;
}

json_t *gateway_next_notified(struct gateway *gateway)
{
	json_t *event = NULL;
	pthread_mutex_lock(&gateway_book.lock);
	if (gateway->notified->len > 0) {
		event = json_incref(g_ptr_array_index(gateway->notified, 0));
		g_ptr_array_remove_index(gateway->notified, 0);
	}
	pthread_mutex_unlock(&gateway_book.lock);
	return event;
}

void gateway_forget(struct gateway *gateway)
{
	pthread_mutex_lock(&gateway_book.lock);
	g_ptr_array_set_size(gateway->notified, 0);
	for (guint i = 0; i < gateway->handles->len; i++) {
		struct gateway_handle *handle = g_ptr_array_index(gateway->handles, i);
		g_ptr_array_set_size(handle->events, 0);
		g_array_set_size(handle->bitrates, 0);
	}
	g_string_truncate(gateway_book.log, 0);
	pthread_mutex_unlock(&gateway_book.lock);
}

void gateway_wait_closed(struct gateway_handle *handle)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&gateway_book.lock);
	while (!handle->is_closed)
		wait_for_change(deadline_us, "close_pc");
	pthread_mutex_unlock(&gateway_book.lock);
}

unsigned gateway_plis(struct gateway_handle *handle)
{
	pthread_mutex_lock(&gateway_book.lock);
	unsigned plis = handle->plis;
	pthread_mutex_unlock(&gateway_book.lock);
	return plis;
}

void gateway_wait_plis(struct gateway_handle *handle, unsigned count)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&gateway_book.lock);
	while (handle->plis < count)
		wait_for_change(deadline_us, "a PLI");
	pthread_mutex_unlock(&gateway_book.lock);
}

uint32_t gateway_wait_bitrate(struct gateway_handle *handle, unsigned index)
{
	int64_t deadline_us = deadline();
	pthread_mutex_lock(&gateway_book.lock);
	while (handle->bitrates->len <= index)
		wait_for_change(deadline_us, "a REMB");
	uint32_t bitrate = g_array_index(handle->bitrates, guint32, index);
	pthread_mutex_unlock(&gateway_book.lock);
	return bitrate;
}
