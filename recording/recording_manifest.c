/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording's manifest: kept up to date in memory, and on disk. */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/reserve.h"
#include "recording/track_priv.h"

/* How much there is in the lists that are only ever added to. */
static size_t length(const struct manifest_track *track)
{
	return track->part_count + track->gap_count + track->gaps_omitted;
}

/* The one on disk is behind when a part has begun, a gap ended, or it is held or let go. */
void recording_manifest_update(struct recording *recording)
{
	size_t news = 0;
	recording_pauses_enter(recording);
	bool is_held = atomic_load(&recording->is_held);
	pthread_mutex_lock(&recording->lock);
	news += is_held != recording->manifest.hold;
	recording->manifest.hold = is_held;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct manifest_track *track = &recording->manifest.tracks[i];
		size_t before = length(track);
		track_report(track, recording->tracks[i]);
		news += length(track) - before;
	}
	recording_stats_update(recording);
	pthread_mutex_unlock(&recording->lock);
	if (news > 0)
		recording->is_unsaved = true;
}

/* Whether the manifest that has our name is ours, or there is none. */
static bool is_ours(const struct recording *recording)
{
	struct manifest found = {0};
	int err = manifest_load(&found, recording->manifest_path, NULL);
	bool is_ours =
		err == -ENOENT || (err == 0 && strcmp(found.id, recording->manifest.id) == 0);
	manifest_fini(&found);
	return is_ours;
}

/* Whoever finds a manifest of ours must find us; and it goes over no other's. 0 or -errno. */
static int settle(struct recording *recording)
{
	struct engine *engine = recording->engine;
	int err = engine_settle(engine);
	unsigned moves = atomic_load(&engine->owner->moves);
	if (err < 0 || moves == recording->moves)
		return err;
	if (!is_ours(recording))
		return -ENOTUNIQ;
	recording->moves = moves;
	return 0;
}

/* What stands in it need not be kept in the rings. */
static void release(struct recording *recording, const struct manifest *saved)
{
	for (size_t i = 0; i < saved->track_count; i++)
		if (recording->tracks[i] != NULL)
			track_release(recording->tracks[i], &saved->tracks[i]);
}

int recording_manifest_save(struct recording *recording, const struct manifest *manifest)
{
	const struct disk *disk = recording->engine->params.disk;
	int err = settle(recording);
	if (err < 0)
		return err;
	json_t *json = manifest_to_json(manifest);
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	if (text == NULL)
		return -ENOMEM;
	err = disk->replace(disk->ctx, recording->manifest_path, text, strlen(text));
	free(text);
	stats_count(&recording->engine->stats.manifest_saves[err < 0 ? STATS_FAILED : STATS_OK]);
	if (err == 0)
		release(recording, manifest);
	return err;
}

int recording_manifest_save_anyway(struct recording *recording, const struct manifest *manifest)
{
	struct reserve *reserve = recording->engine->reserve;
	int err = recording_manifest_save(recording, manifest);
	if (!disk_is_full(err))
		return err;
	reserve_release(reserve);
	err = recording_manifest_save(recording, manifest);
	reserve_hold(reserve);
	return err;
}

void recording_manifest_keep(struct recording *recording)
{
	if (!recording->is_unsaved)
		return;
	int err = recording_manifest_save_anyway(recording, &recording->manifest);
	recording->is_unsaved = err < 0;
	bool is_news = err < 0 && err != recording->save_error;
	recording->save_error = err;
	if (is_news && !recording->is_suspended)
		engine_log(recording->engine, ENGINE_LOG_WARNING,
			"recording '%s': the manifest cannot be saved: %s",
			recording->manifest.name, g_strerror(-err));
}
