/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the words of a request to a stream.
 */
#include "plugins/request_target.h"

#include "plugins/access.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"
#include "recording/engine.h"
#include "recording/store.h"

/* Takes the stream; on refusal its reference is put. */
static enum error_code allow(struct stream **out, struct request *r, struct stream *stream)
{
	enum error_code error = access_stream(r, stream);
	if (error == ERROR_NONE)
		*out = stream;
	else
		stream_put(stream);
	return error;
}

enum error_code request_target_stream(struct stream **out, struct request *r)
{
	struct registry *registry = r->plugin->registry;
	const char *id = request_args_string(r->body, "media_session_id", NULL);
	const char *name = request_args_string(r->body, "stream", NULL);
	struct stream *stream = NULL;
	if (id)
		stream = registry_find_id(registry, id);
	else if (name)
		stream = registry_find_name(registry, name);
	else if (r->session)
		stream = session_stream(r->session);
	if (stream)
		return allow(out, r, stream);
	if (id)
		return errors_raise(
			&r->fault, ERROR_NOT_FOUND, "no stream with media_session_id '%s'", id);
	if (name)
		return errors_raise(&r->fault, ERROR_NOT_FOUND, "no stream '%s'", name);
	if (r->session)
		return errors_raise(&r->fault, ERROR_CONFLICT, "this handle publishes nothing");
	return errors_raise(
		&r->fault, ERROR_BAD_REQUEST, "element 'stream' or 'media_session_id' is missing");
}

enum error_code request_target_recording(
	struct stream **out, struct request *r, const char *recording_id)
{
	g_autoptr(GPtrArray) streams = registry_streams(r->plugin->registry);
	for (size_t i = 0; i < streams->len; i++) {
		struct stream *stream = g_ptr_array_index(streams, i);
		if (stream_recording_has(stream, recording_id))
			return allow(out, r, stream_get(stream));
	}
	json_t *manifest = store_find(engine_store(r->plugin->engine), recording_id);
	json_decref(manifest);
	if (manifest)
		return errors_raise(&r->fault, ERROR_CONFLICT, "recording '%s' has ended already",
			recording_id);
	return errors_raise(&r->fault, ERROR_NOT_FOUND, "no recording '%s'", recording_id);
}

static enum error_code answer(
	struct request *r, struct stream *stream, const char *id, request_target_fn what)
{
	const char *request_id = request_args_string(r->body, "request_id", NULL);
	json_t *recordings;
	enum error_code error = what(&recordings, stream, id, request_id, &r->fault);
	if (error != ERROR_NONE)
		return error;
	json_object_set_new(r->result, "stream", json_string(stream->name));
	json_object_set(r->result, "recording", json_array_get(recordings, 0));
	json_object_set_new(r->result, "recordings", recordings);
	return ERROR_NONE;
}

enum error_code request_target_do(struct request *r, request_target_fn what)
{
	const char *id = request_args_string(r->body, "id", NULL);
	struct stream *stream;
	enum error_code error =
		id ? request_target_recording(&stream, r, id) : request_target_stream(&stream, r);
	if (error != ERROR_NONE)
		return error;
	error = answer(r, stream, id, what);
	stream_put(stream);
	return error;
}
