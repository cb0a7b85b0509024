/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recordings of a folder in memory: by id, by name, by creation, and in a
 * queue for deletion.
 *
 * No operation costs more than the logarithm of their number. It has no lock and
 * touches no file: its holder, store.c, sees to both.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recording/index_record.h"
#include "recording/summary.h"

struct recording;

struct index_entry {
	struct summary *summary;     /* a reference; of a running one: as it began */
	struct recording *recording; /* a reference while it runs here, else NULL; the holder's */
	struct index_stamp stamp;    /* of the manifest behind the summary; zeroed: unknown */
	unsigned pins;               /* whoever still works on its files */
	bool is_untold;              /* it has ended, and not everybody knows */
	bool is_taken;               /* somebody changes or deletes it */
	bool is_seen;                /* its manifest is there; while loading */

	/* index.c's own */
	GSequenceIter *place; /* by creation */
	GSequenceIter *turn;  /* in the queue, or NULL */
	int64_t turn_us;
	bool is_dropped; /* from the queue, and not counted */
};

struct index {
	GSequence *entries;  /* owned; oldest first */
	GSequence *queue;    /* those that may be deleted, the next one first */
	GHashTable *by_id;   /* keys are the summaries' */
	GHashTable *by_name; /* likewise */
	uint64_t bytes;      /* of all that do not run */
};

/* Where an entry is among all, or would be: its time of creation, then its id. */
struct index_key {
	int64_t created_us;
	char *id; /* borrowed */
};

void index_init(struct index *index);
void index_fini(struct index *index); /* accepts a zeroed one */

/* Takes the summary, whose id and name must be new, and the reference, which may be NULL. */
struct index_entry *index_add(
	struct index *index, struct summary *summary, struct recording *recording);

/*
 * Takes the summary, of the same recording, and the reference, or NULL: it has ended. The caller
 * has put the reference that was there.
 */
void index_update(struct index *index, struct index_entry *entry, struct summary *summary,
	struct recording *recording);

/* Frees the entry. */
void index_remove(struct index *index, struct index_entry *entry);

/* NULL when there is none. */
struct index_entry *index_find_id(const struct index *index, const char *id);
struct index_entry *index_find_name(const struct index *index, const char *name);

size_t index_count(const struct index *index);

/* The newest that is older than `key`, or of all when that is NULL; NULL: there is none. */
struct index_entry *index_older_than(const struct index *index, const struct index_key *key);

/* The oldest that is newer than `key`, or of all. */
struct index_entry *index_newer_than(const struct index *index, const struct index_key *key);

/* The one before it, and after it, by creation; NULL past the ends. */
struct index_entry *index_older(const struct index_entry *entry);
struct index_entry *index_newer(const struct index_entry *entry);

/*
 * The queue: ended, not held; in order of their ends. It keeps itself up to date, but for what
 * follows. NULL past its end.
 */
struct index_entry *index_queue_first(const struct index *index);
struct index_entry *index_queue_next(const struct index_entry *entry);

/* Its turn comes as if it had ended at this time. */
void index_queue_defer(struct index *index, struct index_entry *entry, int64_t end_us);

/* It leaves the queue, and its bytes are not counted any more, as if it were gone. */
void index_queue_drop(struct index *index, struct index_entry *entry);
