/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_event.h. */
#include "recording/hook_event.h"

#include <glib.h>

#include "common/clock.h"
#include "recording/hook.h"
#include "recording/hook_job.h"
#include "recording/name.h"
#include "recording/recording_priv.h"
#include "recording/summary.h"

static void set_time(json_t *json, const char *member, int64_t real_us)
{
	char text[CLOCK_TEXT_SIZE];
	clock_format(text, real_us);
	json_object_set_new(json, member, json_string(text));
}

/* Left out when there is none. Names of folders need not be UTF-8. */
static void set_text(json_t *json, const char *member, const char *text)
{
	if (text == NULL)
		return;
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	json_object_set_new(json, member, json_string(valid));
}

static bool is_end(enum engine_event_kind kind)
{
	return kind == ENGINE_RECORDING_FINISHED || kind == ENGINE_RECORDING_FAILED ||
	       kind == ENGINE_RECORDING_RECOVERED;
}

static void list_files(json_t *json, char *const *files)
{
	json_t *list = json_array();
	size_t count = 0;
	for (; files[count] != NULL; count++)
		if (count < HOOK_EVENT_FILES_MAX)
			json_array_append_new(list, json_string(files[count]));
	json_object_set_new(json, "files", list);
	if (count > HOOK_EVENT_FILES_MAX)
		json_object_set_new(json, "files_omitted",
			json_integer((json_int_t)(count - HOOK_EVENT_FILES_MAX)));
}

static void describe_end(json_t *json, struct recording *recording)
{
	struct summary *summary = recording_summarise(recording);
	const struct manifest_totals *totals = &summary->totals;
	g_auto(GStrv) files = summary_files(summary);
	set_text(json, "state", manifest_state_name(summary->state));
	set_text(json, "reason", summary->reason);
	set_time(json, "ended", summary->ended_us);
	json_object_set_new(json, "duration", json_real((double)totals->duration_us / 1e6));
	json_object_set_new(json, "bytes", json_integer((json_int_t)totals->bytes));
	json_object_set_new(json, "packets", json_integer((json_int_t)totals->packets));
	list_files(json, files);
	summary_put(summary);
}

/* What is constant in a recording needs no lock. */
static void describe_recording(json_t *json, struct recording *recording, const char *folder)
{
	const struct manifest *manifest = &recording->manifest;
	g_autofree char *file = name_manifest_file(manifest->name);
	set_text(json, "stream", manifest->stream);
	set_text(json, "media_session_id", manifest->media_session_id);
	set_text(json, "login", manifest->login);
	if (manifest->metadata != NULL)
		json_object_set_new(json, "metadata", json_deep_copy(manifest->metadata));
	json_object_set_new(json, "recording",
		json_pack("{ss ss}", "id", manifest->id, "name", manifest->name));
	set_text(json, "folder", folder);
	set_text(json, "manifest", file);
	set_time(json, "created", manifest->created_us);
}

json_t *hook_event_output(const struct manifest_output *made)
{
	return json_pack("{ss ss sf sI sb}", "file", made->file, "format", made->format, "duration",
		(double)made->duration_us / 1e6, "bytes", (json_int_t)made->bytes, "is_lossy",
		made->is_lossy);
}

json_t *hook_event_describe(const struct engine_event *event, const char *folder, int64_t real_us)
{
	json_t *json = event->job != NULL ? json_deep_copy(event->job->event) : json_object();
	set_text(json, "event", engine_event_name(event->kind));
	set_time(json, "time", real_us);
	set_text(json, "file", event->file);
	if (event->kind == ENGINE_RECORDING_CONVERTED && event->result->made != NULL)
		json_object_set_new(json, "converted", hook_event_output(event->result->made));
	if (event->kind == ENGINE_CONVERSION_FAILED)
		set_text(json, "problem", event->reason);
	if (event->recording != NULL)
		describe_recording(json, event->recording, folder);
	if (event->recording != NULL && is_end(event->kind))
		describe_end(json, event->recording);
	else if (event->recording != NULL)
		set_text(json, "state", manifest_state_name(MANIFEST_RECORDING));
	return json;
}
