/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the store learns what is in the folder: from the index file what has not
 * changed since, from the manifests the rest.
 *
 * Names, inodes, sizes and times of change decide, which cost a look into the
 * folder and at each manifest's inode, but no reading.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "recording/name.h"
#include "recording/store_priv.h"

enum {
	BATCH = 1 << 20 /* bytes of records that wait for the index file */
};

struct load {
	struct store *store;
	DIR *dir;
	GPtrArray *changed; /* names of manifests that must be read */
	store_skip_fn on_skip;
	void *ctx;
};

/* --- the index file --- */

/* A later record of a name stands for an earlier one; two names of one id cannot both be right. */
static void on_record(struct summary *summary, const struct index_stamp *stamp, void *ctx)
{
	struct index *index = &((struct load *)ctx)->store->index;
	struct index_entry *same = index_find_name(index, summary->name);
	if (same != NULL)
		index_remove(index, same);
	same = index_find_id(index, summary->id);
	if (same != NULL)
		index_remove(index, same);
	index_add(index, summary, NULL)->stamp = *stamp;
}

/* --- the folder --- */

/* "NAME" of a file "NAME.json", which the caller frees; NULL for other files. */
static char *manifest_name(const char *file)
{
	if (file[0] == '.' || !g_str_has_suffix(file, MANIFEST_SUFFIX))
		return NULL;
	return g_strndup(file, strlen(file) - strlen(MANIFEST_SUFFIX));
}

static bool is_unchanged(const struct load *load, const struct index_entry *entry, const char *file)
{
	struct stat st;
	if (fstatat(dirfd(load->dir), file, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return false;
	struct index_stamp stamp = index_record_stamp(&st);
	return index_record_is_same(&stamp, &entry->stamp);
}

static void look_at(struct load *load, const char *file)
{
	char *removed = name_of_removed(file);
	if (removed != NULL) {
		g_ptr_array_add(load->store->leftovers, removed);
		return;
	}
	g_autofree char *name = manifest_name(file);
	if (name == NULL)
		return;
	struct index_entry *entry = index_find_name(&load->store->index, name);
	if (entry != NULL && is_unchanged(load, entry, file))
		entry->is_seen = true;
	else
		g_ptr_array_add(load->changed, g_steal_pointer(&name));
}

static void drop_unseen(struct index *index)
{
	struct index_entry *entry = index_older_than(index, NULL);
	while (entry != NULL) {
		struct index_entry *older = index_older(entry);
		if (!entry->is_seen)
			index_remove(index, entry);
		entry = older;
	}
}

/* --- manifests --- */

/* A sentence on why this manifest is not listed, which the caller frees; or NULL. */
static char *load_manifest(struct store *store, const char *name)
{
	g_autofree char *path = store_manifest_path(store, name);
	struct manifest manifest;
	char *what = NULL;
	/* What has the same stamp before and after is what was read. */
	struct index_stamp before = store_stamp(path);
	int err = manifest_load(&manifest, path, &what);
	if (err < 0)
		return what != NULL ? what : g_strdup(g_strerror(-err));
	struct index_stamp after = store_stamp(path);
	if (strcmp(manifest.name, name) != 0) {
		what = g_strdup_printf("it calls itself '%s'", manifest.name);
	} else if (index_find_id(&store->index, manifest.id) != NULL) {
		what = g_strdup_printf("its id %s is another's", manifest.id);
	} else {
		struct summary *summary = summary_create(&manifest);
		struct index_entry *entry = index_add(&store->index, summary, NULL);
		if (index_record_is_same(&before, &after))
			store_note(store, entry, &after);
	}
	manifest_fini(&manifest);
	return what;
}

static void load_changed(struct load *load)
{
	for (guint i = 0; i < load->changed->len; i++) {
		const char *name = load->changed->pdata[i];
		g_autofree char *why = load_manifest(load->store, name);
		g_autofree char *file = name_manifest_file(name);
		if (why != NULL && load->on_skip != NULL)
			load->on_skip(file, why, load->ctx);
		if (load->store->unsaved->len >= BATCH)
			store_save(load->store);
	}
}

int store_load(struct store *store, store_skip_fn on_skip, void *ctx)
{
	struct load load = {
		.store = store, .dir = opendir(store->folder), .on_skip = on_skip, .ctx = ctx};
	if (load.dir == NULL)
		return -errno;
	load.changed = g_ptr_array_new_with_free_func(g_free);
	store->file = index_file_open(store->folder);
	bool is_sound = index_file_read(store->file, on_record, &load);
	const struct dirent *item;
	while ((item = readdir(load.dir)) != NULL)
		look_at(&load, item->d_name);
	closedir(load.dir);
	drop_unseen(&store->index);
	if (!is_sound)
		store_rewrite(store);
	load_changed(&load);
	store_save(store);
	g_ptr_array_unref(load.changed);
	return 0;
}
