/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stop_recording: ends one recording by its id, or all of a stream.
 */
#include "plugins/request_target.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

static const struct request_arg args[] = {
	REQUEST_TARGET_ARGS,
	{.name = "id", .type = REQUEST_ARG_STRING, .min = 1, .max = 64},
	{.name = "request_id", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX},
	{.name = NULL},
};

static enum error_code stop(struct request *r, struct stream *stream, const char *id)
{
	const char *request_id = request_args_string(r->body, "request_id", NULL);
	json_t *recordings;
	enum error_code error =
		stream_recording_stop(&recordings, stream, id, request_id, &r->fault);
	if (error != ERROR_NONE)
		return error;
	json_object_set_new(r->result, "stream", json_string(stream->name));
	json_object_set(r->result, "recording", json_array_get(recordings, 0));
	json_object_set_new(r->result, "recordings", recordings);
	return ERROR_NONE;
}

static enum error_code run(struct request *r)
{
	const char *id = request_args_string(r->body, "id", NULL);
	struct stream *stream;
	enum error_code error =
		id ? request_target_recording(&stream, r, id) : request_target_stream(&stream, r);
	if (error != ERROR_NONE)
		return error;
	error = stop(r, stream, id);
	stream_put(stream);
	return error;
}

const struct request_entry req_stop_recording = {
	.name = "stop_recording",
	.event = "recording_stopped",
	.args = args,
	.run = run,
};
