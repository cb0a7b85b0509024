/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams and their tracks.
 */
#include "plugins/stream.h"

#include <stdlib.h>

#include "common/clock.h"
#include "plugins/session.h"
#include "plugins/stream_recording.h"

struct stream *stream_create(const struct stream_params *params)
{
	struct stream *stream = cacheline_alloc(sizeof *stream);
	stream->session = session_get(params->session);
	stream->name = g_strdup(params->name);
	stream->media_session_id = g_uuid_string_random();
	stream->client = g_strdup(params->client);
	stream->secret = g_strdup(params->secret);
	stream->login = g_strdup(params->login);
	stream->metadata = json_incref(params->metadata);
	stream->preferences = *params->preferences;
	stream->profiles[0] = g_strdup(params->preferences->h264_profile);
	stream->profiles[1] = g_strdup(params->preferences->vp9_profile);
	stream->preferences.h264_profile = stream->profiles[0];
	stream->preferences.vp9_profile = stream->profiles[1];
	stream->since_us = clock_real_us(clock_system());
	atomic_init(&stream->references, 1);
	pthread_mutex_init(&stream->lock, NULL);
	pthread_cond_init(&stream->settled, NULL);
	stream->wishes = params->wishes;
	stream->recordings = g_ptr_array_new_with_free_func(stream_recording_free);
	return stream;
}

struct stream *stream_get(struct stream *stream)
{
	atomic_fetch_add(&stream->references, 1);
	return stream;
}

static void free_track(struct stream_track *track)
{
	sdp_track_fini(&track->sdp);
	simulcast_destroy(track->simulcast);
	g_free(track);
}

void stream_put(struct stream *stream)
{
	if (!stream || atomic_fetch_sub(&stream->references, 1) > 1)
		return;
	g_ptr_array_free(stream->recordings, TRUE);
	for (size_t i = 0; i < stream->track_count; i++)
		free_track(stream->tracks[i]);
	pthread_cond_destroy(&stream->settled);
	pthread_mutex_destroy(&stream->lock);
	g_free(stream->profiles[0]);
	g_free(stream->profiles[1]);
	json_decref(stream->metadata);
	g_free(stream->login);
	g_free(stream->secret);
	g_free(stream->client);
	g_free(stream->media_session_id);
	g_free(stream->name);
	session_put(stream->session);
	free(stream);
}

/* The gateway's description of the layers of one m-line, or NULL. */
static const json_t *find_layers(const json_t *simulcast, int mindex)
{
	size_t i;
	json_t *entry;
	json_array_foreach(simulcast, i, entry)
	{
		if (json_integer_value(json_object_get(entry, "mindex")) == mindex)
			return entry;
	}
	return NULL;
}

static struct simulcast *new_simulcast(const struct sdp_track *track, const json_t *layers)
{
	if (!layers || track->info.codec->kind != CODEC_VIDEO)
		return NULL;
	struct simulcast_params params = {
		.codec = track->info.codec,
		.is_encrypted = track->info.is_encrypted,
		.rid_ext_id = track->rid_ext_id,
	};
	simulcast_params_from_json(&params, layers);
	return params.layer_count > 1 ? simulcast_create(&params) : NULL;
}

/* Called with the lock. */
static void name_track(struct stream *stream, struct stream_track *track)
{
	enum codec_kind kind = track->sdp.info.codec->kind;
	unsigned before = 0;
	for (size_t i = 0; i < stream->track_count; i++)
		before += stream->tracks[i]->sdp.info.codec->kind == kind;
	if (before == 0)
		g_strlcpy(track->label, codec_kind_name(kind), sizeof track->label);
	else
		g_snprintf(
			track->label, sizeof track->label, "%s%u", codec_kind_name(kind), before);
}

/* Called with the lock. */
static bool knows_mline(const struct stream *stream, int mindex)
{
	for (size_t i = 0; i < stream->track_count; i++) {
		if (stream->tracks[i]->sdp.mindex == mindex)
			return true;
	}
	return false;
}

/* Called with the lock. Nothing is pushed into it yet. */
static void open_lane(struct stream *stream, struct stream_track *track)
{
	if (track->sdp.info.codec->kind == CODEC_DATA) {
		track->fanout = &stream->data;
		return;
	}
	struct stream_lane *lane = &stream->lanes[track->sdp.mindex];
	track->fanout = &lane->fanout;
	atomic_store(&lane->simulcast, track->simulcast);
}

void stream_add_tracks(struct stream *stream, struct sdp_answer *answer, const json_t *simulcast)
{
	pthread_mutex_lock(&stream->lock);
	for (size_t i = 0; i < answer->track_count; i++) {
		struct sdp_track *offered = &answer->tracks[i];
		if (knows_mline(stream, offered->mindex))
			continue;
		struct stream_track *track = g_new0(struct stream_track, 1);
		track->sdp = *offered;
		*offered = (struct sdp_track){0};
		name_track(stream, track);
		track->simulcast =
			new_simulcast(&track->sdp, find_layers(simulcast, track->sdp.mindex));
		stream->tracks[stream->track_count++] = track;
		open_lane(stream, track);
	}
	pthread_mutex_unlock(&stream->lock);
}

size_t stream_sdp_tracks(struct stream *stream, const struct sdp_track *out[SDP_MLINES_MAX])
{
	pthread_mutex_lock(&stream->lock);
	size_t count = stream->track_count;
	for (size_t i = 0; i < count; i++)
		out[i] = &stream->tracks[i]->sdp;
	pthread_mutex_unlock(&stream->lock);
	return count;
}

void stream_set_publishing(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	if (stream->state == STREAM_NEGOTIATING) {
		stream->state = STREAM_PUBLISHING;
		stream->up_us = clock_mono_us(clock_system());
	}
	pthread_mutex_unlock(&stream->lock);
}

int64_t stream_up_us(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	int64_t up_us = stream->state == STREAM_PUBLISHING ? stream->up_us : 0;
	pthread_mutex_unlock(&stream->lock);
	return up_us;
}

/* Called with the lock. */
static json_t *tracks_to_json(const struct stream *stream)
{
	json_t *tracks = json_array();
	for (size_t i = 0; i < stream->track_count; i++) {
		const struct sdp_track *track = &stream->tracks[i]->sdp;
		json_array_append_new(tracks,
			json_pack("{s:i, s:s*, s:s, s:s}", "mindex", track->mindex, "mid",
				track->mid, "kind", codec_kind_name(track->info.codec->kind),
				"codec", track->info.codec->name));
	}
	return tracks;
}

json_t *stream_tracks_json(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	json_t *tracks = tracks_to_json(stream);
	pthread_mutex_unlock(&stream->lock);
	return tracks;
}

json_t *stream_to_json(struct stream *stream)
{
	static const char *const states[] = {"negotiating", "publishing", "gone"};
	char since[CLOCK_TEXT_SIZE];
	clock_format(since, stream->since_us);
	pthread_mutex_lock(&stream->lock);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:o, s:o}", "stream", stream->name,
		"media_session_id", stream->media_session_id, "state", states[stream->state],
		"login", stream->login, "since", since, "tracks", tracks_to_json(stream),
		"recordings", stream_recording_list_locked(stream));
	pthread_mutex_unlock(&stream->lock);
	return json;
}
