/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of sessions and streams, under one lock.
 */
#include "plugins/registry.h"

#include <pthread.h>

#include "plugins/session.h"
#include "plugins/stream.h"

struct entry {
	struct stream *stream; /* a reference */
	unsigned holds;        /* 1 while published, and 1 for each unfinished recording */
};

struct registry {
	size_t streams_max; /* constant */

	pthread_mutex_t lock;
	GHashTable *by_name;  /* name → stream, borrowed from by_id */
	GHashTable *by_id;    /* media session id → struct entry */
	GHashTable *sessions; /* a set, each with a reference */
};

static void free_entry(void *data)
{
	struct entry *entry = data;
	stream_put(entry->stream);
	g_free(entry);
}

struct registry *registry_create(size_t streams_max)
{
	struct registry *registry = g_new0(struct registry, 1);
	registry->streams_max = streams_max;
	pthread_mutex_init(&registry->lock, NULL);
	registry->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	registry->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
	registry->sessions = g_hash_table_new(NULL, NULL);
	return registry;
}

void registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	g_hash_table_destroy(registry->by_name);
	g_hash_table_destroy(registry->by_id);
	g_hash_table_destroy(registry->sessions);
	pthread_mutex_destroy(&registry->lock);
	g_free(registry);
}

enum error_code registry_add(struct registry *registry, struct stream *stream, struct fault *fault)
{
	pthread_mutex_lock(&registry->lock);
	bool is_taken = g_hash_table_contains(registry->by_name, stream->name);
	bool is_full = g_hash_table_size(registry->by_name) >= registry->streams_max;
	if (!is_taken && !is_full) {
		struct entry *entry = g_new0(struct entry, 1);
		entry->stream = stream_get(stream);
		entry->holds = 1;
		g_hash_table_insert(registry->by_id, stream->media_session_id, entry);
		g_hash_table_insert(registry->by_name, stream->name, stream);
	}
	pthread_mutex_unlock(&registry->lock);
	if (is_taken)
		return errors_raise(
			fault, ERROR_CONFLICT, "stream name '%s' is in use", stream->name);
	if (is_full)
		return errors_raise(fault, ERROR_CONFLICT,
			"%zu streams are published already, no more are allowed",
			registry->streams_max);
	return ERROR_NONE;
}

void registry_remove(struct registry *registry, struct stream *stream)
{
	pthread_mutex_lock(&registry->lock);
	if (g_hash_table_lookup(registry->by_name, stream->name) == stream)
		g_hash_table_remove(registry->by_name, stream->name);
	pthread_mutex_unlock(&registry->lock);
	registry_release(registry, stream);
}

void registry_hold(struct registry *registry, struct stream *stream)
{
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = g_hash_table_lookup(registry->by_id, stream->media_session_id);
	if (entry)
		entry->holds++;
	pthread_mutex_unlock(&registry->lock);
}

void registry_release(struct registry *registry, struct stream *stream)
{
	struct entry *last = NULL;
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = g_hash_table_lookup(registry->by_id, stream->media_session_id);
	if (entry && --entry->holds == 0) {
		g_hash_table_steal(registry->by_id, stream->media_session_id);
		last = entry;
	}
	pthread_mutex_unlock(&registry->lock);
	if (last)
		free_entry(last);
}

struct stream *registry_find_name(struct registry *registry, const char *name)
{
	pthread_mutex_lock(&registry->lock);
	struct stream *stream = g_hash_table_lookup(registry->by_name, name);
	if (stream)
		stream_get(stream);
	pthread_mutex_unlock(&registry->lock);
	return stream;
}

struct stream *registry_find_id(struct registry *registry, const char *media_session_id)
{
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = g_hash_table_lookup(registry->by_id, media_session_id);
	struct stream *stream = entry ? stream_get(entry->stream) : NULL;
	pthread_mutex_unlock(&registry->lock);
	return stream;
}

static void put_stream(void *stream)
{
	stream_put(stream);
}

GPtrArray *registry_streams(struct registry *registry)
{
	GPtrArray *streams = g_ptr_array_new_with_free_func(put_stream);
	GHashTableIter iter;
	void *stream;
	pthread_mutex_lock(&registry->lock);
	g_hash_table_iter_init(&iter, registry->by_name);
	while (g_hash_table_iter_next(&iter, NULL, &stream))
		g_ptr_array_add(streams, stream_get(stream));
	pthread_mutex_unlock(&registry->lock);
	return streams;
}

void registry_add_session(struct registry *registry, struct session *session)
{
	pthread_mutex_lock(&registry->lock);
	g_hash_table_add(registry->sessions, session);
	pthread_mutex_unlock(&registry->lock);
}

bool registry_remove_session(struct registry *registry, struct session *session)
{
	pthread_mutex_lock(&registry->lock);
	bool is_removed = g_hash_table_remove(registry->sessions, session);
	pthread_mutex_unlock(&registry->lock);
	return is_removed;
}

struct session *registry_pop_session(struct registry *registry)
{
	GHashTableIter iter;
	void *session = NULL;
	pthread_mutex_lock(&registry->lock);
	g_hash_table_iter_init(&iter, registry->sessions);
	if (g_hash_table_iter_next(&iter, &session, NULL))
		g_hash_table_iter_remove(&iter);
	pthread_mutex_unlock(&registry->lock);
	return session;
}
