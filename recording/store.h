/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index of the recordings in a folder: those that run, and those whose
 * manifests lie there.
 *
 * Read once from the manifests, then kept up to date as recordings start and
 * end; listing reads no file. Thread: any but the media thread; it has a lock
 * of its own, under which it only ever takes a recording's.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/manifest.h"

struct store;
struct recording;

enum {
	STORE_LIMIT_DEFAULT = 100,
	STORE_LIMIT_MAX = 1000
};

/* What was passed over while loading; called by store_create() only. */
typedef void (*store_skip_fn)(const char *file, const char *why, void *ctx);

/*
 * Reads every NAME.json in `folder`, which is borrowed for the store's life. Files that are no
 * manifests are reported to `on_skip` (may be NULL) and left alone. 0 or -errno.
 */
int store_create(struct store **out, const char *folder, store_skip_fn on_skip, void *ctx);

/* NULL is fine. Drops its references. */
void store_destroy(struct store *store);

/* A recording has started: listed with live counts, under a reference, until store_end(). */
void store_add(struct store *store, struct recording *recording);
void store_end(struct store *store, struct recording *recording);

/* A listed recording of an earlier process has been completed. */
void store_recover(struct store *store, struct recording *recording);

/* Names of the listed recordings that go on, but not in this process. The caller unrefs. */
GPtrArray *store_unfinished(struct store *store);

/* The last state that was noted for this id; false when it is not listed. */
bool store_find_state(enum manifest_state *out, struct store *store, const char *id);

/* Zeroed: the newest STORE_LIMIT_DEFAULT of all. Strings are borrowed for the call. */
struct store_query {
	const char *stream;               /* or NULL */
	const enum manifest_state *state; /* or NULL */
	size_t limit;                     /* 1…STORE_LIMIT_MAX; 0: the default */
	const char *cursor; /* as a previous answer gave it, or NULL: from the start */
};

/*
 * Newest first. 0 and a new array of summaries (see recording_summary()), with `cursor` (freed by
 * the caller) set to where the next page begins, or to NULL when this is the last; or -EINVAL: the
 * cursor is none of ours, or the limit is too large. Recordings that start or vanish between two
 * pages make none of the others appear twice or not at all.
 */
int store_list(json_t **out, char **cursor, struct store *store, const struct store_query *query);

/* The manifest, by recording id or by name: a new reference, or NULL when there is none. */
json_t *store_find(struct store *store, const char *id_or_name);

/* The recording itself, while it runs: a new reference, or NULL. */
struct recording *store_find_active(struct store *store, const char *id_or_name);

size_t store_count(struct store *store);
