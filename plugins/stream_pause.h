/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pausing the recordings of a stream: for a while nothing is recorded.
 *
 * Thread: any but the media thread, with no lock held.
 */
#pragma once

#include <jansson.h>

#include "plugins/errors.h"

struct stream;

/*
 * Pauses the one with this id, or all when it is NULL. On success *out is the list of their
 * {id, name}, a new reference. 409: not recording, or paused already. A request id that an earlier
 * call has brought gives the same list again, and changes nothing.
 */
enum error_code stream_pause_begin(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault);

/* The other way. 409: not recording, or not paused. */
enum error_code stream_pause_end(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault);
