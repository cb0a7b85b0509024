/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which stream a request means, and whether it may touch it.
 */
#pragma once

#include "plugins/access.h"
#include "plugins/request.h"

struct stream;

/*
 * By "media_session_id", by "stream", else the one that the request's own handle publishes. A new
 * reference in *out. 404: no such stream; 400: nothing says which; 403: access_stream().
 */
enum error_code request_target_stream(struct stream **out, struct request *r);

/* The same by the id of a recording that is running or has ended lately. 404, 409 (ended), 403. */
enum error_code request_target_recording(
	struct stream **out, struct request *r, const char *recording_id);

/* What a request does to one recording of a stream, by its id, or to all: id is NULL. */
typedef enum error_code (*request_target_fn)(json_t **labels, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault);

/*
 * Does it, and answers with `stream`, `recording` and `recordings`. The rows of the table are
 * REQUEST_TARGET_ARGS, REQUEST_TARGET_RECORDING_ARGS.
 */
enum error_code request_target_do(struct request *r, request_target_fn what);

#define REQUEST_TARGET_RECORDING_ARGS                                       \
	{.name = "id", .type = REQUEST_ARG_STRING, .min = 1, .max = 64},    \
	{                                                                   \
		.name = "request_id", .type = REQUEST_ARG_STRING, .min = 1, \
		.max = REQUEST_ARGS_NAME_MAX                                \
	}

/* What those rows look like in a table. */
#define REQUEST_TARGET_ARGS                                                                     \
	{.name = "stream", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX}, \
		{.name = "media_session_id", .type = REQUEST_ARG_STRING, .min = 1, .max = 64},  \
		ACCESS_ARGS
