/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of sessions and streams, under one lock.
 */
#include "plugins/registry.h"

#include <pthread.h>

#include "plugins/session.h"
#include "plugins/stream.h"

/* Forgotten when both are 0. */
struct client {
	char *name; /* struct stream's `client` */
	size_t streams;
	size_t recordings;
};

struct entry {
	struct stream *stream; /* a reference */
	struct client *client;
	bool is_published;
	unsigned recordings; /* unfinished ones */
};

struct registry {
	struct registry_limits limits; /* constant */

	pthread_mutex_t lock;
	GHashTable *by_name;  /* name → stream, borrowed from by_id */
	GHashTable *by_id;    /* media session id → struct entry */
	GHashTable *clients;  /* name → struct client */
	GHashTable *sessions; /* a set, each with a reference */
};

static void free_entry(void *data)
{
	struct entry *entry = data;
	stream_put(entry->stream);
	g_free(entry);
}

static void free_client(void *data)
{
	struct client *client = data;
	g_free(client->name);
	g_free(client);
}

struct registry *registry_create(const struct registry_limits *limits)
{
	struct registry *registry = g_new0(struct registry, 1);
	registry->limits = *limits;
	pthread_mutex_init(&registry->lock, NULL);
	registry->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	registry->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
	registry->clients = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_client);
	registry->sessions = g_hash_table_new(NULL, NULL);
	return registry;
}

void registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	g_hash_table_destroy(registry->by_name);
	g_hash_table_destroy(registry->by_id);
	g_hash_table_destroy(registry->clients);
	g_hash_table_destroy(registry->sessions);
	pthread_mutex_destroy(&registry->lock);
	g_free(registry);
}

/* Called with the lock, like the next three. */
static struct client *client_of(struct registry *registry, const struct stream *stream)
{
	struct client *client = g_hash_table_lookup(registry->clients, stream->client);
	if (client)
		return client;
	client = g_new0(struct client, 1);
	client->name = g_strdup(stream->client);
	g_hash_table_insert(registry->clients, client->name, client);
	return client;
}

static void enter(struct registry *registry, struct stream *stream)
{
	struct entry *entry = g_new0(struct entry, 1);
	entry->stream = stream_get(stream);
	entry->client = client_of(registry, stream);
	entry->client->streams++;
	entry->is_published = true;
	g_hash_table_insert(registry->by_id, stream->media_session_id, entry);
	g_hash_table_insert(registry->by_name, stream->name, stream);
}

static size_t streams_of(const struct registry *registry, const char *client_name)
{
	const struct client *client = g_hash_table_lookup(registry->clients, client_name);
	return client ? client->streams : 0;
}

static struct entry *entry_of(const struct registry *registry, const struct stream *stream)
{
	return g_hash_table_lookup(registry->by_id, stream->media_session_id);
}

enum error_code registry_add(struct registry *registry, struct stream *stream, struct fault *fault)
{
	size_t max = registry->limits.streams_per_client;
	pthread_mutex_lock(&registry->lock);
	bool is_taken = g_hash_table_contains(registry->by_name, stream->name);
	bool is_full = g_hash_table_size(registry->by_name) >= registry->limits.streams;
	size_t others = streams_of(registry, stream->client);
	bool is_greedy = max > 0 && others >= max;
	if (!is_taken && !is_full && !is_greedy)
		enter(registry, stream);
	pthread_mutex_unlock(&registry->lock);
	if (is_taken)
		return errors_raise(
			fault, ERROR_CONFLICT, "stream name '%s' is in use", stream->name);
	if (is_full)
		return errors_raise(fault, ERROR_CONFLICT,
			"%zu streams are published already, no more are allowed",
			registry->limits.streams);
	if (is_greedy)
		return errors_raise(fault, ERROR_LIMIT,
			"this client publishes %zu streams, and max_streams_per_client is %zu",
			others, max);
	return ERROR_NONE;
}

/* Called with the lock. What is left of a stream that nothing holds any more, or NULL. */
static struct entry *take_unheld(struct registry *registry, struct entry *entry)
{
	if (entry->is_published || entry->recordings > 0)
		return NULL;
	g_hash_table_steal(registry->by_id, entry->stream->media_session_id);
	if (entry->client->streams == 0 && entry->client->recordings == 0)
		g_hash_table_remove(registry->clients, entry->client->name);
	return entry;
}

void registry_remove(struct registry *registry, struct stream *stream)
{
	struct entry *unheld = NULL;
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = entry_of(registry, stream);
	if (entry && entry->is_published) {
		g_hash_table_remove(registry->by_name, stream->name);
		entry->is_published = false;
		entry->client->streams--;
		unheld = take_unheld(registry, entry);
	}
	pthread_mutex_unlock(&registry->lock);
	if (unheld)
		free_entry(unheld);
}

enum error_code registry_hold(struct registry *registry, struct stream *stream, struct fault *fault)
{
	size_t max = registry->limits.recordings_per_client;
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = entry_of(registry, stream);
	size_t others = entry ? entry->client->recordings : 0;
	bool is_greedy = max > 0 && others >= max;
	if (entry && !is_greedy) {
		entry->recordings++;
		entry->client->recordings++;
	}
	pthread_mutex_unlock(&registry->lock);
	if (is_greedy)
		return errors_raise(fault, ERROR_LIMIT,
			"%zu recordings of this client are running, and max_recordings_per_client "
			"is %zu",
			others, max);
	return ERROR_NONE;
}

void registry_release(struct registry *registry, struct stream *stream)
{
	struct entry *unheld = NULL;
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = entry_of(registry, stream);
	if (entry && entry->recordings > 0) {
		entry->recordings--;
		entry->client->recordings--;
		unheld = take_unheld(registry, entry);
	}
	pthread_mutex_unlock(&registry->lock);
	if (unheld)
		free_entry(unheld);
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
