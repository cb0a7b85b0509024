/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording as a listing shows it: one piece of memory, never changed, shared by
 * whoever holds a reference. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/manifest.h"

struct summary {
	atomic_int references;
	enum manifest_state state;
	bool is_held;   /* not to be deleted */
	bool is_paused; /* of one that runs */
	int64_t created_us;
	int64_t ended_us; /* 0 while recording */
	struct manifest_totals totals;

	/* in the same piece of memory */
	char *id;
	char *name;
	char *stream;
	char *reason;    /* "" while recording */
	size_t text_len; /* of all text, from the id on: the four above, then the files */
};

enum {
	SUMMARY_PACKED_MAX = 1 << 20 /* bytes; of some ten thousand parts */
};

/* The caller's is the first reference. */
struct summary *summary_create(const struct manifest *manifest);
struct summary *summary_get(struct summary *summary);
void summary_put(struct summary *summary); /* NULL is fine */

/* Of the parts, NULL-terminated; the caller frees them. */
char **summary_files(const struct summary *summary);

/* As recording_summary() says; a new reference. */
json_t *summary_to_json(const struct summary *summary);

/* Appends it to `out` as bytes, from which it can be made again. */
void summary_pack(GByteArray *out, const struct summary *summary);

/* From all of these bytes; NULL when they are not what summary_pack() makes. */
struct summary *summary_unpack(struct bytes packed);
