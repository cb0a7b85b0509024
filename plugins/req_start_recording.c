/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * start_recording: records a published stream from now on.
 */
#include "plugins/feedback.h"
#include "plugins/request_rotation.h"
#include "plugins/request_target.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

static const struct request_arg args[] = {
	REQUEST_TARGET_ARGS,
	{.name = "name",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = REQUEST_ARGS_NAME_MAX,
		.check = request_args_is_file_name},
	{.name = "metadata", .type = REQUEST_ARG_OBJECT, .max = REQUEST_ARGS_METADATA_MAX},
	{.name = "request_id", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX},
	{.name = "parallel", .type = REQUEST_ARG_BOOL},
	REQUEST_ROTATION_ARGS,
	{.name = NULL},
};

static enum error_code start(struct request *r, struct stream *stream)
{
	struct stream_recording_params params = {
		.name = request_args_string(r->body, "name", NULL),
		.metadata = json_object_get(r->body, "metadata"),
		.request_id = request_args_string(r->body, "request_id", NULL),
		.is_parallel = request_args_bool(r->body, "parallel", false),
	};
	json_t *recording;
	enum error_code error = request_rotation(&params.rotation, r);
	if (error != ERROR_NONE)
		return error;
	error = stream_recording_start(&recording, stream, &params, &r->fault);
	if (error != ERROR_NONE)
		return error;
	json_object_set_new(r->result, "stream", json_string(stream->name));
	json_object_set_new(r->result, "media_session_id", json_string(stream->media_session_id));
	json_object_set_new(r->result, "recording", recording);
	feedback_poke(r->plugin->feedback);
	return ERROR_NONE;
}

static enum error_code run(struct request *r)
{
	struct stream *stream;
	enum error_code error = request_target_stream(&stream, r);
	if (error != ERROR_NONE)
		return error;
	error = start(r, stream);
	stream_put(stream);
	return error;
}

const struct request_entry req_start_recording = {
	.name = "start_recording",
	.event = "recording_started",
	.args = args,
	.run = run,
};
