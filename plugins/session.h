/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One client handle, from create_session to destroy_session, and the stream
 * that it publishes.
 *
 * Reference counted: the registry's set of sessions holds one reference, its
 * stream another, and so does each request under way. The handle of the gateway
 * is kept alive with it. Thread: any but the media thread, unless it says so.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "plugins/errors.h"
#include "plugins/plugin.h"

struct stream;

struct session {
	/* First, for media threads, which read it inside the gate; owns a reference. */
	_Atomic(struct stream *) stream;

	/* constant after create */
	struct plugin *plugin;
	janus_plugin_session *handle;
	char id[17]; /* random; what the log and {sessionId} call it */

	/* atomic */
	atomic_int references;
	atomic_uint hangups; /* how often the PeerConnection has ended */

	/* protected by lock */
	pthread_mutex_t lock;
	bool is_destroyed;
};

/* Makes the session of a handle and hangs it on the handle. One reference for the caller. */
struct session *session_create(struct plugin *plugin, janus_plugin_session *handle);

/* The session of a handle, a new reference, or NULL when it has none (any more). */
struct session *session_of(struct plugin *plugin, janus_plugin_session *handle);

/*
 * The same without a reference. Media thread, inside the handle's gate. The gateway's struct has a
 * plain pointer for us, which we read and write from several threads.
 */
static inline struct session *session_peek(const janus_plugin_session *handle)
{
	return __atomic_load_n(&handle->plugin_handle, __ATOMIC_SEQ_CST);
}

struct session *session_get(struct session *session);
void session_put(struct session *session); /* NULL is fine */

/* The stream being published, a new reference, or NULL. */
struct stream *session_stream(struct session *session);

/*
 * Makes `stream` the one being published and takes a reference to it. 409 when there is one
 * already, or when the handle is gone or was hung up since it counted `hangups`.
 */
enum error_code session_publish(
	struct session *session, struct stream *stream, unsigned hangups, struct fault *fault);

/*
 * Ends what is being published, whoever asks first: no media thread touches the stream any more,
 * its recordings are stopped with `reason` (a static word), its name is free again. Returns the
 * stream, whose reference passes to the caller, or NULL when there was none.
 */
struct stream *session_unpublish(struct session *session, const char *reason);

/* The same, but only when it is this stream that is being published. */
struct stream *session_unpublish_if(
	struct session *session, const struct stream *stream, const char *reason);

/* Whether the gateway has ended the handle, or is about to. */
bool session_is_destroyed(struct session *session);

/* Takes the session off its handle and refuses further streams. Once. */
void session_destroy(struct session *session, const char *reason);
