/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes to recordings that have ended: what is added to their manifests, what
 * is held, what is deleted. An entry is taken for the time that this needs the
 * disk: of all threads one has it, and others wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/claim.h"
#include "recording/recording.h"
#include "recording/recording_priv.h"
#include "recording/removal.h"
#include "recording/store_priv.h"

/* With the lock held, of which it lets go while it waits. NULL: not listed, or not any more. */
static struct index_entry *take(struct store *store, const char *id_or_name)
{
	struct index_entry *entry;
	while ((entry = store_entry(store, id_or_name)) != NULL && entry->is_taken)
		pthread_cond_wait(&store->released, &store->lock);
	if (entry != NULL)
		entry->is_taken = true;
	return entry;
}

/* With the lock held. */
static void release(struct store *store, struct index_entry *entry)
{
	entry->is_taken = false;
	pthread_cond_broadcast(&store->released);
}

/* With the lock held. */
static int check_ended(const struct index_entry *entry)
{
	if (entry == NULL)
		return -ENOENT;
	bool is_running = entry->recording != NULL || entry->summary->state == MANIFEST_RECORDING;
	return is_running ? -EINPROGRESS : 0;
}

/* --- manifests --- */

static int load(json_t **out, const char *path)
{
	g_autofree char *text = NULL;
	size_t len;
	int err = path_read(&text, &len, path, MANIFEST_SIZE_MAX);
	if (err < 0)
		return err;
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	return *out != NULL ? 0 : -EBADMSG;
}

/* Saves what is still a manifest, of the same recording; its new summary. */
static int save(struct summary **out, const struct store *store, const json_t *json,
	const struct summary *last, const char *path)
{
	struct manifest manifest;
	int err = manifest_from_json(&manifest, json, NULL);
	if (err < 0)
		return err;
	if (strcmp(manifest.id, last->id) != 0 || strcmp(manifest.name, last->name) != 0)
		err = -EBADMSG;
	else if (manifest.state == MANIFEST_RECORDING)
		err = -EINPROGRESS;
	char *text = err == 0 ? json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
	if (text != NULL)
		err = store->disk->replace(store->disk->ctx, path, text, strlen(text));
	else if (err == 0)
		err = -ENOMEM;
	if (err == 0)
		*out = summary_create(&manifest);
	free(text);
	manifest_fini(&manifest);
	return err;
}

static int edit_file(struct summary **out, const struct store *store, const struct summary *last,
	store_edit_fn edit, void *ctx)
{
	json_t *json = NULL;
	g_autofree char *path = store_manifest_path(store, last->name);
	int claim = claim_take(path);
	if (claim < 0)
		return claim;
	int err = load(&json, path);
	if (err == 0)
		err = edit(json, ctx);
	if (err == 0)
		err = save(out, store, json, last, path);
	json_decref(json);
	close(claim);
	return err;
}

/* Of an entry that is taken, which it releases. With the lock held, which it lets go. */
static int edit_entry(struct summary **out, struct store *store, struct index_entry *entry,
	store_edit_fn edit, void *ctx)
{
	struct summary *last = summary_get(entry->summary), *now = NULL;
	pthread_mutex_unlock(&store->lock);
	g_autofree char *path = store_manifest_path(store, last->name);
	int err = edit_file(&now, store, last, edit, ctx);
	struct index_stamp stamp = store_stamp(path);
	pthread_mutex_lock(&store->lock);
	if (err == 0) {
		index_update(&store->index, entry, summary_get(now), NULL);
		store_note(store, entry, &stamp);
	}
	release(store, entry);
	summary_put(last);
	*out = now;
	return err;
}

int store_edit(struct summary **out, struct store *store, const char *id_or_name,
	store_edit_fn edit, void *ctx)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = store_entry(store, id_or_name);
	int err = check_ended(entry);
	if (err == 0)
		entry = take(store, id_or_name);
	if (err == 0 && entry == NULL)
		err = -ENOENT;
	if (err == 0)
		err = edit_entry(out, store, entry, edit, ctx);
	pthread_mutex_unlock(&store->lock);
	return err;
}

static int set_hold(json_t *manifest, void *ctx)
{
	const bool *is_held = ctx;
	if (*is_held)
		json_object_set_new(manifest, "hold", json_true());
	else
		json_object_del(manifest, "hold");
	return 0;
}

int store_hold(struct summary **out, struct store *store, const char *id_or_name, bool is_held)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = store_entry(store, id_or_name);
	struct recording *recording = entry != NULL ? entry->recording : NULL;
	if (recording != NULL) {
		recording_hold(recording, is_held);
		*out = recording_summarise(recording);
	}
	pthread_mutex_unlock(&store->lock);
	return recording != NULL ? 0 : store_edit(out, store, id_or_name, set_hold, &is_held);
}

void store_save_hold(struct store *store, struct index_entry *entry, bool is_held)
{
	struct summary *summary = NULL;
	entry->is_taken = true;
	(void)edit_entry(&summary, store, entry, set_hold, &is_held);
	summary_put(summary);
}

/* --- deletion --- */

/* With the lock held. */
static int may_delete(const struct index_entry *entry)
{
	int err = check_ended(entry);
	if (err < 0)
		return err;
	if (entry->summary->is_held)
		return -EPERM;
	return entry->pins > 0 ? -EBUSY : 0;
}

static void keep_leftover(struct store *store, const char *name)
{
	pthread_mutex_lock(&store->lock);
	g_ptr_array_add(store->leftovers, g_strdup(name));
	pthread_mutex_unlock(&store->lock);
}

/* Of an entry that is taken. 0: all its files are gone, or will be. */
static int delete_files(struct store *store, struct index_entry *entry)
{
	const struct summary *summary = entry->summary;
	g_autofree char *name = g_strdup(summary->name);
	int err = removal_begin(store->disk, store->folder, name, summary->id);
	pthread_mutex_lock(&store->lock);
	if (err == 0 || err == -ENOENT)
		index_remove(&store->index, entry);
	else
		entry->is_taken = false;
	pthread_cond_broadcast(&store->released);
	pthread_mutex_unlock(&store->lock);
	if (err == 0 && removal_end(store->disk, store->folder, name) < 0)
		keep_leftover(store, name);
	return err;
}

int store_delete(struct summary **out, struct store *store, const char *id_or_name)
{
	struct summary *summary = NULL;
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = take(store, id_or_name);
	int err = may_delete(entry);
	if (err == 0)
		summary = summary_get(entry->summary);
	else if (entry != NULL)
		release(store, entry);
	pthread_mutex_unlock(&store->lock);
	if (err == 0)
		err = delete_files(store, entry);
	if (err == 0)
		*out = g_steal_pointer(&summary);
	summary_put(summary);
	return err;
}

size_t store_tidy(struct store *store)
{
	GPtrArray *none = g_ptr_array_new_with_free_func(g_free);
	pthread_mutex_lock(&store->lock);
	GPtrArray *names = store->leftovers;
	store->leftovers = none;
	pthread_mutex_unlock(&store->lock);
	size_t left = 0;
	for (guint i = 0; i < names->len; i++) {
		if (removal_end(store->disk, store->folder, names->pdata[i]) == 0)
			continue;
		keep_leftover(store, names->pdata[i]);
		left++;
	}
	g_ptr_array_unref(names);
	return left;
}

/* --- the queue --- */

struct summary *store_expendable(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	const struct index_entry *entry = index_queue_first(&store->index);
	while (entry != NULL && (entry->pins > 0 || entry->is_taken || entry->is_untold))
		entry = index_queue_next(entry);
	struct summary *summary = entry != NULL ? summary_get(entry->summary) : NULL;
	pthread_mutex_unlock(&store->lock);
	return summary;
}

void store_defer(struct store *store, const char *id, int64_t end_us)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL)
		index_queue_defer(&store->index, entry, end_us);
	pthread_mutex_unlock(&store->lock);
}

void store_disregard(struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_find_id(&store->index, id);
	if (entry != NULL)
		index_queue_drop(&store->index, entry);
	pthread_mutex_unlock(&store->lock);
}
