/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * FOLDER/.index: what the manifests of a folder say in short, so that a start
 * need not read them all.
 *
 * A cache, and never the truth: it may be missing, torn, stale or somebody else's
 * work, and whoever reads it compares each record's stamp with the manifest. It is
 * a row of index_record.h's records behind a magic; a later record of a recording
 * stands for an earlier one. Of all engines that share the folder one writes it,
 * as long as it holds a lock on it; the others only read. It is never synced: what
 * a machine that died has left of it is found out by checksums.
 *
 * Thread: one at a time, not the media thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "recording/index_record.h"

struct index_file;

#define INDEX_FILE_NAME ".index"

enum {
	INDEX_FILE_SIZE_MAX = 1 << 30 /* of some three million recordings; no more is read */
};

/* Takes the summary. */
typedef void (*index_file_fn)(struct summary *summary, const struct index_stamp *stamp, void *ctx);

/* Never fails: a file that cannot be had is an empty one, to which nothing can be written. */
struct index_file *index_file_open(const char *folder);

/* NULL is fine. */
void index_file_close(struct index_file *file);

/* Whether this engine is the one that writes it. */
bool index_file_is_ours(const struct index_file *file);

/* Calls for each record, in order, up to the first that is none. False: all from there is lost. */
bool index_file_read(struct index_file *file, index_file_fn on_record, void *ctx);

/* Records that have been read or appended. */
size_t index_file_count(const struct index_file *file);

/* Whole records. 0 or -errno: none of them is there. */
int index_file_append(struct index_file *file, const GByteArray *records, size_t count);

/* A new, empty one, which nobody sees before index_file_replace(). 0 or -errno. */
int index_file_create(struct index_file **out, const char *folder);

/* It takes the place of the one that is there. 0 or -errno: it has not. */
int index_file_replace(struct index_file *file);
