/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See summary.h. */
#include "recording/summary.h"

#include <glib.h>

#include "common/clock.h"
#include "recording/name.h"

static char **part_files(const struct manifest *manifest)
{
	GPtrArray *files = g_ptr_array_new();
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++)
			g_ptr_array_add(files, g_strdup(track->parts[p].file));
	}
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(files, FALSE);
}

void summary_init(struct summary *out, const struct manifest *manifest)
{
	*out = (struct summary){
		.id = g_strdup(manifest->id),
		.name = g_strdup(manifest->name),
		.stream = g_strdup(manifest->stream),
		.reason = g_strdup(manifest->reason),
		.files = part_files(manifest),
		.state = manifest->state,
		.created_us = manifest->created_us,
		.ended_us = manifest->ended_us,
	};
	manifest_sum(&out->totals, manifest);
}

void summary_fini(struct summary *summary)
{
	g_free(summary->id);
	g_free(summary->name);
	g_free(summary->stream);
	g_free(summary->reason);
	g_strfreev(summary->files);
	*summary = (struct summary){0};
}

static json_t *time_to_json(int64_t real_us)
{
	char text[CLOCK_TEXT_SIZE];
	if (real_us == 0)
		return json_null();
	clock_format(text, real_us);
	return json_string(text);
}

json_t *summary_to_json(const struct summary *summary)
{
	json_t *files = json_array();
	for (char **file = summary->files; *file != NULL; file++)
		json_array_append_new(files, json_string(*file));
	g_autofree char *manifest = name_manifest_file(summary->name);
	return json_pack("{ss ss ss ss ss? so so sf sI sI so ss}", "id", summary->id, "name",
		summary->name, "stream", summary->stream, "state",
		manifest_state_name(summary->state), "reason", summary->reason, "created",
		time_to_json(summary->created_us), "ended", time_to_json(summary->ended_us),
		"duration", (double)summary->totals.duration_us / 1e6, "bytes",
		(json_int_t)summary->totals.bytes, "packets", (json_int_t)summary->totals.packets,
		"files", files, "manifest", manifest);
}
