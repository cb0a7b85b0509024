/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions, and the hand-over of a stream to and from the media threads.
 */
#include "plugins/session.h"

#include "plugins/events.h"
#include "plugins/registry.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

static void hang_on(janus_plugin_session *handle, struct session *session)
{
	__atomic_store_n(&handle->plugin_handle, session, __ATOMIC_SEQ_CST);
}

struct session *session_create(struct plugin *plugin, janus_plugin_session *handle)
{
	struct session *session = g_new0(struct session, 1);
	session->plugin = plugin;
	session->handle = handle;
	g_snprintf(session->id, sizeof session->id, "%08x%08x", g_random_int(), g_random_int());
	atomic_init(&session->references, 1);
	atomic_init(&session->stream, NULL);
	atomic_init(&session->hangups, 0);
	pthread_mutex_init(&session->lock, NULL);
	janus_refcount_increase(&handle->ref);
	hang_on(handle, session);
	return session;
}

struct session *session_of(struct plugin *plugin, janus_plugin_session *handle)
{
	struct gate *gate = plugin_gate(plugin, handle);
	unsigned token = gate_enter(gate);
	struct session *session = session_peek(handle);
	if (session)
		session_get(session);
	gate_leave(gate, token);
	return session;
}

struct session *session_get(struct session *session)
{
	atomic_fetch_add(&session->references, 1);
	return session;
}

void session_put(struct session *session)
{
	if (!session || atomic_fetch_sub(&session->references, 1) > 1)
		return;
	janus_refcount_decrease(&session->handle->ref);
	pthread_mutex_destroy(&session->lock);
	g_free(session);
}

struct stream *session_stream(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	struct stream *stream = atomic_load(&session->stream);
	if (stream)
		stream_get(stream);
	pthread_mutex_unlock(&session->lock);
	return stream;
}

enum error_code session_publish(
	struct session *session, struct stream *stream, unsigned hangups, struct fault *fault)
{
	pthread_mutex_lock(&session->lock);
	bool is_gone = session->is_destroyed || atomic_load(&session->hangups) != hangups;
	bool is_busy = atomic_load(&session->stream) != NULL;
	if (!is_gone && !is_busy)
		atomic_store(&session->stream, stream_get(stream));
	pthread_mutex_unlock(&session->lock);
	if (is_gone)
		return errors_raise(fault, ERROR_CONFLICT, "the handle was hung up meanwhile");
	if (is_busy)
		return errors_raise(fault, ERROR_CONFLICT, "this handle publishes already");
	return ERROR_NONE;
}

/* Called with the lock; the reference passes to the caller. */
static struct stream *detach(struct session *session, const struct stream *wanted)
{
	struct stream *stream = atomic_load(&session->stream);
	if (wanted && stream != wanted)
		return NULL;
	atomic_store(&session->stream, NULL);
	return stream;
}

struct stream *session_unpublish_if(
	struct session *session, const struct stream *wanted, const char *reason)
{
	pthread_mutex_lock(&session->lock);
	struct stream *stream = detach(session, wanted);
	pthread_mutex_unlock(&session->lock);
	if (!stream)
		return NULL;
	gate_synchronise(plugin_gate(session->plugin, session->handle));
	stream_recording_end_all(stream, reason);
	registry_remove(session->plugin->registry, stream);
	return stream;
}

struct stream *session_unpublish(struct session *session, const char *reason)
{
	return session_unpublish_if(session, NULL, reason);
}

bool session_is_destroyed(struct session *session)
{
	pthread_mutex_lock(&session->lock);
	bool is_destroyed = session->is_destroyed;
	pthread_mutex_unlock(&session->lock);
	return is_destroyed;
}

void session_destroy(struct session *session, const char *reason)
{
	pthread_mutex_lock(&session->lock);
	session->is_destroyed = true;
	pthread_mutex_unlock(&session->lock);
	struct stream *stream = session_unpublish(session, reason);
	if (stream)
		events_gone(stream, reason);
	stream_put(stream);
	hang_on(session->handle, NULL);
	gate_synchronise(plugin_gate(session->plugin, session->handle));
}
