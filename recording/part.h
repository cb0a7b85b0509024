/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One part on disk: a file that holds a header and whole frames, whatever the
 * disk does. Thread: writer.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "recording/disk.h"

enum {
	PART_BEHIND = 1 << 20 /* as much is handed to the medium at a time */
};

struct part {
	const struct disk *disk; /* borrowed */
	char *path;
	int fd;                /* meaningful while is_open */
	off_t size;            /* of the file, its torn end not counted */
	off_t started;         /* what is before it is on its way to the medium */
	struct disk_file file; /* where the path has led to since part_create() */
	int sync_error;        /* the first: what was written before it may be lost */
	bool is_open;
	bool is_torn;     /* the disk has refused to cut it at `size` */
	bool is_unsynced; /* it has changed since part_sync() */
	bool is_entered;  /* its name has been synced */
	bool is_watched;  /* `file` is known */
	bool is_missed;   /* the path has been found to lead elsewhere */
};

/* Creates the file; `part` is zeroed or finished. 0 or -errno, and then there is no file. */
int part_create(struct part *part, const struct disk *disk, const char *path);

/* Opens a file that exists, whose size is left as 0: the caller knows it. 0 or -errno. */
int part_open(struct part *part, const struct disk *disk, const char *path);

/*
 * What was written stays in the page cache for no more than two times PART_BEHIND: nobody reads it
 * soon, and the memory is the gateway's.
 *
 * As struct disk's write_at(); and -ESTALE, with nothing written, when the file that was created is
 * not found at its path any more: nobody would find there what it holds. On failure the file may
 * end with a torn frame: see part_cut().
 */
int part_write(
	struct part *part, const struct iovec *pieces, int count, off_t offset, size_t *written);

/*
 * After a failed write: ends the file at `size`, where its last whole frame ends, or removes it
 * when that is 0 and it is where it was. When the disk refuses, `is_torn` stays set and part_mend()
 * may be called later.
 */
void part_cut(struct part *part, off_t size);

/* Tries again to cut the torn end. True when there is none any more. */
bool part_mend(struct part *part);

/* What was written survives a loss of power, the file's name included. 0 or -errno. */
int part_sync(struct part *part);

/*
 * Closes it, synced before if `is_durable`. 0, or -errno, also that of any part_sync() before: the
 * kernel tells only once what it has lost. Closed in any case.
 */
int part_finish(struct part *part, bool is_durable);

/* Closes it when it is still open; frees. Accepts a zeroed one. */
void part_fini(struct part *part);
