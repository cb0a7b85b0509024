/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The few file operations that the writers need, as a table, so that tests can
 * make a disk that fills up, breaks, stalls or forgets. Each returns ≥ 0 or
 * -errno. Thread: writer; never the media thread.
 */
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

struct disk {
	/* Creates a new file for writing, never an existing one; returns the descriptor. */
	int (*create)(void *ctx, const char *path);
	/* All of it or an error; a short write counts as -ENOSPC. */
	int (*write_at)(void *ctx, int fd, const struct iovec *pieces, int count, off_t offset);
	int (*truncate)(void *ctx, int fd, off_t size);
	int (*sync)(void *ctx, int fd);
	int (*close)(void *ctx, int fd);
	/* Atomic replacement of a small file (the manifest). */
	int (*replace)(void *ctx, const char *path, const void *data, size_t len);
	void *ctx;
};

/* The real one; static. */
const struct disk *disk_system(void);
