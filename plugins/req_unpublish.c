/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unpublish: ends a stream, its recordings and its PeerConnection.
 */
#include "plugins/events.h"
#include "plugins/request_target.h"
#include "plugins/session.h"
#include "plugins/stream.h"

static const struct request_arg args[] = {REQUEST_TARGET_ARGS, {.name = NULL}};

static enum error_code run(struct request *r)
{
	struct stream *stream;
	enum error_code error = request_target_stream(&stream, r);
	if (error != ERROR_NONE)
		return error;
	struct session *session = stream->session;
	struct stream *ended = session_unpublish_if(session, stream, "unpublished");
	if (ended) {
		json_object_set_new(r->result, "stream", json_string(stream->name));
		events_gone(ended, "unpublished");
		r->plugin->gateway->close_pc(session->handle);
	} else {
		error = errors_raise(
			&r->fault, ERROR_CONFLICT, "stream '%s' has ended already", stream->name);
	}
	stream_put(ended);
	stream_put(stream);
	return error;
}

const struct request_entry req_unpublish = {
	.name = "unpublish",
	.event = "unpublished",
	.flags = REQUEST_ASYNC,
	.args = args,
	.run = run,
};
