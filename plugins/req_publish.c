/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * publish: an offer becomes a stream; or, on a handle that publishes already,
 * an update of the offer becomes a new answer, and the recordings go on.
 */
#include <string.h>

#include "plugins/access.h"
#include "plugins/events.h"
#include "plugins/log.h"
#include "plugins/registry.h"
#include "plugins/renegotiation.h"
#include "plugins/request.h"
#include "plugins/request_rotation.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

static const struct request_arg args[] = {
	{.name = "stream",
		.type = REQUEST_ARG_STRING,
		.is_needed = true,
		.min = 1,
		.max = REQUEST_ARGS_NAME_MAX},
	{.name = "record", .type = REQUEST_ARG_BOOL},
	{.name = "login", .type = REQUEST_ARG_STRING, .max = REQUEST_ARGS_NAME_MAX},
	{.name = "metadata", .type = REQUEST_ARG_OBJECT, .max = REQUEST_ARGS_METADATA_MAX},
	{.name = "audiocodec",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = 255,
		.check = request_args_is_audio_codecs},
	{.name = "videocodec",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = 255,
		.check = request_args_is_video_codecs},
	{.name = "videoprofile",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = 6,
		.check = request_args_is_profile},
	{.name = "opusred", .type = REQUEST_ARG_BOOL},
	{.name = "bitrate", .type = REQUEST_ARG_INT, .max = UINT32_MAX},
	{.name = "keyframe_interval", .type = REQUEST_ARG_INT, .max = 3600 * 1000},
	{.name = "name",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = REQUEST_ARGS_NAME_MAX,
		.check = request_args_is_file_name},
	REQUEST_ROTATION_ARGS,
	ACCESS_ARGS,
	{.name = NULL},
};

/* The profile says by its length which codec it is for. */
static struct sdp_preferences make_preferences(const struct request *r)
{
	const struct settings *settings = &r->plugin->settings;
	const char *profile = request_args_string(r->body, "videoprofile", NULL);
	bool is_h264 = profile && strlen(profile) > 1;
	struct sdp_preferences preferences = {
		.h264_profile = is_h264 ? profile : NULL,
		.vp9_profile = is_h264 ? NULL : profile,
		.has_red = request_args_bool(r->body, "opusred", false),
		.is_encrypted = json_is_true(json_object_get(r->jsep, "e2ee")),
	};
	codecs_parse(&preferences.audio, CODEC_AUDIO,
		request_args_string(r->body, "audiocodec", settings->audio_codecs));
	codecs_parse(&preferences.video, CODEC_VIDEO,
		request_args_string(r->body, "videocodec", settings->video_codecs));
	return preferences;
}

static struct stream *make_stream(
	const struct request *r, const struct sdp_preferences *preferences)
{
	g_autofree char *client = access_client(r);
	struct stream_params params = {
		.session = r->session,
		.name = request_args_string(r->body, "stream", NULL),
		.client = client,
		.secret = request_args_string(r->body, "secret", NULL),
		.login = request_args_string(r->body, "login", NULL),
		.metadata = json_object_get(r->body, "metadata"),
		.preferences = preferences,
		.wishes = {.bitrate = request_args_int(r->body, "bitrate", 0),
			.keyframe_interval_ms = request_args_int(r->body, "keyframe_interval", 0)},
	};
	return stream_create(&params);
}

/* Under its name, on its handle and, when wanted, recorded: all of it or nothing. */
static enum error_code establish(struct request *r, struct stream *stream,
	const struct manifest_rotation *rotation, json_t **recording)
{
	struct registry *registry = r->plugin->registry;
	enum error_code error = registry_add(registry, stream, &r->fault);
	if (error != ERROR_NONE)
		return error;
	error = session_publish(r->session, stream, r->hangups, &r->fault);
	if (error != ERROR_NONE) {
		registry_remove(registry, stream);
		return error;
	}
	if (!request_args_bool(r->body, "record", r->plugin->settings.record_streams))
		return ERROR_NONE;
	struct stream_recording_params params = {
		.name = request_args_string(r->body, "name", NULL), .rotation = *rotation};
	error = stream_recording_start(recording, stream, &params, &r->fault);
	if (error != ERROR_NONE)
		stream_put(session_unpublish(r->session, "failed"));
	return error;
}

static void describe(struct request *r, struct stream *stream)
{
	json_object_set_new(r->result, "stream", json_string(stream->name));
	json_object_set_new(r->result, "media_session_id", json_string(stream->media_session_id));
	json_object_set_new(r->result, "tracks", stream_tracks_json(stream));
}

static enum error_code publish(struct request *r, const char *offer)
{
	struct sdp_preferences preferences = make_preferences(r);
	struct manifest_rotation rotation;
	struct sdp_answer answer;
	enum error_code error = request_rotation(&rotation, r);
	if (error == ERROR_NONE)
		error = sdp_answer(&answer, offer, &preferences, NULL, 0, &r->fault);
	if (error != ERROR_NONE)
		return error;

	json_t *recording = NULL;
	struct stream *stream = make_stream(r, &preferences);
	stream_add_tracks(stream, &answer, json_object_get(r->jsep, "simulcast"));
	error = establish(r, stream, &rotation, &recording);
	if (error == ERROR_NONE) {
		struct log_place place = {.session = r->session->id};
		log_info(place, "publishes stream '%s'", stream->name);
		r->answer = g_steal_pointer(&answer.text);
		describe(r, stream);
		if (recording)
			json_object_set(r->result, "recording", recording);
	}
	json_decref(recording);
	sdp_answer_fini(&answer);
	stream_put(stream);
	return error;
}

static enum error_code update(struct request *r, struct stream *stream, const char *offer)
{
	const char *name = request_args_string(r->body, "stream", NULL);
	if (strcmp(name, stream->name) != 0 || !json_is_true(json_object_get(r->jsep, "update")))
		return errors_raise(&r->fault, ERROR_CONFLICT,
			"this handle publishes stream '%s' already", stream->name);
	enum error_code error = renegotiation_answer(r, stream, offer);
	if (error == ERROR_NONE)
		describe(r, stream);
	return error;
}

static enum error_code run(struct request *r)
{
	const char *offer;
	enum error_code error = renegotiation_offer(&offer, r);
	if (error != ERROR_NONE)
		return error;
	struct stream *stream = session_stream(r->session);
	error = stream ? update(r, stream, offer) : publish(r, offer);
	stream_put(stream);
	return error;
}

/* The client was gone before the answer: so is its stream, unless it was an update. */
static void on_undelivered(struct request *r)
{
	if (json_is_true(json_object_get(r->jsep, "update")))
		return;
	struct stream *stream = session_unpublish(r->session, "hangup");
	if (stream)
		events_gone(stream, "hangup");
	stream_put(stream);
}

const struct request_entry req_publish = {
	.name = "publish",
	.event = "published",
	.flags = REQUEST_ASYNC | REQUEST_CLIENT_ONLY,
	.args = args,
	.run = run,
	.on_undelivered = on_undelivered,
};
