/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a recording: what all its tracks do together, so that parts of
 * one number belong to one time. Why and when is for the callers to say.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/recording_priv.h"
#include "recording/track_priv.h"

bool recording_parts_are_urgent(const struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (track_is_urgent(recording->tracks[i]))
			return true;
	return false;
}

static bool has_turn(struct track *track, enum recording_turn turn)
{
	return turn == RECORDING_ALL || track_is_urgent(track) ||
	       (turn == RECORDING_TICK && track_is_due(track));
}

int recording_parts_drain(struct recording *recording, enum recording_turn turn, uint8_t *scratch)
{
	int first = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct track *track = recording->tracks[i];
		if (!has_turn(track, turn))
			continue;
		uint64_t until = turn == RECORDING_ALL ? DRAIN_ALL : track->drain.until;
		int err = track_drain(track, until, scratch);
		if (first == 0)
			first = err;
	}
	return first;
}

int recording_parts_sync(struct recording *recording, int64_t now_us)
{
	int64_t tick_us = (int64_t)recording->engine->params.flush_interval_ms * 1000;
	int first = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		int err = track_sync(recording->tracks[i], now_us, tick_us);
		if (first == 0)
			first = err;
	}
	return first;
}

size_t recording_parts_pending(const struct recording *recording)
{
	size_t sum = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		sum += ring_pending(&recording->tracks[i]->ring);
	return sum;
}

/* Parts that may be lost are no reason to stop, but the recording will not be called complete. */
static void note_end(struct recording *recording, size_t index, int err)
{
	if (err == 0)
		return;
	if (recording->part_error == 0)
		recording->part_error = err;
	engine_log(recording->engine, ENGINE_LOG_ERROR,
		"recording '%s', %s: a part could not be completed: %s", recording->manifest.name,
		recording->manifest.tracks[index].label, g_strerror(-err));
}

void recording_parts_end(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		note_end(recording, i, track_suspend(recording->tracks[i]));
	recording_manifest_update(recording);
}

static void begin_part(struct recording *recording, size_t index)
{
	const struct manifest *manifest = &recording->manifest;
	g_autofree char *file = name_part_file(manifest->name, manifest->tracks[index].label,
		recording->part_number, manifest_is_rotated(&manifest->rotation));
	track_resume(recording->tracks[index], recording->part_number, file);
}

void recording_parts_switch(struct recording *recording, const bool *is_switched)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (is_switched[i])
			note_end(recording, i, track_end_part(recording->tracks[i]));
	recording_manifest_update(recording);
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (is_switched[i])
			begin_part(recording, i);
	recording->is_unsaved = true;
}

static bool is_used(const struct manifest *manifest, uint32_t number)
{
	for (size_t i = 0; i < manifest->track_count; i++) {
		const struct manifest_track *track = &manifest->tracks[i];
		if (track->part_count > 0 && track->parts[track->part_count - 1].number == number)
			return true;
	}
	return false;
}

void recording_parts_begin(struct recording *recording, bool is_taken)
{
	const struct manifest *manifest = &recording->manifest;
	for (size_t i = 0; i < manifest->track_count; i++)
		note_end(recording, i, track_end_part(recording->tracks[i]));
	recording_manifest_update(recording);
	if (is_taken || is_used(manifest, recording->part_number))
		recording->part_number++;
	for (size_t i = 0; i < manifest->track_count; i++)
		begin_part(recording, i);
}

int recording_parts_finish(struct recording *recording, uint8_t *scratch)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_close(recording->tracks[i]);
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		note_end(recording, i, track_finish(recording->tracks[i], scratch));
	recording_manifest_update(recording);
	return recording->part_error;
}
