/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manifest in memory and on disk; its JSON is made in manifest_json.c. */
#include "common/manifest.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "common/path.h"

static const char *const state_names[] = {
	[MANIFEST_RECORDING] = "recording",
	[MANIFEST_COMPLETE] = "complete",
	[MANIFEST_RECOVERED] = "recovered",
	[MANIFEST_FAILED] = "failed",
};

const char *manifest_state_name(enum manifest_state state)
{
	return state_names[state];
}

bool manifest_state_parse(enum manifest_state *out, const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(state_names); i++) {
		if (strcmp(state_names[i], name) == 0) {
			*out = (enum manifest_state)i;
			return true;
		}
	}
	return false;
}

bool manifest_is_rotated(const struct manifest_rotation *rotation)
{
	return rotation->duration_us > 0 || rotation->bytes > 0;
}

static void track_fini(struct manifest_track *track)
{
	g_free(track->label);
	g_free(track->mid);
	mjr_info_fini(&track->info);
	for (size_t i = 0; i < track->part_count; i++)
		g_free(track->parts[i].file);
	g_free(track->parts);
	for (size_t i = 0; i < track->gap_count; i++)
		g_free(track->gaps[i].reason);
	g_free(track->gaps);
}

void manifest_hook_fini(struct manifest_hook *hook)
{
	g_free(hook->hook);
	g_free(hook->action);
	g_free(hook->event);
	g_free(hook->key);
	g_free(hook->detail);
	g_free(hook->output);
	*hook = (struct manifest_hook){0};
}

void manifest_output_fini(struct manifest_output *output)
{
	g_free(output->file);
	g_free(output->format);
	json_decref(output->report);
	*output = (struct manifest_output){0};
}

void manifest_fini(struct manifest *manifest)
{
	g_free(manifest->id);
	g_free(manifest->name);
	g_free(manifest->stream);
	g_free(manifest->media_session_id);
	g_free(manifest->login);
	g_free(manifest->engine);
	g_free(manifest->reason);
	json_decref(manifest->metadata);
	for (size_t i = 0; i < manifest->track_count; i++)
		track_fini(&manifest->tracks[i]);
	g_free(manifest->tracks);
	for (size_t i = 0; i < manifest->interruption_count; i++)
		g_free(manifest->interruptions[i].reason);
	g_free(manifest->interruptions);
	g_free(manifest->pauses);
	for (size_t i = 0; i < manifest->hook_count; i++)
		manifest_hook_fini(&manifest->hooks[i]);
	g_free(manifest->hooks);
	for (size_t i = 0; i < manifest->output_count; i++)
		manifest_output_fini(&manifest->outputs[i]);
	g_free(manifest->outputs);
	*manifest = (struct manifest){0};
}

/* The capacity is the count rounded up to a power of two, so it need not be stored. */
static bool is_full(size_t count)
{
	return (count & (count - 1)) == 0;
}

struct manifest_track *manifest_add_track(struct manifest *manifest)
{
	size_t count = manifest->track_count;
	if (is_full(count))
		manifest->tracks =
			g_renew(struct manifest_track, manifest->tracks, count ? 2 * count : 1);
	manifest->tracks[count] = (struct manifest_track){0};
	manifest->track_count++;
	return &manifest->tracks[count];
}

struct manifest_part *manifest_add_part(struct manifest_track *track)
{
	size_t count = track->part_count;
	if (is_full(count))
		track->parts = g_renew(struct manifest_part, track->parts, count ? 2 * count : 1);
	track->parts[count] = (struct manifest_part){0};
	track->part_count++;
	return &track->parts[count];
}

struct manifest_gap *manifest_add_gap(struct manifest_track *track)
{
	size_t count = track->gap_count;
	if (is_full(count))
		track->gaps = g_renew(struct manifest_gap, track->gaps, count ? 2 * count : 1);
	track->gaps[count] = (struct manifest_gap){0};
	track->gap_count++;
	return &track->gaps[count];
}

struct manifest_interruption *manifest_add_interruption(struct manifest *manifest)
{
	size_t count = manifest->interruption_count;
	if (is_full(count))
		manifest->interruptions = g_renew(struct manifest_interruption,
			manifest->interruptions, count ? 2 * count : 1);
	manifest->interruptions[count] = (struct manifest_interruption){0};
	manifest->interruption_count++;
	return &manifest->interruptions[count];
}

struct manifest_pause *manifest_add_pause(struct manifest *manifest)
{
	size_t count = manifest->pause_count;
	if (is_full(count))
		manifest->pauses =
			g_renew(struct manifest_pause, manifest->pauses, count ? 2 * count : 1);
	manifest->pauses[count] = (struct manifest_pause){0};
	manifest->pause_count++;
	return &manifest->pauses[count];
}

struct manifest_pause *manifest_open_pause(const struct manifest *manifest)
{
	size_t count = manifest->pause_count;
	bool is_open = count > 0 && manifest->pauses[count - 1].to_us == 0;
	return is_open ? &manifest->pauses[count - 1] : NULL;
}

/* Nothing arrives within a pause: its middle tells most safely what comes before and after. */
bool manifest_passes_pause(
	const struct manifest_pause *pauses, size_t count, size_t *passed, int64_t arrival_us)
{
	size_t before = *passed;
	while (*passed < count && pauses[*passed].to_us != 0 &&
		arrival_us - pauses[*passed].from_us > pauses[*passed].to_us - arrival_us)
		(*passed)++;
	return *passed > before;
}

struct manifest_hook *manifest_add_hook(struct manifest *manifest)
{
	size_t count = manifest->hook_count;
	if (is_full(count))
		manifest->hooks =
			g_renew(struct manifest_hook, manifest->hooks, count ? 2 * count : 1);
	manifest->hooks[count] = (struct manifest_hook){0};
	manifest->hook_count++;
	return &manifest->hooks[count];
}

struct manifest_output *manifest_add_output(struct manifest *manifest)
{
	size_t count = manifest->output_count;
	if (is_full(count))
		manifest->outputs =
			g_renew(struct manifest_output, manifest->outputs, count ? 2 * count : 1);
	manifest->outputs[count] = (struct manifest_output){0};
	manifest->output_count++;
	return &manifest->outputs[count];
}

int64_t manifest_last_us(const struct manifest *manifest)
{
	int64_t last_us = manifest->created_us;
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++)
			last_us = MAX(last_us, track->parts[p].end_us);
	}
	return last_us;
}

void manifest_sum(struct manifest_totals *out, const struct manifest *manifest)
{
	int64_t first_us = INT64_MAX, last_us = 0;
	*out = (struct manifest_totals){0};
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++) {
			const struct manifest_part *part = &track->parts[p];
			out->packets += part->packets;
			out->bytes += part->bytes;
			if (part->packets == 0)
				continue;
			first_us = MIN(first_us, part->start_us);
			last_us = MAX(last_us, part->end_us);
		}
	}
	out->duration_us = last_us > first_us ? last_us - first_us : 0;
}

int manifest_save(const struct manifest *manifest, const char *folder)
{
	g_autofree char *file = g_strconcat(manifest->name, MANIFEST_SUFFIX, NULL);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	json_t *json = manifest_to_json(manifest);
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	int err = path_replace(path, text, strlen(text));
	free(text);
	return err;
}

int manifest_load(struct manifest *out, const char *path, char **what)
{
	g_autofree char *text = NULL;
	size_t len;
	*out = (struct manifest){0};
	int err = path_read(&text, &len, path, MANIFEST_SIZE_MAX);
	if (err < 0)
		return err;

	json_error_t error;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL) {
		if (what != NULL)
			*what = g_strdup_printf("line %d: %s", error.line, error.text);
		return -EBADMSG;
	}
	err = manifest_from_json(out, json, what);
	json_decref(json);
	return err;
}
