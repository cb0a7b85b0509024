/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recordings in a folder: those that run, and those whose manifests lie
 * there.
 *
 * Known from the manifests, or from the index file where that is still right (index_file.h), then
 * kept up to date as recordings start, end, change and go; listing reads no file. Thread: any but
 * the media thread; it has a lock of its own, under which it only ever takes a recording's.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/manifest.h"
#include "recording/disk.h"
#include "recording/summary.h"

struct store;
struct recording;

enum {
	STORE_LIMIT_DEFAULT = 100,
	STORE_LIMIT_MAX = 1000
};

/* What was passed over while loading; called by store_create() only. */
typedef void (*store_skip_fn)(const char *file, const char *why, void *ctx);

/*
 * Looks for every NAME.json in `folder`, which is borrowed for the store's life, and reads those
 * that the index file does not have as they are. Files that are no manifests are reported to
 * `on_skip` (may be NULL) and left alone. 0 or -errno.
 */
int store_create(struct store **out, const char *folder, const struct disk *disk,
	store_skip_fn on_skip, void *ctx);

/* NULL is fine. Saves the index, drops its references. */
void store_destroy(struct store *store);

/* --- what recordings say --- */

/* A recording has started: listed with live counts, under a reference, until store_end(). */
void store_add(struct store *store, struct recording *recording);

/*
 * It has ended; `is_saved`: its manifest on disk says so, too. Retention leaves it alone until
 * store_told(), so that whoever learns of it can pin it.
 */
void store_end(struct store *store, struct recording *recording, bool is_saved);

/* A listed recording of an earlier process has been completed. The same. */
void store_recover(struct store *store, struct recording *recording);

/* Everybody knows of its end. */
void store_told(struct store *store, const char *id);

/*
 * While a recording has pins nobody deletes it: somebody still works on its files. False: it is not
 * listed, and has none.
 */
bool store_pin(struct store *store, const char *id);
void store_unpin(struct store *store, const char *id);

/* Names of the listed recordings that go on, but not in this process. The caller unrefs. */
GPtrArray *store_unfinished(struct store *store);

/* The last state that was noted for this id; false when it is not listed. */
bool store_find_state(enum manifest_state *out, struct store *store, const char *id);

/* --- questions --- */

/* Zeroed: the newest STORE_LIMIT_DEFAULT of all. Strings are borrowed for the call. */
struct store_query {
	const char *stream;               /* or NULL */
	const char *name_prefix;          /* or NULL */
	const enum manifest_state *state; /* or NULL */
	int64_t since_us, until_us;       /* created from the one on, before the other; 0: any */
	size_t limit;                     /* 1…STORE_LIMIT_MAX; 0: the default */
	const char *cursor; /* as a previous answer gave it, or NULL: from the start */
};

/*
 * Newest first. 0 and a new array of summaries (see recording_summary()), with `cursor` (freed by
 * the caller) set to where the next page begins, or to NULL when this is the last; or -EINVAL: the
 * cursor is none of ours, or the limit is too large. Recordings that start or vanish between two
 * pages make none of the others appear twice or not at all. What it needs grows with the limit, not
 * with what there is, and the lock is never held for long.
 */
int store_list(json_t **out, char **cursor, struct store *store, const struct store_query *query);

/* The manifest, by recording id or by name: a new reference, or NULL when there is none. */
json_t *store_find(struct store *store, const char *id_or_name);

/* The recording itself, while it runs: a new reference, or NULL. */
struct recording *store_find_active(struct store *store, const char *id_or_name);

size_t store_count(struct store *store);

/* --- changes that people ask for --- */

/*
 * Changes the manifest of a recording that has ended, beside nobody else: `edit` gets it as JSON
 * and returns 0, or -errno to leave it. 0 and a reference in *out; -ENOENT; -EINPROGRESS: it has
 * not ended; -EBUSY: another process is at it; -EBADMSG: no manifest of this recording would come
 * of it; or -errno.
 */
typedef int (*store_edit_fn)(json_t *manifest, void *ctx);
int store_edit(struct summary **out, struct store *store, const char *id_or_name,
	store_edit_fn edit, void *ctx);

/*
 * A recording that is held is not deleted. One that runs says so in its manifest with the next
 * flush. 0 and a reference in *out; or as store_edit().
 */
int store_hold(struct summary **out, struct store *store, const char *id_or_name, bool is_held);

/*
 * Deletes its files. 0 and a reference in *out: nobody will see it again; what the disk has not
 * let go is taken care of by store_tidy(). -ENOENT; -EINPROGRESS: it has not ended; -EBUSY: it has
 * pins, or somebody else is at it; -EPERM: it is held; or -errno: all is as before.
 */
int store_delete(struct summary **out, struct store *store, const char *id_or_name);

/* --- what retention and the keeper need --- */

/*
 * The first whose turn it is to go: a reference, or NULL. Those that have pins, or whose end is
 * still being told, are passed over.
 */
struct summary *store_expendable(struct store *store);

/* Its turn is over: it comes again as if it had ended at this time, or is taken for gone. */
void store_defer(struct store *store, const char *id, int64_t end_us);
void store_disregard(struct store *store, const char *id);

/* Bytes of all that have ended. */
uint64_t store_bytes(struct store *store);

/* Saves what is new to the index file. Thread: one at a time. */
void store_save(struct store *store);

/*
 * Removes what is left of deleted recordings, by this process or a killed one. How many could not
 * be. Thread: the same.
 */
size_t store_tidy(struct store *store);
