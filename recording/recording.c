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

#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/recovery.h"
#include "recording/reserve.h"
#include "recording/store.h"
#include "recording/track_priv.h"
#include "recording/writer.h"

enum {
	ALL_TRACKS_MAX = RECORDING_TRACKS_MAX + 1 /* with rtcp */
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
	int error; /* the first that the disk gave */
	size_t gaps_announced[ALL_TRACKS_MAX];

	/* protected by `lock`, but id, name, stream, created_us and the number of tracks */
	pthread_mutex_t lock;
	struct manifest manifest;
};

/* --- start --- */

/* Every track of the manifest, with what is known before the first packet. */
static void describe_tracks(struct manifest *manifest, const struct recording_spec *spec)
{
	size_t kinds[3] = {0};
	for (size_t i = 0; i < spec->track_count; i++) {
		const struct recording_track_spec *from = &spec->tracks[i];
		struct manifest_track *track = manifest_add_track(manifest);
		char label[NAME_LABEL_SIZE];
		track->kind = from->info.codec->kind;
		name_label(label, track->kind, kinds[track->kind]++);
		track->label = g_strdup(label);
		track->mid = g_strdup(from->mid);
		track->mindex = from->mindex;
		mjr_info_copy(&track->info, &from->info);
		track->info.created_us = manifest->created_us;
		track->info.first_frame_us = 0;
	}
	struct manifest_track *rtcp = manifest_add_track(manifest);
	rtcp->kind = CODEC_DATA;
	rtcp->label = g_strdup("rtcp");
	rtcp->mindex = -1;
	rtcp->info.codec = codec_find("binary");
	rtcp->info.created_us = manifest->created_us;
}

static void describe(struct manifest *manifest, const struct recording_spec *spec,
	const char *engine_id, int64_t now_us)
{
	*manifest = (struct manifest){
		.id = g_uuid_string_random(),
		.stream = g_strdup(spec->stream),
		.media_session_id = g_strdup(spec->media_session_id),
		.login = g_strdup(spec->login),
		.engine = g_strdup(engine_id),
		.metadata = json_deep_copy(spec->metadata),
		.state = MANIFEST_RECORDING,
		.created_us = now_us,
	};
	describe_tracks(manifest, spec);
}

static int check(const struct recording_spec *spec)
{
	if (spec->track_count == 0 || spec->track_count > RECORDING_TRACKS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < spec->track_count; i++) {
		uint8_t header[MJR_HEADER_MAX];
		struct mjr_info info = spec->tracks[i].info;
		/* The longest that the times can be. */
		info.created_us = info.first_frame_us = CLOCK_REAL_MAX_US;
		int size = mjr_info_build(header, sizeof header, &info);
		if (size < 0)
			return size;
	}
	return 0;
}

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
	g_autofree char *part_file = name_part_file(manifest->name, label);
	const struct track_params track = {
		.ring_path = ring_path,
		.ring_size = params->ring_size,
		.clock = params->clock,
		.disk = params->disk,
		.folder = params->folder,
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
	int err = check(spec);
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
	recording->writer = engine_writer(engine);
	reserve_hold(engine->reserve);
	describe(
		&recording->manifest, spec, engine->owner->id, clock_real_us(engine->params.clock));
	if ((err = reserve_name(recording, spec->name)) < 0)
		goto fail;
	if ((err = create_tracks(recording)) < 0 ||
		(err = save_manifest(recording, &recording->manifest)) < 0)
		goto fail;

	*out = recording;
	store_add(engine->store, recording);
	writer_add(recording->writer, recording);
	const struct engine_event started = {
		.kind = ENGINE_RECORDING_STARTED,
		.recording = recording,
	};
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

static void drain_tracks(struct recording *recording, bool all, uint8_t *scratch)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct track *track = recording->tracks[i];
		if (!all && !track_is_urgent(track))
			continue;
		int err = track_drain(track, scratch);
		if (recording->error == 0)
			recording->error = err;
	}
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

/* Brings the manifest up to date; true when it should be saved: a part has begun, or a gap ended.
 */
static bool report_tracks(struct recording *recording)
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
	return news > 0;
}

bool recording_flush(struct recording *recording, bool all, uint8_t *scratch)
{
	/* Before the rings are read: then all that was pushed before the stop is found. */
	bool is_stopped = atomic_load(&recording->stop_reason) != NULL;
	drain_tracks(recording, all || is_stopped, scratch);
	if (recording->error < 0) {
		close_tracks(recording);
		/* What waits in the other tracks may still have room. */
		drain_tracks(recording, true, scratch);
	}
	if (is_stopped || recording->error < 0)
		return true;
	if (report_tracks(recording)) {
		int err = save_manifest(recording, &recording->manifest);
		if (err < 0)
			engine_log(recording->engine, ENGINE_LOG_WARNING,
				"recording '%s': the manifest cannot be saved: %s",
				recording->manifest.name, g_strerror(-err));
		announce_gaps(recording);
	}
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

/* The last word: on a full disk, in the space that is held back for it. */
static int save_last_manifest(const struct recording *recording, const struct manifest *last)
{
	struct reserve *reserve = recording->engine->reserve;
	int err = save_manifest(recording, last);
	if (!disk_is_full(err))
		return err;
	reserve_release(reserve);
	err = save_manifest(recording, last);
	reserve_hold(reserve);
	return err;
}

/* Only the writer changes the manifest, so it may read it without the lock. */
static void announce_parts(struct recording *recording, const struct manifest_track *track)
{
	const struct engine *engine = recording->engine;
	for (size_t i = 0; i < track->part_count; i++) {
		g_autofree char *file =
			g_build_filename(engine->params.folder, track->parts[i].file, NULL);
		const struct engine_event finished = {
			.kind = ENGINE_PART_FINISHED,
			.recording = recording,
			.file = file,
		};
		engine_emit(engine, &finished);
	}
}

static void announce_end(struct recording *recording)
{
	static const enum engine_event_kind KINDS[] = {
		[MANIFEST_COMPLETE] = ENGINE_RECORDING_FINISHED,
		[MANIFEST_RECOVERED] = ENGINE_RECORDING_RECOVERED,
		[MANIFEST_FAILED] = ENGINE_RECORDING_FAILED,
	};
	const struct manifest *manifest = &recording->manifest;
	for (size_t i = 0; i < manifest->track_count; i++)
		announce_parts(recording, &manifest->tracks[i]);
	const struct engine_event ended = {
		.kind = KINDS[manifest->state],
		.recording = recording,
		.reason = manifest->reason,
	};
	engine_emit(recording->engine, &ended);
}

void recording_finish(struct recording *recording, uint8_t *scratch)
{
	const char *none = NULL;
	finish_tracks(recording, scratch);
	/* A stop that comes after a failure finds nothing to do. */
	atomic_compare_exchange_strong(&recording->stop_reason, &none, "failed");
	struct manifest last = concluded(recording);
	int err = save_last_manifest(recording, &last);
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
	int err = save_last_manifest(recording, &recording->manifest);
	if (err == 0) {
		store_recover(engine->store, recording);
		announce_end(recording);
	}
	recording_put(recording);
	return err;
}
