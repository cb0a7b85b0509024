/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the folder, as recordings begin, end, change and go. See store.h. */
#include "recording/store.h"

#include <errno.h>
#include <sys/stat.h>

#include "recording/name.h"
#include "recording/recording.h"
#include "recording/recording_priv.h"
#include "recording/store_priv.h"

char *store_manifest_path(const struct store *store, const char *name)
{
	g_autofree char *file = name_manifest_file(name);
	return g_build_filename(store->folder, file, NULL);
}

struct index_stamp store_stamp(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 ? index_record_stamp(&st) : (struct index_stamp){0};
}

struct index_entry *store_entry(const struct store *store, const char *id_or_name)
{
	struct index_entry *entry = index_find_id(&store->index, id_or_name);
	return entry != NULL ? entry : index_find_name(&store->index, id_or_name);
}

/* --- from start to end --- */

int store_create(struct store **out, const char *folder, const struct disk *disk,
	store_skip_fn on_skip, void *ctx)
{
	struct store *store = g_new0(struct store, 1);
	store->folder = folder;
	store->disk = disk;
	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->released, NULL);
	index_init(&store->index);
	store->unsaved = g_byte_array_new();
	store->leftovers = g_ptr_array_new_with_free_func(g_free);
	int err = store_load(store, on_skip, ctx);
	if (err < 0) {
		store_destroy(store);
		return err;
	}
	*out = store;
	return 0;
}

void store_destroy(struct store *store)
{
	if (store == NULL)
		return;
	if (store->file != NULL)
		store_save(store);
	index_file_close(store->file);
	index_fini(&store->index);
	g_byte_array_unref(store->unsaved);
	g_ptr_array_unref(store->leftovers);
	pthread_cond_destroy(&store->released);
	pthread_mutex_destroy(&store->lock);
	g_free(store);
}

/* --- what recordings say --- */

bool store_is_known(const struct index_entry *entry)
{
	return entry->stamp.inode != 0 && entry->recording == NULL &&
	       entry->summary->state != MANIFEST_RECORDING;
}

void store_note(struct store *store, struct index_entry *entry, const struct index_stamp *stamp)
{
	entry->stamp = *stamp;
	if (!store_is_known(entry))
		return;
	index_record_pack(store->unsaved, entry->summary, stamp);
	store->unsaved_count++;
}

void store_add(struct store *store, struct recording *recording)
{
	struct summary *summary = recording_summarise(recording);
	pthread_mutex_lock(&store->lock);
	index_add(&store->index, summary, recording_get(recording)); /* until store_end() */
	pthread_mutex_unlock(&store->lock);
}

void store_end(struct store *store, struct recording *recording, bool is_saved)
{
	struct index_stamp stamp = {0};
	g_autofree char *path = store_manifest_path(store, recording_name(recording));
	if (is_saved)
		stamp = store_stamp(path);
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, recording_id(recording));
	struct summary *summary = recording_summarise(recording);
	index_update(&store->index, entry, summary, NULL);
	entry->is_untold = true;
	if (summary->is_held == recording->manifest.hold)
		store_note(store, entry, &stamp);
	else /* That was said too late for the last manifest. */
		store_save_hold(store, entry, summary->is_held);
	pthread_mutex_unlock(&store->lock);
	recording_put(recording);
}

void store_recover(struct store *store, struct recording *recording)
{
	struct summary *summary = recording_summarise(recording);
	g_autofree char *path = store_manifest_path(store, summary->name);
	struct index_stamp stamp = store_stamp(path);
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, summary->id);
	if (entry != NULL) {
		index_update(&store->index, entry, summary_get(summary), NULL);
		store_note(store, entry, &stamp);
		entry->is_untold = true;
	}
	pthread_mutex_unlock(&store->lock);
	summary_put(summary);
}

void store_told(struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL)
		entry->is_untold = false;
	pthread_mutex_unlock(&store->lock);
}

bool store_pin(struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL)
		entry->pins++;
	pthread_mutex_unlock(&store->lock);
	return entry != NULL;
}

void store_unpin(struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL && entry->pins > 0)
		entry->pins--;
	pthread_mutex_unlock(&store->lock);
}

/* --- questions --- */

struct recording *store_find_active(struct store *store, const char *id_or_name)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = store_entry(store, id_or_name);
	struct recording *recording = entry == NULL ? NULL : entry->recording;
	if (recording != NULL)
		recording_get(recording); /* the caller's */
	pthread_mutex_unlock(&store->lock);
	return recording;
}

json_t *store_find(struct store *store, const char *id_or_name)
{
	g_autofree char *path = NULL;
	struct recording *recording = NULL;
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = store_entry(store, id_or_name);
	if (entry != NULL && entry->recording != NULL)
		recording = recording_get(entry->recording); /* until the end of this function */
	else if (entry != NULL)
		path = store_manifest_path(store, entry->summary->name);
	pthread_mutex_unlock(&store->lock);

	json_t *manifest = NULL;
	if (recording != NULL)
		manifest = recording_snapshot(recording);
	else if (path != NULL)
		manifest = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	recording_put(recording);
	return manifest;
}

GPtrArray *store_unfinished(struct store *store)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	pthread_mutex_lock(&store->lock);
	const struct index_entry *entry = index_newer_than(&store->index, NULL);
	for (; entry != NULL; entry = index_newer(entry))
		if (entry->recording == NULL && entry->summary->state == MANIFEST_RECORDING)
			g_ptr_array_add(names, g_strdup(entry->summary->name));
	pthread_mutex_unlock(&store->lock);
	return names;
}

bool store_find_state(enum manifest_state *out, struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	const struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL)
		*out = entry->summary->state;
	pthread_mutex_unlock(&store->lock);
	return entry != NULL;
}

size_t store_count(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	size_t count = index_count(&store->index);
	pthread_mutex_unlock(&store->lock);
	return count;
}

uint64_t store_bytes(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	uint64_t bytes = store->index.bytes;
	pthread_mutex_unlock(&store->lock);
	return bytes;
}
