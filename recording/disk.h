/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The few file operations that the writers need, as a table, so that tests can
 * make a disk that fills up, breaks, stalls or forgets. Each returns ≥ 0 or
 * -errno. Thread: writer, or the one that starts a recording; never the media
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
	DISK_PIECES_MAX = 4
};

/* Tells files apart, and folders, for as long as they are open or lie where they were found. */
struct disk_file {
	dev_t device;
	ino_t inode;
};

struct disk {
	/* Creates a new file for writing, never an existing one; returns the descriptor. */
	int (*create)(void *ctx, const char *path);
	/* Opens an existing file, no link, for writing; returns the descriptor. */
	int (*open)(void *ctx, const char *path);
	/*
	 * At most DISK_PIECES_MAX pieces, one after the other. 0, or -errno when not all of it
	 * could be written. `written`: how many bytes, from the first on, are in the file.
	 */
	int (*write_at)(void *ctx, int fd, const struct iovec *pieces, int count, off_t offset,
		size_t *written);
	int (*truncate)(void *ctx, int fd, off_t size);
	/* What was written survives a loss of power; the file's name: see sync_folder. */
	int (*sync)(void *ctx, int fd);
	/* So do the names of the files that were created in the folder. */
	int (*sync_folder)(void *ctx, const char *folder);
	int (*close)(void *ctx, int fd);
	int (*remove)(void *ctx, const char *path);
	/* In one step, within a folder; an existing file makes room. */
	int (*rename)(void *ctx, const char *from, const char *to);
	/* Atomic replacement of a small file (the manifest), which survives a loss of power. */
	int (*replace)(void *ctx, const char *path, const void *data, size_t len);
	/* `available`: how many bytes may still be written in the folder. */
	int (*space)(void *ctx, const char *folder, uint64_t *available);
	void *ctx;
	/* Which file `path` leads to. NULL: the disk cannot tell, and nothing is ever missed. */
	int (*find)(void *ctx, const char *path, struct disk_file *out);
	/* Begins to write it to the medium, and does not wait for that. Advice, and may be NULL.
	 */
	void (*start_write)(void *ctx, int fd, off_t offset, off_t len);
	/* What is on the medium (`len` 0: to the end) need not stay in the page cache. The same. */
	void (*drop_cache)(void *ctx, int fd, off_t offset, off_t len);
};

/* The real one; static. */
const struct disk *disk_system(void);

bool disk_is_same(const struct disk_file *a, const struct disk_file *b);

/* Whether it would help to make room. */
bool disk_is_full(int error);

/* The word for an error in manifests and events: "disk_full" or "io_error". Static text. */
const char *disk_error_reason(int error);
