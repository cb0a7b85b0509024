/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * File names made of untrusted text, and small whole-file operations.
 *
 * What path_component() returns is safe as one path component: never empty, "."
 * or "..", without '/', NUL, control characters or invalid UTF-8, and at most
 * `max` bytes, cut between characters. Thread: any but the media thread
 * (allocates; the file functions block).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	PATH_COMPONENT_MAX = 255
}; /* NAME_MAX of every file system we target */

/*
 * A copy of `text` with what may not stand in a component replaced by '_'; a leading '.' or '-' is
 * replaced too, so that no result is hidden or looks like an option. Empty text becomes "_".
 * The caller owns the result.
 */
char *path_component(const char *text, size_t max);

/* The largest length ≤ max at which `text` can be cut without splitting a UTF-8 character. */
size_t path_cut(const char *text, size_t max);

#define PATH_TEMPORARY_PREFIX ".replace-"

/*
 * Replaces the file at `path` in one step: writes a temporary beside it, fdatasync, rename, fsync
 * of the folder. 0 or -errno; on failure the temporary is gone, and the old file stands unless only
 * the last step failed.
 * A process killed half-way leaves a temporary called PATH_TEMPORARY_PREFIX and six letters.
 */
int path_replace(const char *path, const void *data, size_t len);

/* The same without either sync: a loss of power may leave the old file, the new one, or an empty
 * one.
 */
int path_replace_unsynced(const char *path, const void *data, size_t len);

/* Makes the names in a folder survive a loss of power. 0 or -errno. */
int path_sync_folder(const char *folder);

/* Reads a whole file of at most `max` bytes, NUL-terminated; the caller frees it. -EFBIG if larger.
 */
int path_read(char **out, size_t *len, const char *path, size_t max);

/* mkdir -p. 0 or -errno. */
int path_make_folder(const char *path);
