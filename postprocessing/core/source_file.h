/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file read once from start to end through one buffer of fixed size.
 *
 * The consumer looks at the bytes ahead, as many as it needs up to
 * SOURCE_FILE_PEEK_MAX, and then passes over those it is done with.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct source_file;

enum {
	SOURCE_FILE_PEEK_MAX = 192 << 10 /* two of the longest frames and a tag, amply */
};

/* 0 or -errno; -EISDIR for a folder. */
int source_file_open(struct source_file **out, const char *path);
void source_file_close(struct source_file *source); /* NULL is fine */

/*
 * The bytes at the current position: `want` or more of them, fewer only when the file ends there.
 * They are borrowed until the next peek. 0 or -errno.
 */
int source_file_peek(struct source_file *source, size_t want, struct bytes *out);

/* Passes over bytes that a peek has shown. */
void source_file_skip(struct source_file *source, size_t len);

uint64_t source_file_offset(const struct source_file *source);

/* Size of the file when it was opened; 0 when it is no regular file. */
uint64_t source_file_size(const struct source_file *source);
