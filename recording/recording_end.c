/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a recording ends: complete or failed, on its writer; or recovered, of
 * another process, on the thread of recovery.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/store.h"

/* The manifest that says how it ended; shares all but the reason with the recording's own. */
static struct manifest concluded(const struct recording *recording)
{
	struct manifest manifest = recording->manifest;
	bool has_failed = recording->error < 0;
	manifest.state = has_failed ? MANIFEST_FAILED : MANIFEST_COMPLETE;
	manifest.engine = NULL;
	manifest.reason = g_strdup(has_failed ? disk_error_reason(recording->error)
					      : atomic_load(&recording->stop_reason));
	/* The wall clock may have been set back. */
	manifest.ended_us = MAX(clock_real_us(recording->engine->params.clock),
		manifest_last_us(&recording->manifest));
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

static void tell_end(struct recording *recording)
{
	static const enum engine_event_kind KINDS[] = {
		[MANIFEST_COMPLETE] = ENGINE_RECORDING_FINISHED,
		[MANIFEST_RECOVERED] = ENGINE_RECORDING_RECOVERED,
		[MANIFEST_FAILED] = ENGINE_RECORDING_FAILED,
	};
	const struct manifest *manifest = &recording->manifest;
	recording_news_tell_parts(recording);
	recording_news_tell(recording, KINDS[manifest->state], manifest->reason);
}

void recording_finish(struct recording *recording, uint8_t *scratch)
{
	int err = recording_parts_finish(recording, scratch);
	if (recording->error == 0)
		recording->error = err;
	recording_news_tell_pauses(recording);
	recording_pauses_finish(recording);
	struct manifest last = concluded(recording);
	err = recording_manifest_save_anyway(recording, &last);
	if (err < 0 && recording->error == 0) {
		/* The rings stay: from them, a later process completes the manifest. */
		atomic_store(&recording->engine->has_unfinished, true);
		recording->error = err;
		g_free(last.reason);
		last = concluded(recording);
	}
	conclude(recording, &last);
	limits_leave(&recording->engine->limits, recording->manifest.track_count);
	stats_leave(&recording->engine->stats, recording,
		last.state == MANIFEST_FAILED ? STATS_END_FAILED : STATS_END_COMPLETE);
	store_end(recording->engine->store, recording, err == 0);
	atomic_store(&recording->has_ended, true);
	recording_news_tell_gaps(recording);
	tell_end(recording);
	/* Last: a later process that finds rings tells it once more. */
	if (err == 0)
		recording_unlink_rings(recording);
	store_told(recording->engine->store, recording->manifest.id);
}

/* Of another process, and ended; takes what the manifest owns. */
static struct recording *adopt(struct engine *engine, struct manifest *manifest)
{
	struct recording *recording = g_new0(struct recording, 1);
	atomic_init(&recording->references, 1); /* ours */
	atomic_init(&recording->has_ended, true);
	atomic_init(&recording->is_held, manifest->hold);
	pthread_mutex_init(&recording->lock, NULL);
	pauses_init(&recording->pauses);
	recording->engine = engine;
	recording->moves = atomic_load(&engine->owner->moves);
	recording->manifest = *manifest;
	*manifest = (struct manifest){0};
	g_autofree char *file = name_manifest_file(recording->manifest.name);
	recording->manifest_path = g_build_filename(engine->params.folder, file, NULL);
	return recording;
}

int recording_recover(struct engine *engine, struct manifest *manifest)
{
	struct recording *recording = adopt(engine, manifest);
	int err = recording_manifest_save_anyway(recording, &recording->manifest);
	if (err == 0) {
		stats_count_recovered(&engine->stats);
		store_recover(engine->store, recording);
		tell_end(recording);
		store_told(engine->store, recording->manifest.id);
	}
	recording_put(recording);
	return err;
}

void recording_tell_again(struct engine *engine, struct manifest *manifest)
{
	struct recording *recording = adopt(engine, manifest);
	tell_end(recording);
	recording_put(recording);
}
