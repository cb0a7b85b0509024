/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the store keeps the index file: what is new is appended, and the file is
 * written anew when most of it is out of date.
 */
#include "recording/store_priv.h"

enum {
	SLICE = 256,  /* entries that are copied while the lock is held */
	SPARE = 1000, /* records out of date that are in nobody's way */
};

/*
 * Appends the records of up to SLICE entries to `records`, from the one after `last` on; how many
 * records. `last` becomes a reference to the last that was looked at, or NULL at the end.
 */
static size_t copy_slice(GByteArray *records, struct store *store, struct summary **last)
{
	size_t count = 0, looked_at = 0;
	struct index_key key = {0};
	if (*last != NULL)
		key = (struct index_key){(*last)->created_us, (*last)->id};
	pthread_mutex_lock(&store->lock);
	struct index_entry *entry = index_newer_than(&store->index, *last != NULL ? &key : NULL);
	struct summary *newest = NULL;
	for (; entry != NULL && looked_at < SLICE; looked_at++, entry = index_newer(entry)) {
		newest = entry->summary;
		if (!store_is_known(entry))
			continue;
		index_record_pack(records, entry->summary, &entry->stamp);
		count++;
	}
	bool is_end = entry == NULL;
	newest = is_end ? NULL : summary_get(newest);
	pthread_mutex_unlock(&store->lock);
	summary_put(*last);
	*last = newest;
	return count;
}

static int copy(struct index_file *file, struct store *store)
{
	GByteArray *records = g_byte_array_new();
	struct summary *last = NULL;
	int err;
	do {
		g_byte_array_set_size(records, 0);
		size_t count = copy_slice(records, store, &last);
		err = index_file_append(file, records, count);
	} while (err == 0 && last != NULL);
	summary_put(last);
	g_byte_array_unref(records);
	return err;
}

/* What changes meanwhile is in `unsaved`, too, and comes behind. */
void store_rewrite(struct store *store)
{
	struct index_file *file = NULL;
	if (!index_file_is_ours(store->file) || index_file_create(&file, store->folder) < 0)
		return;
	if (copy(file, store) < 0 || index_file_replace(file) < 0) {
		index_file_close(file);
		return;
	}
	index_file_close(store->file);
	store->file = file;
}

void store_save(struct store *store)
{
	GByteArray *empty = g_byte_array_new();
	pthread_mutex_lock(&store->lock);
	GByteArray *records = store->unsaved;
	size_t count = store->unsaved_count;
	size_t live = index_count(&store->index);
	store->unsaved = empty;
	store->unsaved_count = 0;
	pthread_mutex_unlock(&store->lock);
	/* A record that is missing costs the next start the reading of a manifest. */
	if (count > 0)
		(void)index_file_append(store->file, records, count);
	g_byte_array_unref(records);
	if (index_file_count(store->file) > 2 * live + SPARE)
		store_rewrite(store);
}
