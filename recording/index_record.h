/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One recording in the index file: its summary, and by what to tell that this is
 * still what its manifest says.
 *
 *      length (32 bits)   CRC-32 of what follows   inode, size, change time   summary
 *                                                  └────────── 64 bits each ┘
 *
 * All integers are big-endian. Thread: any.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/bytes.h"
#include "recording/summary.h"

/*
 * What a file's content cannot change without: manifests are replaced, which makes another inode,
 * or, where the number comes again, another time of change.
 */
struct index_stamp {
	uint64_t inode;
	uint64_t size;
	int64_t changed_ns; /* ctime, which nobody can set */
};

struct index_stamp index_record_stamp(const struct stat *st);
bool index_record_is_same(const struct index_stamp *a, const struct index_stamp *b);

enum {
	INDEX_RECORD_HEADER = 8,
	INDEX_RECORD_MAX = INDEX_RECORD_HEADER + 24 + SUMMARY_PACKED_MAX
};

/* Appends one to `out`; nothing when it would be too long. */
void index_record_pack(
	GByteArray *out, const struct summary *summary, const struct index_stamp *stamp);

/*
 * The first record of `data`: 0, and the caller's summary and the record's size; -EAGAIN: it is
 * longer than that; -EBADMSG: it is none.
 */
int index_record_parse(
	struct summary **summary, struct index_stamp *stamp, size_t *size, struct bytes data);
