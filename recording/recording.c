/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording. See recording.h.
 *
 * Locks: the index's (store.c), then a recording's, in this order and no other;
 * a writer's is held alone. None is held while the disk or the engine's owner is
 * called. (All are pthread's own: ThreadSanitizer cannot see into GLib's.) The
 * engine is not touched any more once a recording has ended, so the last reference
 * may be put after the engine is gone.
 */
#include "recording/recording.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

enum {
	ALL_TRACKS_MAX = RECORDING_TRACKS_MAX + 1, /* with rtcp */
	RETRY_US = 1000000, /* how often a suspended recording tries to go on */
};

struct recording {
	/* constant after start */
	struct engine *engine; /* borrowed until the end */
	struct writer *writer; /* borrowed until the end */
	char *manifest_path;
	struct track *tracks[ALL_TRACKS_MAX];

	/* atomic */
	atomic_int references;
	_Atomic(const char *) stop_reason; /* NULL: nobody has stopped it */
	atomic_bool has_ended;

	/* owned by the writer */
	size_t gaps_announced[ALL_TRACKS_MAX];
	int error;         /* what suspends it, or what it ends with */
	bool is_suspended; /* parts are closed, rings fill */
	int64_t retry_us;  /* monotonic; while suspended */
	bool is_unsaved;   /* the manifest on disk is behind */
	uint32_t part_number;
	size_t announced[MANIFEST_TRACKS_MAX]; /* parts that the owner knows to be finished */

	/* protected by `lock`, but id, name, stream, created_us and the number of tracks */
	pthread_mutex_t lock;
	struct manifest manifest;
};

/* --- start --- */

static int reserve_name(struct recording *recording, const char *wanted)
{
	const struct engine_params *params = &recording->engine->params;
	struct manifest *manifest = &recording->manifest;
	const char *labels[ALL_TRACKS_MAX];
	for (size_t i = 0; i < manifest->track_count; i++)
		labels[i] = manifest->tracks[i].label;
	int err = name_reserve(&manifest->name, params->disk, params->folder, wanted, labels,
		manifest->track_count);
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
	g_autofree char *part_file = name_part_file(manifest->name, label, recording->part_number);
	const struct track_params track = {
		.ring_path = ring_path,
		.ring_size = params->ring_size,
		.clock = params->clock,
		.disk = params->disk,
		.folder = params->folder,
		.durability = params->durability,
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

/* Only the writer changes the manifest once the recording has started, so it needs no lock here. */
static int save_manifest(const struct recording *recording, const struct manifest *manifest)
{
	const struct disk *disk = recording->engine->params.disk;
	json_t *json = manifest_to_json(manifest);
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	int err = disk->replace(disk->ctx, recording->manifest_path, text, strlen(text));
	free(text);
	return err;
}

static void unlink_rings(struct recording *recording)
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
		err = space_look(engine->space, 0);
	if (err < 0)
		return err;
	err = limits_enter(&engine->limits, spec->why, engine->params.recordings_max,
		engine->params.ring_folder, spec->track_count + 1);
	if (err < 0)
		return err;
	struct recording *recording = g_new0(struct recording, 1);
	atomic_init(&recording->references, 1); /* the caller's */
	pthread_mutex_init(&recording->lock, NULL);
	recording->engine = engine;
	recording->part_number = 1;
	recording->writer = engine_writer(engine);
	reserve_hold(engine->reserve);
	describe_recording(
		&recording->manifest, spec, engine->owner->id, clock_real_us(engine->params.clock));
	if ((err = reserve_name(recording, spec->name)) < 0)
		goto fail;
	if ((err = create_tracks(recording)) < 0 ||
		(err = save_manifest(recording, &recording->manifest)) < 0)
		goto fail;

	*out = recording;
	store_add(engine->store, recording);
	writer_add(recording->writer, recording);
	const struct engine_event started = {ENGINE_RECORDING_STARTED, .recording = recording};
	engine_emit(engine, &started);
	return 0;
fail:
	limits_leave(&engine->limits, spec->track_count + 1);
	unlink_rings(recording);
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

int64_t recording_created_us(const struct recording *recording)
{
	return recording->manifest.created_us;
}

json_t *recording_snapshot(struct recording *recording)
{
	pthread_mutex_lock(&recording->lock);
	json_t *json = manifest_to_json(&recording->manifest);
	pthread_mutex_unlock(&recording->lock);
	return json;
}

void recording_summarise(struct summary *out, struct recording *recording)
{
	pthread_mutex_lock(&recording->lock);
	summary_init(out, &recording->manifest);
	pthread_mutex_unlock(&recording->lock);
}

json_t *recording_summary(struct recording *recording)
{
	struct summary summary;
	recording_summarise(&summary, recording);
	json_t *json = summary_to_json(&summary);
	summary_fini(&summary);
	return json;
}

/* --- writer --- */

/* 0 or the first error; a track that has one is suspended, the others are drained. */
static int drain_tracks(struct recording *recording, bool all, uint8_t *scratch)
{
	int first = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct track *track = recording->tracks[i];
		if (!all && !track_is_urgent(track))
			continue;
		int err = track_drain(track, scratch);
		if (first == 0)
			first = err;
	}
	return first;
}

static int sync_tracks(struct recording *recording, int64_t now_us)
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

static void close_tracks(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_close(recording->tracks[i]);
}

/* Only the writer changes the manifest, so it may read it without the lock. */
static void announce_gaps(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct manifest_track *track = &recording->manifest.tracks[i];
		size_t *announced = &recording->gaps_announced[i];
		for (; *announced < track->gap_count; ++*announced) {
			const struct engine_event gap = {
				.kind = ENGINE_GAP,
				.recording = recording,
				.track = track->label,
				.gap = &track->gaps[*announced],
			};
			engine_emit(recording->engine, &gap);
		}
	}
}

/* Brings the manifest up to date; the one on disk is behind when a part has begun, or a gap ended.
 */
static void report_tracks(struct recording *recording)
{
	size_t news = 0;
	pthread_mutex_lock(&recording->lock);
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct manifest_track *track = &recording->manifest.tracks[i];
		size_t before = track->part_count + track->gap_count;
		track_report(track, recording->tracks[i]);
		news += track->part_count + track->gap_count - before;
	}
	pthread_mutex_unlock(&recording->lock);
	if (news > 0)
		recording->is_unsaved = true;
}

/* On a full disk, in the space that is held back for it. */
static int save_in_reserve(const struct recording *recording, const struct manifest *manifest)
{
	struct reserve *reserve = recording->engine->reserve;
	int err = save_manifest(recording, manifest);
	if (!disk_is_full(err))
		return err;
	reserve_release(reserve);
	err = save_manifest(recording, manifest);
	reserve_hold(reserve);
	return err;
}

/* Keeps the manifest on disk up to date; what the disk refuses is tried again at the next tick. */
static void save_changes(struct recording *recording)
{
	if (!recording->is_unsaved)
		return;
	int err = save_in_reserve(recording, &recording->manifest);
	recording->is_unsaved = err < 0;
	if (err < 0 && !recording->is_suspended)
		engine_log(recording->engine, ENGINE_LOG_WARNING,
			"recording '%s': the manifest cannot be saved: %s",
			recording->manifest.name, g_strerror(-err));
}

static void announce_part(struct recording *recording, const struct manifest_part *part)
{
	const struct engine *engine = recording->engine;
	g_autofree char *file = g_build_filename(engine->params.folder, part->file, NULL);
	const struct engine_event finished = {
		ENGINE_PART_FINISHED, .recording = recording, .file = file};
	engine_emit(engine, &finished);
}

/* Only the writer changes the manifest, so it may read it without the lock. */
static void announce_parts(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct manifest_track *track = &recording->manifest.tracks[i];
		while (recording->announced[i] < track->part_count)
			announce_part(recording, &track->parts[recording->announced[i]++]);
	}
}

static void announce(struct recording *recording, enum engine_event_kind kind, const char *reason)
{
	const struct engine_event event = {kind, .recording = recording, .reason = reason};
	engine_emit(recording->engine, &event);
}

static void close_parts(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_suspend(recording->tracks[i]);
	report_tracks(recording);
}

/* Ends all parts: from here on packets wait in the rings. */
static void suspend(struct recording *recording, int error, int64_t now_us, uint8_t *scratch)
{
	const char *reason = disk_error_reason(error);
	recording->error = error;
	recording->is_suspended = true;
	recording->retry_us = now_us + RETRY_US;
	/* What waits in the other tracks may still have room. */
	(void)drain_tracks(recording, true, scratch);
	close_parts(recording);
	pthread_mutex_lock(&recording->lock);
	*manifest_add_interruption(&recording->manifest) = (struct manifest_interruption){
		.reason = g_strdup(reason),
		.from_us = clock_real_us(recording->engine->params.clock),
	};
	pthread_mutex_unlock(&recording->lock);
	recording->is_unsaved = true;
	save_changes(recording);
	announce_parts(recording);
	announce(recording, ENGINE_RECORDING_SUSPENDED, reason);
}

static size_t pending(const struct recording *recording)
{
	size_t sum = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		sum += ring_pending(recording->tracks[i]->ring);
	return sum;
}

/* The number of the parts that come next: all tracks begin new ones, if only one has had any. */
static uint32_t next_part(const struct recording *recording)
{
	const struct manifest *manifest = &recording->manifest;
	bool is_used = recording->error == -EEXIST;
	for (size_t i = 0; i < manifest->track_count; i++) {
		const struct manifest_track *track = &manifest->tracks[i];
		if (track->part_count > 0)
			is_used |= track->parts[track->part_count - 1].number ==
				   recording->part_number;
	}
	return recording->part_number + (is_used ? 1 : 0);
}

static void begin_parts(struct recording *recording)
{
	const struct manifest *manifest = &recording->manifest;
	recording->part_number = next_part(recording);
	for (size_t i = 0; i < manifest->track_count; i++) {
		g_autofree char *file = name_part_file(
			manifest->name, manifest->tracks[i].label, recording->part_number);
		track_resume(recording->tracks[i], recording->part_number, file);
	}
}

static void end_interruption(struct recording *recording, int64_t to_us)
{
	struct manifest *manifest = &recording->manifest;
	pthread_mutex_lock(&recording->lock);
	manifest->interruptions[manifest->interruption_count - 1].to_us = to_us;
	pthread_mutex_unlock(&recording->lock);
}

/*
 * Writes what waits to new parts, and the manifest, which shows that the disk works where nothing
 * waits. The last time, what is held in reserve may be used up, and the manifest has yet to come.
 */
static int try_again(struct recording *recording, bool is_last, uint8_t *scratch)
{
	int err = is_last ? 0 : space_look(recording->engine->space, pending(recording));
	if (err < 0)
		return err;
	begin_parts(recording);
	if ((err = drain_tracks(recording, true, scratch)) < 0)
		goto fail;
	report_tracks(recording);
	end_interruption(recording, clock_real_us(recording->engine->params.clock));
	if (is_last || (err = save_manifest(recording, &recording->manifest)) == 0)
		return 0;
	end_interruption(recording, 0);
fail:
	close_parts(recording);
	return err;
}

static void resume(struct recording *recording, bool is_last, int64_t now_us, uint8_t *scratch)
{
	recording->error = try_again(recording, is_last, scratch);
	recording->is_suspended = recording->error < 0;
	recording->retry_us = now_us + RETRY_US;
	if (recording->is_suspended)
		return;
	recording->is_unsaved = false;
	announce(recording, ENGINE_RECORDING_RESUMED, NULL);
}

bool recording_flush(struct recording *recording, bool all, uint8_t *scratch)
{
	/* Before the rings are read: then all that was pushed before the stop is found. */
	bool is_stopped = atomic_load(&recording->stop_reason) != NULL;
	int64_t now_us = clock_mono_us(recording->engine->params.clock);
	if (!recording->is_suspended) {
		int err = space_watch(recording->engine->space, now_us);
		if (err == 0)
			err = drain_tracks(recording, all || is_stopped, scratch);
		if (err == 0)
			err = sync_tracks(recording, now_us);
		if (err < 0)
			suspend(recording, err, now_us, scratch);
	}
	if (recording->is_suspended && (is_stopped || now_us >= recording->retry_us))
		resume(recording, is_stopped, now_us, scratch);
	if (is_stopped)
		return true;
	report_tracks(recording);
	save_changes(recording);
	announce_gaps(recording);
	return false;
}

static void finish_tracks(struct recording *recording, uint8_t *scratch)
{
	close_tracks(recording);
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		int err = track_finish(recording->tracks[i], scratch);
		if (recording->error == 0)
			recording->error = err;
	}
	report_tracks(recording);
}

/* The manifest that says how it ended; shares all but the reason with the recording's own. */
static struct manifest concluded(const struct recording *recording)
{
	struct manifest manifest = recording->manifest;
	bool has_failed = recording->error < 0;
	manifest.state = has_failed ? MANIFEST_FAILED : MANIFEST_COMPLETE;
	manifest.engine = NULL;
	manifest.reason = g_strdup(has_failed ? disk_error_reason(recording->error)
					      : atomic_load(&recording->stop_reason));
	manifest.ended_us = clock_real_us(recording->engine->params.clock);
	return manifest;
}

/* From here on everybody who asks is told; takes the reason. */
static void conclude(struct recording *recording, const struct manifest *last)
{
	struct manifest *manifest = &recording->manifest;
	pthread_mutex_lock(&recording->lock);
	g_free(manifest->reason);
	manifest->state = last->state;
	manifest->reason = last->reason;
	manifest->ended_us = last->ended_us;
	pthread_mutex_unlock(&recording->lock);
}

static void announce_end(struct recording *recording)
{
	static const enum engine_event_kind KINDS[] = {
		[MANIFEST_COMPLETE] = ENGINE_RECORDING_FINISHED,
		[MANIFEST_RECOVERED] = ENGINE_RECORDING_RECOVERED,
		[MANIFEST_FAILED] = ENGINE_RECORDING_FAILED,
	};
	const struct manifest *manifest = &recording->manifest;
	announce_parts(recording);
	announce(recording, KINDS[manifest->state], manifest->reason);
}

void recording_finish(struct recording *recording, uint8_t *scratch)
{
	finish_tracks(recording, scratch);
	struct manifest last = concluded(recording);
	int err = save_in_reserve(recording, &last);
	if (err == 0) {
		unlink_rings(recording);
	} else if (recording->error == 0) {
		/* The rings stay: from them, a later process completes the manifest. */
		atomic_store(&recording->engine->has_unfinished, true);
		recording->error = err;
		g_free(last.reason);
		last = concluded(recording);
	}
	conclude(recording, &last);
	limits_leave(&recording->engine->limits, recording->manifest.track_count);
	store_end(recording->engine->store, recording);
	atomic_store(&recording->has_ended, true);
	announce_gaps(recording);
	announce_end(recording);
}

int recording_recover(struct engine *engine, struct manifest *manifest)
{
	struct recording *recording = g_new0(struct recording, 1);
	atomic_init(&recording->references, 1); /* ours */
	atomic_init(&recording->has_ended, true);
	pthread_mutex_init(&recording->lock, NULL);
	recording->engine = engine;
	recording->manifest = *manifest;
	*manifest = (struct manifest){0};
	g_autofree char *file = name_manifest_file(recording->manifest.name);
	recording->manifest_path = g_build_filename(engine->params.folder, file, NULL);
	int err = save_in_reserve(recording, &recording->manifest);
	if (err == 0) {
		store_recover(engine->store, recording);
		announce_end(recording);
	}
	recording_put(recording);
	return err;
}
