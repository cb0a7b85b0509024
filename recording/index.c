/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See index.h. */
#include "recording/index.h"

#include <string.h>

static void free_entry(void *data)
{
	struct index_entry *entry = data;
	summary_put(entry->summary);
	g_free(entry);
}

void index_init(struct index *index)
{
	*index = (struct index){
		.entries = g_sequence_new(free_entry),
		.queue = g_sequence_new(NULL),
		.by_id = g_hash_table_new(g_str_hash, g_str_equal),
		.by_name = g_hash_table_new(g_str_hash, g_str_equal),
	};
}

void index_fini(struct index *index)
{
	if (index->entries == NULL)
		return;
	g_hash_table_unref(index->by_id);
	g_hash_table_unref(index->by_name);
	g_sequence_free(index->queue);
	g_sequence_free(index->entries);
	*index = (struct index){0};
}

/* --- orders --- */

static int by_creation(const void *a, const void *b, void *unused)
{
	const struct summary *first = ((const struct index_entry *)a)->summary;
	const struct summary *second = ((const struct index_entry *)b)->summary;
	(void)unused;
	if (first->created_us != second->created_us)
		return first->created_us < second->created_us ? -1 : 1;
	return strcmp(first->id, second->id);
}

static int by_turn(const void *a, const void *b, void *unused)
{
	const struct index_entry *first = a, *second = b;
	if (first->turn_us != second->turn_us)
		return first->turn_us < second->turn_us ? -1 : 1;
	return by_creation(a, b, unused);
}

/* Nearly all that comes belongs to the end. */
static GSequenceIter *insert(
	GSequence *sequence, struct index_entry *entry, GCompareDataFunc compare)
{
	GSequenceIter *last = g_sequence_iter_prev(g_sequence_get_end_iter(sequence));
	if (g_sequence_iter_is_end(last) || compare(entry, g_sequence_get(last), NULL) > 0)
		return g_sequence_append(sequence, entry);
	return g_sequence_insert_sorted(sequence, entry, compare, NULL);
}

static struct index_entry *at(GSequenceIter *iter)
{
	return g_sequence_iter_is_end(iter) ? NULL : g_sequence_get(iter);
}

static struct index_entry *before(GSequenceIter *iter)
{
	return g_sequence_iter_is_begin(iter) ? NULL : g_sequence_get(g_sequence_iter_prev(iter));
}

/* --- the queue --- */

static void leave_queue(struct index_entry *entry)
{
	if (entry->turn != NULL)
		g_sequence_remove(entry->turn);
	entry->turn = NULL;
}

static void enter_queue(struct index *index, struct index_entry *entry, int64_t turn_us)
{
	leave_queue(entry);
	entry->turn_us = turn_us;
	entry->turn = insert(index->queue, entry, by_turn);
}

static bool has_ended(const struct index_entry *entry)
{
	return entry->recording == NULL && entry->summary->state != MANIFEST_RECORDING;
}

/* What is counted of an entry is taken off before it changes, and added after it. */
static void count(struct index *index, struct index_entry *entry)
{
	if (entry->recording == NULL)
		index->bytes += entry->summary->totals.bytes;
	if (has_ended(entry) && !entry->summary->is_held)
		enter_queue(index, entry, entry->summary->ended_us);
}

static void discount(struct index *index, struct index_entry *entry, bool was_running)
{
	if (!was_running && !entry->is_dropped)
		index->bytes -= entry->summary->totals.bytes;
	leave_queue(entry);
	entry->is_dropped = false;
}

void index_queue_defer(struct index *index, struct index_entry *entry, int64_t end_us)
{
	if (entry->turn != NULL)
		enter_queue(index, entry, end_us);
}

void index_queue_drop(struct index *index, struct index_entry *entry)
{
	if (entry->turn == NULL)
		return;
	discount(index, entry, false);
	entry->is_dropped = true;
}

struct index_entry *index_queue_first(const struct index *index)
{
	return at(g_sequence_get_begin_iter(index->queue));
}

struct index_entry *index_queue_next(const struct index_entry *entry)
{
	return at(g_sequence_iter_next(entry->turn));
}

/* --- changes --- */

struct index_entry *index_add(
	struct index *index, struct summary *summary, struct recording *recording)
{
	struct index_entry *entry = g_new0(struct index_entry, 1);
	entry->summary = summary;
	entry->recording = recording;
	entry->place = insert(index->entries, entry, by_creation);
	g_hash_table_insert(index->by_id, summary->id, entry);
	g_hash_table_insert(index->by_name, summary->name, entry);
	count(index, entry);
	return entry;
}

void index_update(struct index *index, struct index_entry *entry, struct summary *summary,
	struct recording *recording)
{
	struct summary *last = entry->summary;
	discount(index, entry, entry->recording != NULL);
	/* The tables' keys are the summary's: they change with it. */
	g_hash_table_replace(index->by_id, summary->id, entry);
	g_hash_table_replace(index->by_name, summary->name, entry);
	entry->summary = summary;
	entry->recording = recording;
	g_sequence_sort_changed(entry->place, by_creation, NULL);
	count(index, entry);
	summary_put(last);
}

void index_remove(struct index *index, struct index_entry *entry)
{
	discount(index, entry, entry->recording != NULL);
	g_hash_table_remove(index->by_id, entry->summary->id);
	g_hash_table_remove(index->by_name, entry->summary->name);
	g_sequence_remove(entry->place);
}

/* --- questions --- */

struct index_entry *index_find_id(const struct index *index, const char *id)
{
	return g_hash_table_lookup(index->by_id, id);
}

struct index_entry *index_find_name(const struct index *index, const char *name)
{
	return g_hash_table_lookup(index->by_name, name);
}

size_t index_count(const struct index *index)
{
	return g_hash_table_size(index->by_id);
}

/* Behind `key`, and behind the entry that has it. */
static GSequenceIter *after(const struct index *index, const struct index_key *key)
{
	struct summary summary = {.created_us = key->created_us, .id = key->id};
	struct index_entry probe = {.summary = &summary};
	return g_sequence_search(index->entries, &probe, by_creation, NULL);
}

struct index_entry *index_older_than(const struct index *index, const struct index_key *key)
{
	if (key == NULL)
		return before(g_sequence_get_end_iter(index->entries));
	struct index_entry *entry = before(after(index, key));
	bool is_key = entry != NULL && entry->summary->created_us == key->created_us &&
		      strcmp(entry->summary->id, key->id) == 0;
	return is_key ? index_older(entry) : entry;
}

struct index_entry *index_newer_than(const struct index *index, const struct index_key *key)
{
	return at(key == NULL ? g_sequence_get_begin_iter(index->entries) : after(index, key));
}

struct index_entry *index_older(const struct index_entry *entry)
{
	return before(entry->place);
}

struct index_entry *index_newer(const struct index_entry *entry)
{
	return at(g_sequence_iter_next(entry->place));
}
