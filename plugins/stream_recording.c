/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starting and stopping the recordings of a stream.
 */
#include "plugins/stream_recording_priv.h"

#include <string.h>

#include "common/clock.h"
#include "common/naming.h"
#include "plugins/log.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "recording/recording.h"
#include "recording/track.h"

void stream_recording_free(void *data)
{
	struct stream_recording *entry = data;
	recording_put(entry->recording);
	g_free(entry->id);
	g_free(entry->name);
	g_free(entry->start_request_id);
	g_free(entry->stop_request_id);
	g_free(entry->pause_request_id);
	g_free(entry->resume_request_id);
	g_free(entry);
}

struct stream_recording *stream_recording_at(const struct stream *stream, size_t index)
{
	return g_ptr_array_index(stream->recordings, index);
}

json_t *stream_recording_label(const struct stream_recording *entry)
{
	return json_pack("{s:s, s:s}", "id", entry->id, "name", entry->name);
}

size_t stream_recording_count_locked(const struct stream *stream)
{
	size_t count = 0;
	for (size_t i = 0; i < stream->recordings->len; i++)
		count += stream_recording_at(stream, i)->recording != NULL;
	return count;
}

size_t stream_recording_fed_locked(const struct stream *stream)
{
	size_t count = 0;
	for (size_t i = 0; i < stream->recordings->len; i++) {
		const struct stream_recording *entry = stream_recording_at(stream, i);
		count += entry->recording != NULL && !entry->is_paused;
	}
	return count;
}

json_t *stream_recording_list_locked(const struct stream *stream)
{
	json_t *list = json_array();
	for (size_t i = 0; i < stream->recordings->len; i++) {
		const struct stream_recording *entry = stream_recording_at(stream, i);
		if (!entry->recording)
			continue;
		json_t *label = stream_recording_label(entry);
		json_object_set_new(label, "paused", json_boolean(entry->is_paused));
		json_array_append_new(list, label);
	}
	return list;
}

/* The last track of a recording is its rtcp. */
void stream_recording_feed(struct stream *stream, const struct stream_recording *entry)
{
	for (size_t i = 0; i < entry->track_count; i++) {
		fanout_add(stream->tracks[i]->fanout, recording_track(entry->recording, i));
		stream->tracks[i]->next_keyframe_us = 0;
	}
	fanout_add(&stream->rtcp, recording_track(entry->recording, entry->track_count));
}

void stream_recording_starve(struct stream *stream, const struct stream_recording *entry)
{
	for (size_t i = 0; i < entry->track_count; i++)
		fanout_remove(stream->tracks[i]->fanout, recording_track(entry->recording, i));
	fanout_remove(&stream->rtcp, recording_track(entry->recording, entry->track_count));
}

/* Called with the lock. Returns the reference, which has to outlive
 * stream_recording_wait_for_media(). */
static struct recording *take_out(struct stream *stream, struct stream_recording *entry)
{
	stream_recording_starve(stream, entry);
	return g_steal_pointer(&entry->recording);
}

/* Called with the lock. */
static void drop_old_entries(struct stream *stream)
{
	size_t ended = stream->recordings->len - stream_recording_count_locked(stream);
	for (size_t i = 0; ended > STREAM_RECORDING_KEPT_MAX && i < stream->recordings->len;) {
		if (stream_recording_at(stream, i)->recording) {
			i++;
			continue;
		}
		g_ptr_array_remove_index(stream->recordings, i);
		ended--;
	}
}

void stream_recording_wait_for_media(const struct stream *stream)
{
	const struct session *session = stream->session;
	gate_synchronise(plugin_gate(session->plugin, session->handle));
}

/* Without the lock. Takes the references. */
static void stop(const struct stream *stream, GPtrArray *starved, const char *reason)
{
	stream_recording_wait_for_media(stream);
	for (size_t i = 0; i < starved->len; i++) {
		recording_stop(starved->pdata[i], reason);
		recording_put(starved->pdata[i]);
	}
}

static const char *first_codec(const struct stream *stream, size_t count, enum codec_kind kind)
{
	for (size_t i = 0; i < count; i++) {
		const struct codec *codec = stream->tracks[i]->sdp.info.codec;
		if (codec->kind == kind)
			return codec->name;
	}
	return NULL;
}

void stream_recording_await_turn(struct stream *stream)
{
	while (stream->is_changing)
		pthread_cond_wait(&stream->settled, &stream->lock);
}

void stream_recording_end_turn(struct stream *stream)
{
	stream->is_changing = false;
	pthread_cond_broadcast(&stream->settled);
}

/* `wanted`: what the client asks for, or NULL. */
static char *make_name(const struct stream *stream, size_t track_count, const char *wanted)
{
	struct template_values values = {
		.stream_name = stream->name,
		.start_us = clock_real_us(clock_system()),
		.session_id = stream->session->id,
		.media_session_id = stream->media_session_id,
		.login = stream->login,
		.audio_codec = first_codec(stream, track_count, CODEC_AUDIO),
		.video_codec = first_codec(stream, track_count, CODEC_VIDEO),
	};
	const struct settings *settings = &stream->session->plugin->settings;
	const struct naming naming = {
		.policy = (enum naming_policy)settings->name_policy,
		.template = settings->name_template,
		.exclude = settings->name_exclude,
	};
	return wanted != NULL ? naming_exclude(wanted, naming.exclude)
			      : naming_make(&naming, &values);
}

/* Without the lock: the first `track_count` tracks never change. 0 or -errno. */
static int start_engine(struct recording **out, struct stream *stream, size_t track_count,
	const struct stream_recording_params *params, char **why)
{
	struct recording_track_spec tracks[SDP_MLINES_MAX];
	for (size_t i = 0; i < track_count; i++) {
		const struct sdp_track *track = &stream->tracks[i]->sdp;
		tracks[i] = (struct recording_track_spec){
			.info = track->info, .mid = track->mid, .mindex = track->mindex};
	}
	g_autofree char *name = make_name(stream, track_count, params->name);
	struct recording_spec spec = {
		.name = name,
		.name_encoding =
			(enum naming_encoding)stream->session->plugin->settings.name_encoding,
		.stream = stream->name,
		.media_session_id = stream->media_session_id,
		.login = stream->login,
		.metadata = params->metadata ? params->metadata : stream->metadata,
		.tracks = tracks,
		.track_count = track_count,
		.rotation = params->rotation,
		.why = why,
	};
	return recording_start(out, stream->session->plugin->engine, &spec);
}

/* Called with the lock; *known is set when this request was answered before. */
static enum error_code may_start(const struct stream *stream,
	const struct stream_recording_params *params, struct stream_recording **known,
	struct fault *fault)
{
	for (size_t i = 0; params->request_id && i < stream->recordings->len; i++) {
		struct stream_recording *entry = stream_recording_at(stream, i);
		if (g_strcmp0(entry->start_request_id, params->request_id) == 0) {
			*known = entry;
			return ERROR_NONE;
		}
	}
	size_t active = stream_recording_count_locked(stream);
	size_t max = (size_t)stream->session->plugin->settings.max_recordings_per_stream;
	if (stream->state == STREAM_GONE)
		return errors_raise(fault, ERROR_CONFLICT, "stream '%s' has ended", stream->name);
	if (active > 0 && !params->is_parallel)
		return errors_raise(fault, ERROR_CONFLICT, "stream '%s' is being recorded already",
			stream->name);
	if (active >= max)
		return errors_raise(fault, ERROR_LIMIT,
			"%zu recordings of stream '%s' are running, and max_recordings_per_stream "
			"is %zu",
			active, stream->name, max);
	return ERROR_NONE;
}

/*
 * Puts a started recording into the stream; the reference passes to the entry. NULL when the stream
 * has ended meanwhile. A recording that has ended by itself already is entered without being fed.
 */
static json_t *enter(struct stream *stream, struct recording *recording, size_t track_count,
	const char *request_id)
{
	struct stream_recording *entry = g_new0(struct stream_recording, 1);
	entry->recording = recording;
	entry->id = g_strdup(recording_id(recording));
	entry->name = g_strdup(recording_name(recording));
	entry->start_request_id = g_strdup(request_id);
	entry->track_count = track_count;

	pthread_mutex_lock(&stream->lock);
	bool is_gone = stream->state == STREAM_GONE;
	struct recording *ended = recording_has_ended(recording) ? recording : NULL;
	json_t *label = is_gone ? NULL : stream_recording_label(entry);
	if (!is_gone) {
		g_ptr_array_add(stream->recordings, entry);
		if (ended)
			entry->recording = NULL;
		else
			stream_recording_feed(stream, entry);
		drop_old_entries(stream);
	}
	pthread_mutex_unlock(&stream->lock);

	if (is_gone) {
		recording_stop(recording, stream->end_reason);
		stream_recording_free(entry);
	} else {
		recording_put(ended);
	}
	return label;
}

/* Without the lock, one at a time. The hold ends with the recording. */
static enum error_code start_held(json_t **out, struct stream *stream, size_t track_count,
	const struct stream_recording_params *params, struct fault *fault)
{
	struct registry *registry = stream->session->plugin->registry;
	enum error_code error = registry_hold(registry, stream, fault);
	if (error != ERROR_NONE)
		return error;
	struct recording *recording = NULL;
	g_autofree char *why = NULL;
	int result = start_engine(&recording, stream, track_count, params, &why);
	if (result < 0) {
		registry_release(registry, stream);
		return errors_raise(fault, errors_from_errno(result),
			"the recording cannot be started: %s", why ? why : g_strerror(-result));
	}
	*out = enter(stream, recording, track_count, params->request_id);
	if (!*out)
		return errors_raise(fault, ERROR_CONFLICT, "stream '%s' has ended", stream->name);
	return ERROR_NONE;
}

enum error_code stream_recording_start(json_t **out, struct stream *stream,
	const struct stream_recording_params *params, struct fault *fault)
{
	struct stream_recording *known = NULL;
	pthread_mutex_lock(&stream->lock);
	stream_recording_await_turn(stream);
	enum error_code error = may_start(stream, params, &known, fault);
	bool is_mine = error == ERROR_NONE && !known;
	if (known)
		*out = stream_recording_label(known);
	stream->is_changing = is_mine;
	size_t track_count = stream->track_count;
	pthread_mutex_unlock(&stream->lock);
	if (!is_mine)
		return error;

	error = start_held(out, stream, track_count, params, fault);
	pthread_mutex_lock(&stream->lock);
	stream_recording_end_turn(stream);
	pthread_mutex_unlock(&stream->lock);
	return error;
}

/* Called with the lock: whether the entry is one to answer a stop for. */
static bool is_meant(const struct stream_recording *entry, const char *id, const char *request_id)
{
	if (id && strcmp(entry->id, id) != 0)
		return false;
	bool is_repeat = request_id && g_strcmp0(entry->stop_request_id, request_id) == 0;
	return is_repeat || entry->recording;
}

enum error_code stream_recording_stop(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault)
{
	g_autoptr(GPtrArray) stopped = g_ptr_array_new();
	json_t *labels = json_array();
	pthread_mutex_lock(&stream->lock);
	stream_recording_await_turn(stream);
	for (size_t i = 0; i < stream->recordings->len; i++) {
		struct stream_recording *entry = stream_recording_at(stream, i);
		if (!is_meant(entry, id, request_id))
			continue;
		json_array_append_new(labels, stream_recording_label(entry));
		if (!entry->recording)
			continue;
		entry->stop_request_id = g_strdup(request_id);
		g_ptr_array_add(stopped, take_out(stream, entry));
	}
	pthread_mutex_unlock(&stream->lock);

	stop(stream, stopped, "stopped");
	if (json_array_size(labels) > 0) {
		*out = labels;
		return ERROR_NONE;
	}
	json_decref(labels);
	if (id)
		return errors_raise(fault, ERROR_CONFLICT, "recording '%s' has ended already", id);
	return errors_raise(
		fault, ERROR_CONFLICT, "stream '%s' is not being recorded", stream->name);
}

void stream_recording_end_all(struct stream *stream, const char *reason)
{
	g_autoptr(GPtrArray) stopped = g_ptr_array_new();
	pthread_mutex_lock(&stream->lock);
	stream->state = STREAM_GONE;
	stream->end_reason = reason;
	for (size_t i = 0; i < stream->recordings->len; i++) {
		if (stream_recording_at(stream, i)->recording)
			g_ptr_array_add(stopped, take_out(stream, stream_recording_at(stream, i)));
	}
	pthread_mutex_unlock(&stream->lock);
	stop(stream, stopped, reason);
}

void stream_recording_forget(struct stream *stream, struct recording *recording)
{
	struct recording *starved = NULL;
	pthread_mutex_lock(&stream->lock);
	for (size_t i = 0; i < stream->recordings->len && !starved; i++) {
		if (stream_recording_at(stream, i)->recording == recording)
			starved = take_out(stream, stream_recording_at(stream, i));
	}
	pthread_mutex_unlock(&stream->lock);
	if (starved)
		stream_recording_wait_for_media(stream);
	recording_put(starved);
}

bool stream_recording_has(struct stream *stream, const char *id)
{
	bool is_known = false;
	pthread_mutex_lock(&stream->lock);
	for (size_t i = 0; i < stream->recordings->len; i++)
		is_known = is_known || strcmp(stream_recording_at(stream, i)->id, id) == 0;
	pthread_mutex_unlock(&stream->lock);
	return is_known;
}

/* Called with the lock. */
static bool has_keyframes(const struct stream *stream, const struct stream_recording *entry)
{
	bool has_video = false;
	for (size_t i = 0; i < entry->track_count; i++) {
		if (stream->tracks[i]->sdp.info.codec->kind != CODEC_VIDEO)
			continue;
		has_video = true;
		if (!track_has_keyframe(recording_track(entry->recording, i)))
			return false;
	}
	return has_video;
}

bool stream_recording_take_keyframe(json_t **out, struct stream *stream)
{
	json_t *label = NULL;
	pthread_mutex_lock(&stream->lock);
	for (size_t i = 0; i < stream->recordings->len && !label; i++) {
		struct stream_recording *entry = stream_recording_at(stream, i);
		if (!entry->recording || entry->has_keyframe || !has_keyframes(stream, entry))
			continue;
		entry->has_keyframe = true;
		label = stream_recording_label(entry);
	}
	pthread_mutex_unlock(&stream->lock);
	*out = label;
	return label != NULL;
}
