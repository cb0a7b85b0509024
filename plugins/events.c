/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unsolicited events, and the translation of the engine's.
 */
#include "plugins/events.h"

#include "common/manifest.h"
#include "plugins/feedback.h"
#include "plugins/log.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/stream_recording.h"
#include "recording/hook.h"
#include "recording/hook_event.h"
#include "recording/hook_job.h"
#include "recording/recording.h"
#include "recording/summary.h"

/* Borrows the result. */
static void notify_handlers(struct plugin *plugin, janus_plugin_session *handle, json_t *result)
{
	if (plugin->settings.events && plugin->gateway->events_is_enabled())
		plugin->gateway->notify_event(plugin->self, handle, json_deep_copy(result));
}

void events_send(struct stream *stream, const char *word, json_t *more)
{
	struct session *session = stream->session;
	struct plugin *plugin = session->plugin;
	json_t *result = json_pack("{s:s, s:s, s:s}", "event", word, "stream", stream->name,
		"media_session_id", stream->media_session_id);
	if (more)
		json_object_update(result, more);
	json_decref(more);
	/*
	 * Nobody listens on a handle that is gone; a stopping gateway has no way left to it, and
	 * drops what is to be notified in its name.
	 */
	bool is_gone = session_is_destroyed(session);
	notify_handlers(plugin, is_gone ? NULL : session->handle, result);
	json_t *event = json_pack("{s:s, s:o}", "recorder", "event", "result", result);
	if (!is_gone)
		plugin->gateway->push_event(session->handle, plugin->self, NULL, event, NULL);
	json_decref(event);
}

void events_gone(struct stream *stream, const char *reason)
{
	struct log_place place = {.session = stream->session->id};
	log_info(place, "stream '%s' is gone: %s", stream->name, reason);
	events_send(stream, "gone", json_pack("{s:s}", "reason", reason));
}

static void describe_gap(json_t *more, const struct engine_event *event)
{
	const struct manifest_gap *gap = event->gap;
	json_object_set_new(more, "track", json_string(event->track));
	json_object_set_new(more, "reason", json_string(gap->reason));
	json_object_set_new(more, "from_us", json_integer(gap->from_us));
	json_object_set_new(more, "to_us", json_integer(gap->to_us));
	json_object_set_new(more, "packets", json_integer((json_int_t)gap->packets));
}

static bool is_end(const struct engine_event *event)
{
	return event->kind == ENGINE_RECORDING_FINISHED || event->kind == ENGINE_RECORDING_FAILED ||
	       event->kind == ENGINE_RECORDING_RECOVERED;
}

/* What goes with an event of a recording: a new reference. */
static json_t *describe(const struct engine_event *event)
{
	json_t *summary = recording_summary(event->recording);
	json_t *more = json_pack("{s:{s:O*, s:O*}}", "recording", "id",
		json_object_get(summary, "id"), "name", json_object_get(summary, "name"));
	if (event->file)
		json_object_set_new(more, "file", json_string(event->file));
	if (event->gap)
		describe_gap(more, event);
	if (event->reason)
		json_object_set_new(more, "reason", json_string(event->reason));
	if (is_end(event)) {
		static const char *const members[] = {
			"duration", "bytes", "packets", "files", "manifest"};
		for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
			json_object_set(more, members[i], json_object_get(summary, members[i]));
	}
	json_decref(summary);
	return more;
}

static struct stream *stream_of(struct plugin *plugin, struct recording *recording)
{
	json_t *manifest = recording_snapshot(recording);
	const char *id = json_string_value(json_object_get(manifest, "media_session_id"));
	struct stream *stream = id ? registry_find_id(plugin->registry, id) : NULL;
	json_decref(manifest);
	return stream;
}

/* An event of a recording without a stream: most often one that an earlier process left. */
static void notify_orphan(
	struct plugin *plugin, enum engine_event_kind kind, const char *stream, json_t *more)
{
	json_object_set_new(more, "event", json_string(engine_event_name(kind)));
	json_object_set_new(more, "stream", json_string(stream));
	notify_handlers(plugin, NULL, more);
	json_decref(more);
}

static void notify_deleted(struct plugin *plugin, const struct engine_event *event)
{
	const struct summary *summary = event->summary;
	json_t *more = json_pack("{s:{s:s, s:s}, s:s, s:I}", "recording", "id", summary->id, "name",
		summary->name, "reason", event->reason, "bytes", (json_int_t)summary->totals.bytes);
	notify_orphan(plugin, event->kind, summary->stream, more);
}

static void notify_disk(struct plugin *plugin, const struct engine_event *event)
{
	json_t *result = json_pack("{s:s, s:s, s:I}", "event", engine_event_name(event->kind),
		"folder", plugin->settings.recordings_folder, "available",
		(json_int_t)event->available);
	notify_handlers(plugin, NULL, result);
	json_decref(result);
}

/* What goes with an event of a hook: a new reference. */
static json_t *describe_hook(const struct engine_event *event)
{
	json_t *told = event->job->event;
	json_t *more = json_pack("{s:O*}", "recording", json_object_get(told, "recording"));
	json_object_set_new(more, "key", json_string(event->job->key));
	if (event->file)
		json_object_set_new(more, "file", json_string(event->file));
	if (event->kind == ENGINE_RECORDING_CONVERTED && event->result->made)
		json_object_set_new(more, "converted", hook_event_output(event->result->made));
	if (event->kind == ENGINE_CONVERSION_FAILED)
		json_object_set_new(more, "problem", json_string(event->reason));
	if (event->kind == ENGINE_HOOK_RESULT) {
		json_object_set_new(more, "hook", json_string(event->job->hook));
		json_object_set_new(more, "ok", json_boolean(event->result->is_ok));
		json_object_set_new(more, "code", json_integer(event->result->code));
		json_object_set_new(more, "detail", json_string(event->result->detail));
		json_object_set_new(
			more, "attempts", json_integer((json_int_t)event->result->attempts));
	}
	return more;
}

/* Its stream may be gone, or have been published to an earlier process. */
static void notify_hook(struct plugin *plugin, const struct engine_event *event)
{
	const char *id = hook_job_text(event->job, NULL, "media_session_id");
	struct stream *stream = id ? registry_find_id(plugin->registry, id) : NULL;
	json_t *more = describe_hook(event);
	if (stream)
		events_send(stream, engine_event_name(event->kind), more);
	else
		notify_orphan(plugin, event->kind, hook_job_text(event->job, NULL, "stream"), more);
	if (stream)
		stream_put(stream);
}

void events_on_engine(const struct engine_event *event, void *ctx)
{
	struct plugin *plugin = ctx;
	if (event->job) {
		notify_hook(plugin, event);
		return;
	}
	if (event->summary) {
		notify_deleted(plugin, event);
		return;
	}
	if (event->kind == ENGINE_KEYFRAME_WANTED) {
		feedback_poke(plugin->feedback);
		return;
	}
	if (!event->recording) {
		notify_disk(plugin, event);
		return;
	}
	struct stream *stream = stream_of(plugin, event->recording);
	if (!stream) {
		notify_orphan(
			plugin, event->kind, recording_stream(event->recording), describe(event));
		return;
	}
	if (is_end(event)) {
		stream_recording_forget(stream, event->recording);
		registry_release(plugin->registry, stream);
	}
	events_send(stream, engine_event_name(event->kind), describe(event));
	stream_put(stream);
}

void events_on_engine_log(enum engine_log_level level, const char *text, void *ctx)
{
	(void)ctx;
	struct log_place place = {0};
	if (level == ENGINE_LOG_INFO)
		log_info(place, "%s", text);
	else if (level == ENGINE_LOG_WARNING)
		log_warn(place, "%s", text);
	else
		log_error(place, "%s", text);
}
