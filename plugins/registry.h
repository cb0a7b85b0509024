/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is there: the sessions, the published streams by name, and all streams
 * that still matter by media session id.
 *
 * A stream matters while it is published (added, not yet removed) and while one
 * of its recordings has not ended (held, not yet released): the events of those
 * recordings find their stream here. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "plugins/errors.h"

struct registry;
struct session;
struct stream;

/* 0: none, but for the first. */
struct registry_limits {
	size_t streams;
	size_t streams_per_client;
	size_t recordings_per_client;
};

struct registry *registry_create(const struct registry_limits *limits);

/* Drops all references. NULL is fine. */
void registry_destroy(struct registry *registry);

/*
 * 409 when the name is in use, or too many streams are published; 503: too many by this client.
 * Takes a reference.
 */
enum error_code registry_add(struct registry *registry, struct stream *stream, struct fault *fault);

/* No longer published; the name is free. */
void registry_remove(struct registry *registry, struct stream *stream);

/*
 * One more, one fewer recording that has not ended. 503: too many of this client. A hold on a
 * stream that is gone has no effect.
 */
enum error_code registry_hold(
	struct registry *registry, struct stream *stream, struct fault *fault);
void registry_release(struct registry *registry, struct stream *stream);

/* A new reference, or NULL. By id also streams that are gone but have unfinished recordings. */
struct stream *registry_find_name(struct registry *registry, const char *name);
struct stream *registry_find_id(struct registry *registry, const char *media_session_id);

/* The published streams, each with a reference that the array puts. */
GPtrArray *registry_streams(struct registry *registry);

/* The set takes over the reference. */
void registry_add_session(struct registry *registry, struct session *session);

/* True for the one caller who takes it out; the reference passes to the caller. */
bool registry_remove_session(struct registry *registry, struct session *session);

/* Any one session, taken out as above, or NULL when there is none left. */
struct session *registry_pop_session(struct registry *registry);
