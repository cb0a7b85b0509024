/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the store, for the files that it is made of. */
#pragma once

#include <pthread.h>

#include "recording/index.h"
#include "recording/index_file.h"
#include "recording/store.h"

struct store {
	const char *folder;      /* borrowed, constant */
	const struct disk *disk; /* likewise */

	/* owned by whoever creates it, then by the one that calls store_save() */
	struct index_file *file;

	/* protected by `lock` */
	pthread_mutex_t lock;
	pthread_cond_t released; /* an entry is not taken any more */
	struct index index;
	GByteArray *unsaved; /* records for the index file */
	size_t unsaved_count;
	GPtrArray *leftovers; /* names: deleted, but not all their files */
};

/* With the lock held: by id or by name, or NULL. */
struct index_entry *store_entry(const struct store *store, const char *id_or_name);

/* The path of a recording's manifest, which the caller frees. */
char *store_manifest_path(const struct store *store, const char *name);

/* Of the file; zeroed when there is none. */
struct index_stamp store_stamp(const char *path);

/* With the lock held: the entry's manifest is known by `stamp`; the index file is to have it. */
void store_note(struct store *store, struct index_entry *entry, const struct index_stamp *stamp);

/* Whether the entry is one for the index file: ended, and of a manifest that is known. */
bool store_is_known(const struct index_entry *entry);

/* --- store_load.c --- */

/* Fills the index. 0 or -errno: the folder cannot be read. */
int store_load(struct store *store, store_skip_fn on_skip, void *ctx);

/* --- store_save.c --- */

/* The index file anew, with what is known now. Thread: as store_save(). */
void store_rewrite(struct store *store);

/* --- store_change.c --- */

/* Of an entry that nobody has taken. With the lock held, which it lets go meanwhile. */
void store_save_hold(struct store *store, struct index_entry *entry, bool is_held);
