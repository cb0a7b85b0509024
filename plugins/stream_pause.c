/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See stream_pause.h. */
#include "plugins/stream_pause.h"

#include <string.h>

#include "common/manifest.h"
#include "plugins/stream.h"
#include "plugins/stream_recording_priv.h"
#include "recording/recording.h"

/* What is asked for, and what has come of it. */
struct change {
	const char *id;         /* or NULL: all */
	const char *request_id; /* or NULL */
	bool is_pause;
	json_t *labels;
	GPtrArray *recordings; /* references */
	bool is_worn_out;      /* one has been paused too often */
};

static bool is_repeat(const struct change *change, const struct stream_recording *entry)
{
	const char *known = change->is_pause ? entry->pause_request_id : entry->resume_request_id;
	return change->request_id && g_strcmp0(known, change->request_id) == 0;
}

/* Called with the lock. */
static bool is_changeable(struct change *change, const struct stream_recording *entry)
{
	if (!entry->recording || entry->is_paused == change->is_pause)
		return false;
	bool is_worn_out = change->is_pause && entry->pauses >= MANIFEST_PAUSES_MAX;
	change->is_worn_out |= is_worn_out;
	return !is_worn_out;
}

/* Called with the lock. */
static void choose(struct change *change, struct stream_recording *entry)
{
	bool is_known = is_repeat(change, entry);
	bool is_chosen = !is_known && is_changeable(change, entry);
	if (is_known || is_chosen)
		json_array_append_new(change->labels, stream_recording_label(entry));
	if (!is_chosen)
		return;
	char **request_id = change->is_pause ? &entry->pause_request_id : &entry->resume_request_id;
	g_free(*request_id);
	*request_id = g_strdup(change->request_id);
	g_ptr_array_add(change->recordings, recording_get(entry->recording));
}

/* Called with the lock. A repeated request is for those that it was for, and for no others. */
static void choose_all(struct change *change, const struct stream *stream)
{
	bool is_known = false;
	for (size_t i = 0; i < stream->recordings->len; i++)
		is_known = is_known || is_repeat(change, stream_recording_at(stream, i));
	for (size_t i = 0; i < stream->recordings->len; i++) {
		struct stream_recording *entry = stream_recording_at(stream, i);
		bool is_meant = !change->id || strcmp(entry->id, change->id) == 0;
		if (is_meant && (!is_known || is_repeat(change, entry)))
			choose(change, entry);
	}
}

/* Called with the lock: of those that were chosen, what has not been stopped meanwhile. */
static void apply(const struct change *change, struct stream *stream)
{
	for (size_t i = 0; i < stream->recordings->len; i++) {
		struct stream_recording *entry = stream_recording_at(stream, i);
		if (!entry->recording ||
			!g_ptr_array_find(change->recordings, entry->recording, NULL))
			continue;
		entry->is_paused = change->is_pause;
		entry->pauses += change->is_pause;
		if (change->is_pause)
			stream_recording_starve(stream, entry);
		else
			stream_recording_feed(stream, entry);
	}
}

static void apply_locked(const struct change *change, struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	apply(change, stream);
	pthread_mutex_unlock(&stream->lock);
}

/* The engine is told while nothing is fed. */
static void carry_out(const struct change *change, struct stream *stream)
{
	if (change->is_pause) {
		apply_locked(change, stream);
		stream_recording_wait_for_media(stream);
	}
	for (size_t i = 0; i < change->recordings->len; i++) {
		if (change->is_pause)
			recording_pause(change->recordings->pdata[i]);
		else
			recording_resume(change->recordings->pdata[i]);
	}
	if (!change->is_pause)
		apply_locked(change, stream);
}

static enum error_code refuse(
	const struct change *change, struct stream *stream, bool is_recorded, struct fault *fault)
{
	if (!is_recorded && change->id)
		return errors_raise(
			fault, ERROR_CONFLICT, "recording '%s' has ended already", change->id);
	if (!is_recorded)
		return errors_raise(
			fault, ERROR_CONFLICT, "stream '%s' is not being recorded", stream->name);
	if (change->is_worn_out)
		return errors_raise(fault, ERROR_CONFLICT,
			"a recording of stream '%s' has been paused %d times already", stream->name,
			MANIFEST_PAUSES_MAX);
	return errors_raise(fault, ERROR_CONFLICT, "the recording of stream '%s' is %s",
		stream->name, change->is_pause ? "paused already" : "not paused");
}

/* Called with the lock. */
static bool is_recorded(const struct stream *stream, const char *id)
{
	bool is = false;
	for (size_t i = 0; i < stream->recordings->len; i++) {
		const struct stream_recording *entry = stream_recording_at(stream, i);
		is = is || (entry->recording && (!id || strcmp(entry->id, id) == 0));
	}
	return is;
}

static enum error_code run(
	json_t **out, struct change *change, struct stream *stream, struct fault *fault)
{
	g_autoptr(GPtrArray) recordings =
		g_ptr_array_new_with_free_func((GDestroyNotify)recording_put);
	change->recordings = recordings;
	change->labels = json_array();
	pthread_mutex_lock(&stream->lock);
	stream_recording_await_turn(stream);
	bool has_any = is_recorded(stream, change->id);
	choose_all(change, stream);
	stream->is_changing = true;
	pthread_mutex_unlock(&stream->lock);

	if (recordings->len > 0)
		carry_out(change, stream);

	pthread_mutex_lock(&stream->lock);
	stream_recording_end_turn(stream);
	pthread_mutex_unlock(&stream->lock);
	if (json_array_size(change->labels) > 0) {
		*out = change->labels;
		return ERROR_NONE;
	}
	json_decref(change->labels);
	return refuse(change, stream, has_any, fault);
}

enum error_code stream_pause_begin(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault)
{
	struct change change = {.id = id, .request_id = request_id, .is_pause = true};
	return run(out, &change, stream, fault);
}

enum error_code stream_pause_end(json_t **out, struct stream *stream, const char *id,
	const char *request_id, struct fault *fault)
{
	struct change change = {.id = id, .request_id = request_id, .is_pause = false};
	return run(out, &change, stream, fault);
}
