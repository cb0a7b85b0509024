/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recordings of one stream: those that it feeds now, and the last few that
 * have ended, so that a repeated request is recognised.
 *
 * Thread: any but the media thread, with no lock held, unless it says so. One
 * recording is started, paused or resumed at a time, without the stream's lock.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "common/manifest.h"
#include "plugins/errors.h"

struct recording;
struct stream;

enum {
	STREAM_RECORDING_KEPT_MAX = 32, /* ended ones whose request ids are remembered */
};

/* Borrowed for the call; NULL means the default. */
struct stream_recording_params {
	const char *name;       /* instead of the template's */
	const json_t *metadata; /* instead of the stream's */
	const char *request_id; /* a start that carried it before is not repeated */
	struct manifest_rotation rotation;
	bool is_parallel; /* also when a recording is running */
};

/*
 * Starts one. On success *out is its {id, name}, a new reference. 409: gone, or recording already;
 * 503: more than the operator allows; 503, 507 and 500 as the engine says.
 */
enum error_code stream_recording_start(json_t **out, struct stream *stream,
	const struct stream_recording_params *params, struct fault *fault);

/*
 * Stops the one with this id, or all when it is NULL. On success *out is the list of their
 * {id, name}, a new reference. 404: no such; 409: not recording.
 */
enum error_code stream_recording_stop(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault);

/* The stream is over: stops all and refuses others from now on. `reason` is a static word. */
void stream_recording_end_all(struct stream *stream, const char *reason);

/* The engine has ended this one: takes it out of the fanouts. */
void stream_recording_forget(struct stream *stream, struct recording *recording);

/* True for the id of one that runs or is remembered. */
bool stream_recording_has(struct stream *stream, const char *id);

/* True once for each recording: every video track of it has a keyframe now. *out is {id, name}. */
bool stream_recording_take_keyframe(json_t **out, struct stream *stream);

/* The active ones as [{id, name, paused}], a new reference. Called with the stream's lock. */
json_t *stream_recording_list_locked(const struct stream *stream);
size_t stream_recording_count_locked(const struct stream *stream);

/* How many of them are not paused. Called with the stream's lock. */
size_t stream_recording_fed_locked(const struct stream *stream);

/* For the array in the stream. */
void stream_recording_free(void *entry);
