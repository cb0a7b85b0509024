/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See recovery.h. */
#include "recording/recovery.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/engine_priv.h"
#include "recording/name.h"
#include "recording/owner.h"
#include "recording/recording_priv.h"
#include "recording/reserve.h"
#include "recording/ring.h"
#include "recording/salvage.h"
#include "recording/store.h"

#define RING_SUFFIX ".ring"
#define REASON      "process_killed"

enum {
	UUID_SIZE = 36
};

struct recovery {
	/* constant after create */
	struct engine *engine; /* borrowed */
	struct owner_others others;
	GThread *thread; /* NULL: there is nothing to do */

	atomic_bool is_ending;

	/* owned by the thread, once it has started */
	GPtrArray *names; /* of the manifests to be looked at */
	GHashTable *kept; /* a set of ids: engines of which something is left */
	GHashTable *told; /* likewise: recordings that had ended, and whose end was told again */
};

char *recovery_ring_file(const char *engine_id, const char *recording_id, const char *label)
{
	return g_strdup_printf("%s_%s-%s" RING_SUFFIX, engine_id, recording_id, label);
}

/* --- before anything is recorded --- */

static bool is_temporary(const char *folder, const char *file)
{
	if (g_str_has_prefix(file, PATH_TEMPORARY_PREFIX) ||
		g_str_has_prefix(file, RESERVE_TEMPORARY_PREFIX))
		return true;
	/* A name that was reserved by a start that never came to its end. */
	g_autofree char *path = g_build_filename(folder, file, NULL);
	struct stat st;
	return g_str_has_suffix(file, MANIFEST_SUFFIX) && lstat(path, &st) == 0 &&
	       S_ISREG(st.st_mode) && st.st_size == 0;
}

static GPtrArray *list(const char *folder, bool (*is_wanted)(const char *folder, const char *file))
{
	GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
		if (is_wanted(folder, file))
			g_ptr_array_add(files, g_strdup(file));
	g_clear_pointer(&dir, g_dir_close);
	return files;
}

struct recovery *recovery_create(struct engine *engine)
{
	const char *folder = engine->params.folder;
	const struct disk *disk = engine->params.disk;
	struct recovery *recovery = g_new0(struct recovery, 1);
	recovery->engine = engine;
	recovery->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	recovery->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	/* In this order: whoever has made one of the files is seen to live. */
	g_autoptr(GPtrArray) files = list(folder, is_temporary);
	owner_others_init(&recovery->others, folder, engine->params.ring_folder, engine->owner);
	bool is_theirs =
		g_hash_table_size(recovery->others.living) == 0 && recovery->others.dead->len > 0;
	for (guint i = 0; is_theirs && i < files->len; i++) {
		g_autofree char *path = g_build_filename(folder, files->pdata[i], NULL);
		(void)disk->remove(disk->ctx, path);
	}
	return recovery;
}

GHashTable *recovery_living(const struct recovery *recovery)
{
	return recovery->others.living;
}

void recovery_wait(struct recovery *recovery)
{
	if (recovery->thread != NULL)
		g_thread_join(g_steal_pointer(&recovery->thread));
}

void recovery_destroy(struct recovery *recovery)
{
	if (recovery == NULL)
		return;
	atomic_store(&recovery->is_ending, true);
	recovery_wait(recovery);
	owner_others_fini(&recovery->others);
	g_clear_pointer(&recovery->names, g_ptr_array_unref);
	g_hash_table_unref(recovery->kept);
	g_hash_table_unref(recovery->told);
	g_free(recovery);
}

/* --- one recording --- */

static char *ring_path(const struct recovery *recovery, const char *file)
{
	return g_build_filename(recovery->engine->params.ring_folder, file, NULL);
}

/* Out of the way of the next start, and left for people to look at. */
static void set_aside(const char *path, const char *why, const void *ctx)
{
	const struct recovery *recovery = ctx;
	g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
	int err = rename(path, aside) < 0 ? errno : 0;
	engine_log(recovery->engine, ENGINE_LOG_WARNING, "'%s' cannot be recovered (%s), %s '%s'",
		path, why, err == 0 ? "and is now" : g_strerror(err), aside);
}

static int recover_ring(const struct recovery *recovery, const struct salvage *salvage,
	struct manifest_track *track)
{
	const struct manifest *manifest = salvage->manifest;
	if (manifest->engine == NULL)
		return 0;
	g_autofree char *file = recovery_ring_file(manifest->engine, manifest->id, track->label);
	g_autofree char *path = ring_path(recovery, file);
	int err = strchr(file, '/') == NULL ? salvage_ring(salvage, track, path) : -ENOENT;
	if (err == -EBADMSG) {
		set_aside(path, "it is damaged, or no ring of ours", recovery);
		return 0;
	}
	return err == -ENOENT || err == -ENODATA ? 0 : err;
}

static void remove_rings(const struct recovery *recovery, const char *engine_id,
	const char *recording_id, GPtrArray *labels)
{
	const struct disk *disk = recovery->engine->params.disk;
	for (guint i = 0; engine_id != NULL && i < labels->len; i++) {
		g_autofree char *file =
			recovery_ring_file(engine_id, recording_id, labels->pdata[i]);
		g_autofree char *path = ring_path(recovery, file);
		if (strchr(file, '/') == NULL)
			(void)disk->remove(disk->ctx, path);
	}
}

static int recover_tracks(const struct recovery *recovery, struct manifest *manifest)
{
	const struct salvage salvage = {
		.disk = recovery->engine->params.disk,
		.folder = recovery->engine->params.folder,
		.stop = &recovery->is_ending,
		.manifest = manifest,
		.open_pause = manifest_open_pause(manifest),
		.set_aside = set_aside,
		.ctx = recovery,
	};
	int err = 0;
	for (size_t i = 0; err == 0 && i < manifest->track_count; i++) {
		err = recover_ring(recovery, &salvage, &manifest->tracks[i]);
		if (err == 0)
			err = salvage_books(&salvage, &manifest->tracks[i]);
	}
	return err;
}

/* The disk takes something again, and nothing came later than the end. */
static void end_interruption(struct manifest *manifest)
{
	if (manifest->interruption_count == 0)
		return;
	struct manifest_interruption *last =
		&manifest->interruptions[manifest->interruption_count - 1];
	if (last->to_us == 0)
		last->to_us = MAX(last->from_us, manifest->ended_us);
}

/* Takes what the manifest owns. */
static int recover(const struct recovery *recovery, struct manifest *manifest)
{
	int err = recover_tracks(recovery, manifest);
	if (err < 0)
		return err;
	g_autofree char *engine_id = g_steal_pointer(&manifest->engine);
	g_autofree char *recording_id = g_strdup(manifest->id);
	g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; i < manifest->track_count; i++)
		g_ptr_array_add(labels, g_strdup(manifest->tracks[i].label));
	g_free(manifest->reason);
	manifest->reason = g_strdup(REASON);
	manifest->state = MANIFEST_RECOVERED;
	manifest->ended_us = manifest_last_us(manifest);
	end_interruption(manifest);
	struct manifest_pause *open = manifest_open_pause(manifest);
	if (open != NULL)
		open->to_us = MAX(manifest->ended_us, open->from_us);
	err = recording_recover(recovery->engine, manifest);
	if (err == 0)
		remove_rings(recovery, engine_id, recording_id, labels);
	return err;
}

static bool is_dead(const struct recovery *recovery, const char *engine_id)
{
	const GPtrArray *dead = recovery->others.dead;
	bool is_known = false;
	for (guint i = 0; !is_known && i < dead->len; i++)
		is_known = strcmp(((struct owner *)dead->pdata[i])->id, engine_id) == 0;
	return is_known;
}

/*
 * Sees to it that nobody but us may write what the engine has left. Its lock may have been removed,
 * or not have come along with its recordings: it may live all the same, and others may come for
 * them just now. 0; -EWOULDBLOCK: it is not ours; -errno.
 */
static int take(struct recovery *recovery, const char *engine_id)
{
	const struct engine_params *params = &recovery->engine->params;
	struct owner *owner = NULL;
	if (engine_id == NULL || !g_uuid_string_is_valid(engine_id))
		return g_hash_table_size(recovery->others.living) == 0 ? 0 : -EWOULDBLOCK;
	if (is_dead(recovery, engine_id))
		return 0;
	if (g_hash_table_contains(recovery->others.living, engine_id))
		return -EWOULDBLOCK;
	int err = owner_take(&owner, engine_id, params->folder, params->ring_folder);
	if (err == 0)
		g_ptr_array_add(recovery->others.dead, owner);
	return err;
}

/* `engine_id`: of the one whose it is, which the caller frees. */
static int recover_manifest(struct recovery *recovery, const char *path, char **engine_id)
{
	struct manifest manifest;
	int err = manifest_load(&manifest, path, NULL);
	bool goes_on = err == 0 && manifest.state == MANIFEST_RECORDING;
	*engine_id = g_strdup(manifest.engine);
	manifest_fini(&manifest);
	if (goes_on)
		err = take(recovery, *engine_id);
	if (err < 0 || !goes_on)
		return err == -EWOULDBLOCK ? 0 : err;
	/* Another may have been here before it was ours. */
	err = manifest_load(&manifest, path, NULL);
	if (err == 0 && manifest.state == MANIFEST_RECORDING)
		err = recover(recovery, &manifest);
	manifest_fini(&manifest);
	return err;
}

static void recover_named(struct recovery *recovery, const char *name)
{
	g_autofree char *file = name_manifest_file(name);
	g_autofree char *path = g_build_filename(recovery->engine->params.folder, file, NULL);
	g_autofree char *engine_id = NULL;
	int err = recover_manifest(recovery, path, &engine_id);
	if (err == 0)
		return;
	if (engine_id != NULL)
		g_hash_table_add(recovery->kept, g_steal_pointer(&engine_id));
	if (err != -ECANCELED)
		engine_log(recovery->engine, ENGINE_LOG_ERROR,
			"recording '%s' cannot be recovered, until the next start: %s", name,
			g_strerror(-err));
}

/* --- rings without a recording that goes on --- */

static bool is_ring(const char *folder, const char *file)
{
	(void)folder;
	return strlen(file) > 2 * UUID_SIZE + strlen("_-" RING_SUFFIX) && file[UUID_SIZE] == '_' &&
	       g_str_has_suffix(file, RING_SUFFIX);
}

/* Nothing is known of its recording: a start was killed, or somebody has removed the manifest. */
static void look_at_stray(const struct recovery *recovery, const char *path)
{
	const struct disk *disk = recovery->engine->params.disk;
	struct ring ring = {0};
	int err = ring_open(&ring, path);
	bool is_empty = err == -ENODATA || (err == 0 && ring_pending(&ring) == 0);
	ring_close(&ring);
	if (is_empty)
		(void)disk->remove(disk->ctx, path);
	else
		set_aside(path, "it has no manifest", recovery);
}

/*
 * Its manifest is complete, but rings are removed after the end was told: the process was killed
 * between. Nobody knows whether it was told.
 */
static void tell_again(struct recovery *recovery, const char *recording_id)
{
	struct manifest manifest;
	if (!g_hash_table_add(recovery->told, g_strdup(recording_id)))
		return;
	json_t *json = store_find(recovery->engine->store, recording_id);
	if (json != NULL && manifest_from_json(&manifest, json, NULL) == 0)
		recording_tell_again(recovery->engine, &manifest);
	json_decref(json);
}

static void look_at_ring(struct recovery *recovery, const char *file)
{
	const struct disk *disk = recovery->engine->params.disk;
	g_autofree char *id = g_strndup(file + UUID_SIZE + 1, UUID_SIZE);
	g_autofree char *path = ring_path(recovery, file);
	enum manifest_state state;
	if (!store_find_state(&state, recovery->engine->store, id)) {
		look_at_stray(recovery, path);
	} else if (state != MANIFEST_RECORDING) {
		tell_again(recovery, id);
		(void)disk->remove(disk->ctx, path);
	}
}

/* The dead engine's affairs are in order: what rings it still has are in nobody's way. */
static void bury(struct recovery *recovery, struct owner *dead, GPtrArray *rings)
{
	if (g_hash_table_contains(recovery->kept, dead->id))
		return;
	for (guint i = 0; i < rings->len; i++)
		if (g_str_has_prefix(rings->pdata[i], dead->id))
			look_at_ring(recovery, rings->pdata[i]);
	const struct disk *disk = recovery->engine->params.disk;
	(void)disk->remove(disk->ctx, dead->rings.path);
	(void)disk->remove(disk->ctx, dead->home.path);
}

static void *run(void *data)
{
	struct recovery *recovery = data;
	for (guint i = 0; i < recovery->names->len && !atomic_load(&recovery->is_ending); i++)
		recover_named(recovery, recovery->names->pdata[i]);
	if (atomic_load(&recovery->is_ending))
		return NULL;
	g_autoptr(GPtrArray) rings = list(recovery->engine->params.ring_folder, is_ring);
	for (guint i = 0; i < recovery->others.dead->len; i++)
		bury(recovery, recovery->others.dead->pdata[i], rings);
	return NULL;
}

int recovery_start(struct recovery *recovery)
{
	recovery->names = store_unfinished(recovery->engine->store);
	if (recovery->names->len == 0 && recovery->others.dead->len == 0)
		return 0;
	recovery->thread = g_thread_try_new("recorder-recov", run, recovery, NULL);
	return recovery->thread != NULL ? 0 : -EAGAIN;
}
