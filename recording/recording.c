/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording: its start, its references, and what anybody may ask of it. See
 * recording.h; what its writer does has files of its own, see recording_priv.h.
 *
 * Locks: the index's (store.c), then a recording's, in this order and no other;
 * a writer's is held alone. None is held while the disk or the engine's owner is
 * called. (All are pthread's own: ThreadSanitizer cannot see into GLib's.) The
 * engine is not touched any more once a recording has ended, so the last reference
 * may be put after the engine is gone.
 */
#include "recording/recording.h"

#include <glib.h>

#include "recording/describe.h"
#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/recovery.h"
#include "recording/reserve.h"
#include "recording/space.h"
#include "recording/store.h"
#include "recording/track_priv.h"
#include "recording/writer.h"

/* --- start --- */

static int reserve_name(struct recording *recording, const struct recording_spec *spec)
{
	const struct engine_params *params = &recording->engine->params;
	struct manifest *manifest = &recording->manifest;
	const char *labels[RECORDING_ALL_TRACKS_MAX];
	for (size_t i = 0; i < manifest->track_count; i++)
		labels[i] = manifest->tracks[i].label;
	int err = name_reserve(&manifest->name, params->disk, params->folder, spec->name,
		spec->name_encoding, labels, manifest->track_count);
	if (err < 0)
		return err;
	g_autofree char *file = name_manifest_file(manifest->name);
	recording->manifest_path = g_build_filename(params->folder, file, NULL);
	return 0;
}

static int create_track(struct recording *recording, size_t index)
{
	const struct engine_params *params = &recording->engine->params;
	const struct manifest *manifest = &recording->manifest;
	const char *label = manifest->tracks[index].label;
	g_autofree char *ring_file = recovery_ring_file(manifest->engine, manifest->id, label);
	g_autofree char *ring_path = g_build_filename(params->ring_folder, ring_file, NULL);
	g_autofree char *part_file = name_part_file(manifest->name, label, recording->part_number,
		manifest_is_rotated(&manifest->rotation));
	const struct track_params track = {
		.ring_path = ring_path,
		.ring_size = params->ring_size,
		.clock = params->clock,
		.disk = params->disk,
		.folder = params->folder,
		.durability = params->durability,
		.stats = &recording->engine->stats,
		.pauses = &recording->pauses,
		.writer = recording->writer,
		.info = &manifest->tracks[index].info,
		.recording_id = manifest->id,
		.file = part_file,
	};
	return track_create(&recording->tracks[index], &track);
}

static int create_tracks(struct recording *recording)
{
	int err = 0;
	for (size_t i = 0; err == 0 && i < recording->manifest.track_count; i++)
		err = create_track(recording, i);
	return err;
}

void recording_unlink_rings(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (recording->tracks[i] != NULL)
			track_unlink(recording->tracks[i]);
}

int recording_start(
	struct recording **out, struct engine *engine, const struct recording_spec *spec)
{
	const struct disk *disk = engine->params.disk;
	int err = describe_check(spec);
	if (err == 0)
		err = space_judge(spec->why, engine->space);
	if (err < 0)
		return err;
	err = limits_enter(&engine->limits, spec->why, engine->params.recordings_max,
		engine->params.ring_folder, spec->track_count + 1);
	if (err < 0)
		return err;
	struct recording *recording = g_new0(struct recording, 1);
	atomic_init(&recording->references, 1); /* the caller's */
	pthread_mutex_init(&recording->lock, NULL);
	pauses_init(&recording->pauses);
	recording->engine = engine;
	recording->part_number = 1;
	recording->flush_us = clock_mono_us(engine->params.clock);
	recording->counts.grew_us = recording->flush_us;
	recording->rotation.limits = spec->rotation;
	recording->moves = atomic_load(&engine->owner->moves);
	recording->writer = engine_writer(engine);
	reserve_hold(engine->reserve);
	describe_recording(
		&recording->manifest, spec, engine->owner->id, clock_real_us(engine->params.clock));
	if ((err = reserve_name(recording, spec)) < 0)
		goto fail;
	if ((err = create_tracks(recording)) < 0 ||
		(err = recording_manifest_save(recording, &recording->manifest)) < 0)
		goto fail;

	*out = recording;
	store_add(engine->store, recording);
	stats_enter(&engine->stats, recording);
	writer_add(recording->writer, recording);
	const struct engine_event started = {ENGINE_RECORDING_STARTED, .recording = recording};
	engine_emit(engine, &started);
	return 0;
fail:
	limits_leave(&engine->limits, spec->track_count + 1);
	recording_unlink_rings(recording);
	if (recording->manifest_path != NULL)
		(void)disk->remove(disk->ctx, recording->manifest_path);
	recording_put(recording);
	return err;
}

/* --- any thread --- */

struct recording *recording_get(struct recording *recording)
{
	atomic_fetch_add_explicit(&recording->references, 1, memory_order_relaxed);
	return recording;
}

void recording_put(struct recording *recording)
{
	if (recording == NULL)
		return;
	if (atomic_fetch_sub_explicit(&recording->references, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_destroy(recording->tracks[i]);
	manifest_fini(&recording->manifest);
	pauses_fini(&recording->pauses);
	pthread_mutex_destroy(&recording->lock);
	g_free(recording->manifest_path);
	g_free(recording);
}

struct track *recording_track(struct recording *recording, size_t index)
{
	return index < recording->manifest.track_count ? recording->tracks[index] : NULL;
}

size_t recording_track_count(const struct recording *recording)
{
	return recording->manifest.track_count;
}

void recording_stop(struct recording *recording, const char *reason)
{
	const char *none = NULL;
	if (atomic_compare_exchange_strong(&recording->stop_reason, &none, reason))
		writer_wake(recording->writer);
}

bool recording_has_ended(struct recording *recording)
{
	return atomic_load(&recording->has_ended);
}

const char *recording_id(const struct recording *recording)
{
	return recording->manifest.id;
}

const char *recording_name(const struct recording *recording)
{
	return recording->manifest.name;
}

const char *recording_stream(const struct recording *recording)
{
	return recording->manifest.stream;
}

const char *recording_media_session_id(const struct recording *recording)
{
	return recording->manifest.media_session_id;
}

int64_t recording_created_us(const struct recording *recording)
{
	return recording->manifest.created_us;
}

json_t *recording_snapshot(struct recording *recording)
{
	pthread_mutex_lock(&recording->lock);
	struct manifest now = recording->manifest;
	now.hold = atomic_load(&recording->is_held);
	json_t *json = manifest_to_json(&now);
	pthread_mutex_unlock(&recording->lock);
	return json;
}

struct summary *recording_summarise(struct recording *recording)
{
	pthread_mutex_lock(&recording->lock);
	struct manifest now = recording->manifest;
	now.hold = atomic_load(&recording->is_held);
	struct summary *summary = summary_create(&now);
	pthread_mutex_unlock(&recording->lock);
	return summary;
}

void recording_hold(struct recording *recording, bool is_held)
{
	atomic_store(&recording->is_held, is_held);
}

json_t *recording_summary(struct recording *recording)
{
	struct summary *summary = recording_summarise(recording);
	json_t *json = summary_to_json(summary);
	summary_put(summary);
	return json;
}
