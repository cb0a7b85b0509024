/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index of recordings. See store.h. */
#include "recording/store.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <string.h>

#include "recording/name.h"
#include "recording/recording.h"
#include "recording/recording_priv.h"
#include "recording/summary.h"

struct entry {
	struct summary summary;      /* of a running one: id, name and created_us matter */
	struct recording *recording; /* a reference while it runs, else NULL */
};

struct store {
	const char *folder; /* borrowed, constant */

	/* protected by `lock` */
	pthread_mutex_t lock;
	GPtrArray *entries;  /* owned; oldest first */
	GHashTable *by_id;   /* keys and values are the entries' */
	GHashTable *by_name; /* likewise */
};

static void free_entry(void *data)
{
	struct entry *entry = data;
	recording_put(entry->recording);
	summary_fini(&entry->summary);
	g_free(entry);
}

/* --- order: by creation, then by id --- */

struct key {
	int64_t created_us;
	const char *id;
};

static int compare(const struct key *a, const struct summary *b)
{
	if (a->created_us != b->created_us)
		return a->created_us < b->created_us ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* How many entries are older than `key`: where it is, or would be. */
static guint lower_bound(const struct store *store, const struct key *key)
{
	guint low = 0, high = store->entries->len;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		const struct entry *entry = store->entries->pdata[middle];
		if (compare(key, &entry->summary) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* "MICROSECONDS-ID": where the next page begins is just before this entry. */
static char *format_cursor(const struct summary *summary)
{
	return g_strdup_printf("%" G_GINT64_FORMAT "-%s", (gint64)summary->created_us, summary->id);
}

static bool parse_cursor(struct key *out, const char *cursor)
{
	char *end;
	out->created_us = g_ascii_strtoll(cursor, &end, 10);
	out->id = end + 1;
	return end != cursor && *end == '-' && g_uuid_string_is_valid(out->id);
}

/* --- changes --- */

/* Takes the summary and the reference over. */
static void insert(struct store *store, struct summary *summary, struct recording *recording)
{
	struct entry *entry = g_new(struct entry, 1);
	*entry = (struct entry){*summary, recording};
	*summary = (struct summary){0};
	struct key key = {entry->summary.created_us, entry->summary.id};
	g_ptr_array_insert(store->entries, (gint)lower_bound(store, &key), entry);
	g_hash_table_insert(store->by_id, entry->summary.id, entry);
	g_hash_table_insert(store->by_name, entry->summary.name, entry);
}

void store_add(struct store *store, struct recording *recording)
{
	struct summary summary;
	recording_summarise(&summary, recording);
	pthread_mutex_lock(&store->lock);
	insert(store, &summary, recording_get(recording)); /* until store_end() */
	pthread_mutex_unlock(&store->lock);
}

/* With the lock held: takes `last` over, and leaves in it what was there. */
static void replace(struct store *store, struct entry *entry, struct summary *last)
{
	/* The tables' keys are the summary's: they change with it. */
	g_hash_table_replace(store->by_id, last->id, entry);
	g_hash_table_replace(store->by_name, last->name, entry);
	struct summary first = entry->summary;
	entry->summary = *last;
	*last = first;
}

void store_end(struct store *store, struct recording *recording)
{
	struct summary summary;
	recording_summarise(&summary, recording);
	pthread_mutex_lock(&store->lock);
	struct entry *entry = g_hash_table_lookup(store->by_id, recording_id(recording));
	replace(store, entry, &summary);
	entry->recording = NULL;
	pthread_mutex_unlock(&store->lock);
	summary_fini(&summary);
	recording_put(recording);
}

void store_recover(struct store *store, struct recording *recording)
{
	struct summary summary;
	recording_summarise(&summary, recording);
	pthread_mutex_lock(&store->lock);
	struct entry *entry = g_hash_table_lookup(store->by_id, summary.id);
	if (entry != NULL)
		replace(store, entry, &summary);
	pthread_mutex_unlock(&store->lock);
	summary_fini(&summary);
}

/* --- loading --- */

/* A sentence on why this manifest is not listed, which the caller frees; or NULL. */
static char *load(struct store *store, const char *file)
{
	g_autofree char *path = g_build_filename(store->folder, file, NULL);
	struct manifest manifest;
	char *what = NULL;
	int err = manifest_load(&manifest, path, &what);
	if (err < 0)
		return what != NULL ? what : g_strdup(g_strerror(-err));
	g_autofree char *expected = name_manifest_file(manifest.name);
	if (strcmp(file, expected) != 0) {
		what = g_strdup_printf("it calls itself '%s'", expected);
	} else if (g_hash_table_contains(store->by_id, manifest.id)) {
		what = g_strdup_printf("its id %s is another's", manifest.id);
	} else {
		struct summary summary;
		summary_init(&summary, &manifest);
		insert(store, &summary, NULL);
	}
	manifest_fini(&manifest);
	return what;
}

int store_create(struct store **out, const char *folder, store_skip_fn on_skip, void *ctx)
{
	errno = 0;
	GDir *dir = g_dir_open(folder, 0, NULL);
	if (dir == NULL)
		return errno != 0 ? -errno : -EIO;
	struct store *store = g_new0(struct store, 1);
	store->folder = folder;
	pthread_mutex_init(&store->lock, NULL);
	store->entries = g_ptr_array_new_with_free_func(free_entry);
	store->by_id = g_hash_table_new(g_str_hash, g_str_equal);
	store->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		if (!g_str_has_suffix(file, MANIFEST_SUFFIX))
			continue;
		g_autofree char *why = load(store, file);
		if (why != NULL && on_skip != NULL)
			on_skip(file, why, ctx);
	}
	g_dir_close(dir);
	*out = store;
	return 0;
}

void store_destroy(struct store *store)
{
	if (store == NULL)
		return;
	g_hash_table_unref(store->by_id);
	g_hash_table_unref(store->by_name);
	g_ptr_array_unref(store->entries);
	pthread_mutex_destroy(&store->lock);
	g_free(store);
}

/* --- questions --- */

/* What the entry says now, into `out`, if the query asks for it. */
static bool match(struct summary *out, struct entry *entry, const struct store_query *query)
{
	if (query->stream != NULL && strcmp(query->stream, entry->summary.stream) != 0)
		return false;
	if (entry->recording != NULL) {
		summary_fini(out);
		recording_summarise(out, entry->recording);
	}
	const struct summary *now = entry->recording != NULL ? out : &entry->summary;
	return query->state == NULL || *query->state == now->state;
}

int store_list(json_t **out, char **cursor, struct store *store, const struct store_query *query)
{
	struct key key;
	if (query->limit > STORE_LIMIT_MAX)
		return -EINVAL;
	if (query->cursor != NULL && !parse_cursor(&key, query->cursor))
		return -EINVAL;
	size_t limit = query->limit == 0 ? STORE_LIMIT_DEFAULT : query->limit;
	json_t *list = json_array();
	const struct entry *last = NULL;
	struct summary live = {0};
	*cursor = NULL;

	pthread_mutex_lock(&store->lock);
	guint i = query->cursor == NULL ? store->entries->len : lower_bound(store, &key);
	while (i > 0 && *cursor == NULL) {
		struct entry *entry = store->entries->pdata[--i];
		if (!match(&live, entry, query))
			continue;
		if (json_array_size(list) == limit) {
			*cursor = format_cursor(&last->summary);
			continue;
		}
		const struct summary *now = entry->recording != NULL ? &live : &entry->summary;
		json_array_append_new(list, summary_to_json(now));
		last = entry;
	}
	pthread_mutex_unlock(&store->lock);
	summary_fini(&live);
	*out = list;
	return 0;
}

/* With the lock held. */
static struct entry *find(const struct store *store, const char *id_or_name)
{
	struct entry *entry = g_hash_table_lookup(store->by_id, id_or_name);
	return entry != NULL ? entry : g_hash_table_lookup(store->by_name, id_or_name);
}

struct recording *store_find_active(struct store *store, const char *id_or_name)
{
	pthread_mutex_lock(&store->lock);
	struct entry *entry = find(store, id_or_name);
	struct recording *recording = entry == NULL ? NULL : entry->recording;
	if (recording != NULL)
		recording_get(recording); /* the caller's */
	pthread_mutex_unlock(&store->lock);
	return recording;
}

json_t *store_find(struct store *store, const char *id_or_name)
{
	g_autofree char *file = NULL;
	struct recording *recording = NULL;
	pthread_mutex_lock(&store->lock);
	struct entry *entry = find(store, id_or_name);
	if (entry != NULL && entry->recording != NULL)
		recording = recording_get(entry->recording); /* until the end of this function */
	else if (entry != NULL)
		file = name_manifest_file(entry->summary.name);
	pthread_mutex_unlock(&store->lock);

	json_t *manifest = NULL;
	if (recording != NULL) {
		manifest = recording_snapshot(recording);
	} else if (file != NULL) {
		g_autofree char *path = g_build_filename(store->folder, file, NULL);
		manifest = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	}
	recording_put(recording);
	return manifest;
}

GPtrArray *store_unfinished(struct store *store)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	pthread_mutex_lock(&store->lock);
	for (guint i = 0; i < store->entries->len; i++) {
		const struct entry *entry = store->entries->pdata[i];
		if (entry->recording == NULL && entry->summary.state == MANIFEST_RECORDING)
			g_ptr_array_add(names, g_strdup(entry->summary.name));
	}
	pthread_mutex_unlock(&store->lock);
	return names;
}

bool store_find_state(enum manifest_state *out, struct store *store, const char *id)
{
	pthread_mutex_lock(&store->lock);
	const struct entry *entry = g_hash_table_lookup(store->by_id, id);
	if (entry != NULL)
		*out = entry->summary.state;
	pthread_mutex_unlock(&store->lock);
	return entry != NULL;
}

size_t store_count(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	size_t count = store->entries->len;
	pthread_mutex_unlock(&store->lock);
	return count;
}
