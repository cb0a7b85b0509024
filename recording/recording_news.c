/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a recording tells the engine's owner, each thing once.
 *
 * All is read from the manifest: what is told has been entered there before.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/track_priv.h"

void recording_news_tell(
	struct recording *recording, enum engine_event_kind kind, const char *reason)
{
	const struct engine_event event = {kind, .recording = recording, .reason = reason};
	engine_emit(recording->engine, &event);
}

static void tell_gap(struct recording *recording, const struct manifest_track *track, size_t index)
{
	const struct engine_event gap = {
		.kind = ENGINE_GAP,
		.recording = recording,
		.track = track->label,
		.gap = &track->gaps[index],
	};
	engine_emit(recording->engine, &gap);
}

void recording_news_tell_gaps(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct manifest_track *track = &recording->manifest.tracks[i];
		while (recording->gaps_told[i] < track->gap_count)
			tell_gap(recording, track, recording->gaps_told[i]++);
	}
}

static void tell_part(struct recording *recording, const struct manifest_part *part)
{
	const struct engine *engine = recording->engine;
	if (part->is_doubtful)
		return; /* the log has told: see recording_parts.c */
	g_autofree char *file = g_build_filename(engine->params.folder, part->file, NULL);
	const struct engine_event finished = {
		ENGINE_PART_FINISHED, .recording = recording, .file = file};
	engine_emit(engine, &finished);
}

void recording_news_tell_pauses(struct recording *recording)
{
	const struct manifest *manifest = &recording->manifest;
	bool is_open = manifest_open_pause(manifest) != NULL;
	size_t changes = 2 * manifest->pause_count - is_open;
	for (; recording->pauses_told < changes; recording->pauses_told++)
		recording_news_tell(recording,
			recording->pauses_told % 2 == 0 ? ENGINE_RECORDING_PAUSED
							: ENGINE_RECORDING_CONTINUED,
			NULL);
}

/* A recording of another process has no tracks here, and all its parts have ended. */
static bool has_ended(const struct recording *recording, size_t track, uint32_t part_number)
{
	return recording->tracks[track] == NULL ||
	       !track_has_open_part(recording->tracks[track], part_number);
}

void recording_news_tell_parts(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct manifest_track *track = &recording->manifest.tracks[i];
		size_t *told = &recording->parts_told[i];
		while (*told < track->part_count &&
			has_ended(recording, i, track->parts[*told].number))
			tell_part(recording, &track->parts[(*told)++]);
	}
}
