/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * configure: changes what a publisher is asked for, starts or stops recording,
 * and takes an update of the offer.
 */
#include "plugins/access.h"
#include "plugins/feedback.h"
#include "plugins/renegotiation.h"
#include "plugins/request.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

static const struct request_arg args[] = {
	{.name = "record", .type = REQUEST_ARG_BOOL},
	{.name = "bitrate", .type = REQUEST_ARG_INT, .max = UINT32_MAX},
	{.name = "keyframe_interval", .type = REQUEST_ARG_INT, .max = 3600 * 1000},
	{.name = "admin_key", .type = REQUEST_ARG_SECRET, .max = ACCESS_SECRET_MAX},
	{.name = NULL},
};

static void set_wishes(const struct request *r, struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	struct stream_wishes *wishes = &stream->wishes;
	int64_t bitrate = request_args_int(r->body, "bitrate", wishes->bitrate);
	wishes->keyframe_interval_ms =
		request_args_int(r->body, "keyframe_interval", wishes->keyframe_interval_ms);
	if (bitrate != wishes->bitrate)
		stream->next_bitrate_us = 0;
	wishes->bitrate = bitrate;
	pthread_mutex_unlock(&stream->lock);
}

static bool is_recorded(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	bool is = stream_recording_count_locked(stream) > 0;
	pthread_mutex_unlock(&stream->lock);
	return is;
}

/* Nothing to do when it is as wanted already. */
static enum error_code set_recording(struct request *r, struct stream *stream)
{
	bool was = is_recorded(stream);
	bool is_wanted = request_args_bool(r->body, "record", was);
	if (was == is_wanted)
		return ERROR_NONE;
	json_t *ignored = NULL;
	struct stream_recording_params params = {0};
	enum error_code error =
		is_wanted ? stream_recording_start(&ignored, stream, &params, &r->fault)
			  : stream_recording_stop(&ignored, stream, NULL, NULL, &r->fault);
	json_decref(ignored);
	return error;
}

static void describe(struct request *r, struct stream *stream)
{
	int64_t bitrate_max = r->plugin->settings.bitrate_max;
	pthread_mutex_lock(&stream->lock);
	json_t *recordings = stream_recording_list_locked(stream);
	json_t *members = json_pack("{s:s, s:b, s:I, s:I, s:o}", "stream", stream->name, "record",
		(int)(json_array_size(recordings) > 0), "bitrate",
		(json_int_t)feedback_ceiling(stream->wishes.bitrate, bitrate_max),
		"keyframe_interval", (json_int_t)stream->wishes.keyframe_interval_ms, "recordings",
		recordings);
	pthread_mutex_unlock(&stream->lock);
	json_object_update(r->result, members);
	json_decref(members);
}

static enum error_code configure(struct request *r, struct stream *stream)
{
	const char *offer;
	enum error_code error = ERROR_NONE;
	if (r->jsep)
		error = renegotiation_offer(&offer, r);
	if (r->jsep && error == ERROR_NONE)
		error = renegotiation_answer(r, stream, offer);
	if (error == ERROR_NONE)
		error = set_recording(r, stream);
	if (error != ERROR_NONE)
		return error;
	set_wishes(r, stream);
	feedback_poke(r->plugin->feedback);
	describe(r, stream);
	return ERROR_NONE;
}

static enum error_code run(struct request *r)
{
	struct stream *stream = session_stream(r->session);
	if (!stream)
		return errors_raise(&r->fault, ERROR_CONFLICT, "this handle publishes nothing");
	enum error_code error = configure(r, stream);
	stream_put(stream);
	return error;
}

const struct request_entry req_configure = {
	.name = "configure",
	.event = "configured",
	.flags = REQUEST_ASYNC | REQUEST_CLIENT_ONLY,
	.args = args,
	.run = run,
};
