/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timer thread, and the decisions that it makes.
 */
#include "plugins/feedback.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "common/clock.h"
#include "plugins/events.h"
#include "plugins/plugin.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"

struct feedback {
	struct plugin *plugin;
	GThread *thread;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_poked; /* protected by lock, like is_ending */
	bool is_ending;
};

/* What is due for one stream, found under its lock and done without it. */
struct due {
	const struct stream_track *tracks[SDP_MLINES_MAX]; /* to ask for a keyframe of */
	size_t count;
	uint32_t bitrate; /* 0: nothing to say */
};

uint32_t feedback_ceiling(int64_t wished, int64_t allowed)
{
	if (wished == 0 || allowed == 0)
		return (uint32_t)MAX(wished, allowed);
	return (uint32_t)MIN(wished, allowed);
}

/* Called with the stream's lock. Returns when to look again. */
static int64_t check_keyframe(
	struct due *due, struct stream *stream, struct stream_track *track, int64_t now_us)
{
	const struct settings *settings = &stream->session->plugin->settings;
	bool is_awaited = fanout_wants_keyframe(track->fanout) ||
			  (track->simulcast && simulcast_wants_keyframe(track->simulcast));
	int64_t interval_ms = stream->wishes.keyframe_interval_ms;
	if (is_awaited)
		interval_ms = interval_ms ? MIN(interval_ms, settings->keyframe_retry_ms)
					  : settings->keyframe_retry_ms;
	if (interval_ms == 0) {
		track->next_keyframe_us = 0;
		return now_us + FEEDBACK_IDLE_US;
	}
	/* What was planned with a longer interval must not delay it. */
	int64_t latest_us = now_us + interval_ms * 1000;
	track->next_keyframe_us = MIN(track->next_keyframe_us, latest_us);
	if (track->next_keyframe_us <= now_us) {
		due->tracks[due->count++] = track;
		track->next_keyframe_us = latest_us;
	}
	int64_t soon_us = is_awaited ? now_us + FEEDBACK_REACTION_US : latest_us;
	return MIN(track->next_keyframe_us, soon_us);
}

/* Called with the stream's lock. Returns when to look again. */
static int64_t check_bitrate(struct due *due, struct stream *stream, int64_t now_us)
{
	int64_t allowed = stream->session->plugin->settings.bitrate_max;
	uint32_t ceiling = feedback_ceiling(stream->wishes.bitrate, allowed);
	if (ceiling == 0)
		return now_us + FEEDBACK_IDLE_US;
	if (stream->next_bitrate_us > now_us)
		return stream->next_bitrate_us;
	bool is_ramping = stream->bitrate_step < FEEDBACK_RAMP_STEPS;
	if (is_ramping)
		stream->bitrate_step++;
	due->bitrate = (uint32_t)((uint64_t)ceiling * stream->bitrate_step / FEEDBACK_RAMP_STEPS);
	stream->next_bitrate_us = now_us + (is_ramping ? FEEDBACK_RAMP_US : FEEDBACK_BITRATE_US);
	return stream->next_bitrate_us;
}

static void send_due(struct plugin *plugin, struct stream *stream, const struct due *due)
{
	janus_plugin_session *handle = stream->session->handle;
	for (size_t i = 0; i < due->count; i++)
		plugin->gateway->send_pli_stream(handle, due->tracks[i]->sdp.mindex);
	pthread_mutex_lock(&stream->lock);
	for (size_t i = 0; i < due->count; i++)
		fanout_count_keyframe_request(due->tracks[i]->fanout);
	pthread_mutex_unlock(&stream->lock);
	if (due->bitrate > 0)
		plugin->gateway->send_remb(handle, due->bitrate);
}

int64_t feedback_serve(struct plugin *plugin, struct stream *stream, int64_t now_us)
{
	struct due due = {.count = 0};
	int64_t next_us = now_us + FEEDBACK_IDLE_US;
	pthread_mutex_lock(&stream->lock);
	bool is_recorded = stream_recording_fed_locked(stream) > 0;
	bool is_up = stream->state == STREAM_PUBLISHING;
	for (size_t i = 0; is_up && is_recorded && i < stream->track_count; i++) {
		struct stream_track *track = stream->tracks[i];
		if (track->sdp.info.codec->kind == CODEC_VIDEO)
			next_us = MIN(next_us, check_keyframe(&due, stream, track, now_us));
	}
	if (is_up)
		next_us = MIN(next_us, check_bitrate(&due, stream, now_us));
	pthread_mutex_unlock(&stream->lock);
	send_due(plugin, stream, &due);
	json_t *label;
	if (is_up && stream_recording_take_keyframe(&label, stream))
		events_send(stream, "keyframe", json_pack("{s:o}", "recording", label));
	return next_us;
}

static int64_t serve_all(struct plugin *plugin)
{
	int64_t now_us = clock_mono_us(clock_system());
	int64_t next_us = now_us + FEEDBACK_IDLE_US;
	g_autoptr(GPtrArray) streams = registry_streams(plugin->registry);
	for (size_t i = 0; i < streams->len; i++) {
		struct stream *stream = g_ptr_array_index(streams, i);
		next_us = MIN(next_us, feedback_serve(plugin, stream, now_us));
	}
	return next_us;
}

/* Called with the lock. */
static void wait_until(struct feedback *feedback, int64_t mono_us)
{
	struct timespec deadline = {
		.tv_sec = mono_us / 1000000, .tv_nsec = mono_us % 1000000 * 1000};
	while (!feedback->is_poked && !feedback->is_ending) {
		if (pthread_cond_timedwait(&feedback->changed, &feedback->lock, &deadline) != 0)
			return;
	}
}

static void *run(void *ctx)
{
	struct feedback *feedback = ctx;
	pthread_mutex_lock(&feedback->lock);
	while (!feedback->is_ending) {
		feedback->is_poked = false;
		pthread_mutex_unlock(&feedback->lock);
		int64_t next_us = serve_all(feedback->plugin);
		pthread_mutex_lock(&feedback->lock);
		wait_until(feedback, next_us);
	}
	pthread_mutex_unlock(&feedback->lock);
	return NULL;
}

int feedback_create(struct feedback **out, struct plugin *plugin)
{
	struct feedback *feedback = g_new0(struct feedback, 1);
	feedback->plugin = plugin;
	pthread_mutex_init(&feedback->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&feedback->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	feedback->thread = g_thread_try_new("recorder-feedbk", run, feedback, NULL);
	if (!feedback->thread) {
		pthread_cond_destroy(&feedback->changed);
		pthread_mutex_destroy(&feedback->lock);
		g_free(feedback);
		return -EAGAIN;
	}
	*out = feedback;
	return 0;
}

void feedback_destroy(struct feedback *feedback)
{
	if (!feedback)
		return;
	pthread_mutex_lock(&feedback->lock);
	feedback->is_ending = true;
	pthread_cond_signal(&feedback->changed);
	pthread_mutex_unlock(&feedback->lock);
	g_thread_join(feedback->thread);
	pthread_cond_destroy(&feedback->changed);
	pthread_mutex_destroy(&feedback->lock);
	g_free(feedback);
}

void feedback_poke(struct feedback *feedback)
{
	pthread_mutex_lock(&feedback->lock);
	feedback->is_poked = true;
	pthread_cond_signal(&feedback->changed);
	pthread_mutex_unlock(&feedback->lock);
}
