/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A double of the medium below one folder, for tests that take the power away.
 *
 * The system calls by which files are changed are wrapped when a test is linked
 * (MEDIUM_WRAPS in local.mk). Each is done, but a sync costs nothing, and is noted
 * as a step. Any number of steps can then be turned into what the running system
 * saw after them, and into what a medium may hold when the power went away there:
 * of what was not synced all, nothing, or whatever an order of its own has made of
 * it. The notes outlive a process that is killed. One folder at a time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	MEDIUM_NAME_SIZE = 64,
	MEDIUM_SECTOR = 512 /* never half of one */
};

enum medium_op {
	MEDIUM_CREATE,
	MEDIUM_WRITE,
	MEDIUM_TRUNCATE,
	MEDIUM_SYNC,
	MEDIUM_RENAME,
	MEDIUM_UNLINK,
	MEDIUM_SYNC_FOLDER,
	MEDIUM_MARK, /* nothing has happened: the test has noted something */
};

struct medium_step {
	enum medium_op op;
	unsigned file;               /* a number for the inode */
	char name[MEDIUM_NAME_SIZE]; /* CREATE, RENAME, UNLINK; MARK: the test's */
	char to[MEDIUM_NAME_SIZE];   /* RENAME */
	off_t offset;                /* WRITE; TRUNCATE: the size */
	size_t len, data;            /* WRITE: where in the notes the bytes are */
	int mark;                    /* the test's */
	int64_t time_us;             /* the test's clock */
};

/* What becomes of the bytes that were not synced. */
enum medium_bytes {
	MEDIUM_BYTES_LOST,
	MEDIUM_BYTES_KEPT,
	MEDIUM_BYTES_TORN,  /* half of the last write is missing */
	MEDIUM_BYTES_ZERO,  /* the file has its new size, and nothing else */
	MEDIUM_BYTES_HOLED, /* so it has, and every other sector */
	MEDIUM_BYTES_DICE,
};

/* What becomes of the names. */
enum medium_names {
	MEDIUM_NAMES_LOST,
	MEDIUM_NAMES_KEPT,
	MEDIUM_NAMES_FIRST, /* the older half of the changes */
	MEDIUM_NAMES_LAST,  /* the last change alone */
	MEDIUM_NAMES_DICE,
};

struct medium_loss {
	enum medium_bytes bytes;
	enum medium_names names;
	uint32_t seed; /* of the dice */
};

/* Where the notes are kept; once, before a process is forked. */
void medium_init(void);

/*
 * Notes what happens in `folder` at the times of `now_us`, both borrowed. `is_next`: the notes go
 * on, in another process.
 */
void medium_begin(const char *folder, const _Atomic int64_t *now_us, bool is_next);

/* Notes something that the test wants to know later. */
void medium_mark(int mark, const char *name);

size_t medium_step_count(void);
const struct medium_step *medium_step(size_t index);

/* Names and contents (GByteArray), hidden files too, that were seen after the first `count` steps.
 */
GHashTable *medium_view(size_t count);

/* What the medium may hold when the power goes away then. */
GHashTable *medium_cut(size_t count, const struct medium_loss *loss);
