/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an .mjr file says of itself: the JSON in its header.
 *
 * Keys, in the order written (Janus: src/record.c, janus_recorder_save_frame_internal):
 *   t  "a" | "v" | "d"      c  codec name          f  fmtp (optional)
 *   d  description (opt.)   x  {"id": "URI"} (opt.) s  created, µs      u  first frame, µs
 *   or RED payload type (optional)                 e  true when end-to-end encrypted
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/codec.h"
#include "common/mjr.h"

enum {
	MJR_EXTMAP_MAX = 15
}; /* ids 1…15; the index is the id, 0 is unused */

struct mjr_info {
	const struct codec *codec;        /* static; from "c" */
	char *fmtp;                       /* owned, or NULL */
	char *description;                /* owned, or NULL */
	char *extmap[MJR_EXTMAP_MAX + 1]; /* owned URIs, or NULL */
	int64_t created_us;               /* wall clock */
	int64_t first_frame_us;           /* wall clock */
	uint8_t red_payload_type;         /* 0: no RED */
	bool is_encrypted;                /* payloads are end-to-end encrypted */
};

/* Frees what it owns and zeroes it. Accepts a zeroed one. */
void mjr_info_fini(struct mjr_info *info);

/* Deep copy; `out` must be zeroed or fresh. */
void mjr_info_copy(struct mjr_info *out, const struct mjr_info *info);

/*
 * From the JSON of a header (or the five-letter word of a 2015 file: opus or vp8).
 * 0, and `out` is owned by the caller; -EBADMSG: no JSON, or a key that is needed (t, c, s, u) is
 * missing, of a wrong type or no wall time before the year 10000, or t is not c's; -ENOTSUP: a
 * codec that the table does not know. On failure `what` (may be NULL) points at a static sentence,
 * and `out` is zeroed.
 */
int mjr_info_parse(struct mjr_info *out, const struct mjr_header *header, const char **what);

/*
 * Builds the whole file header: magic, length, JSON. Writes at most `cap` bytes and returns the
 * count; -EOVERFLOW when the JSON would pass MJR_JSON_MAX even without description and extmap,
 * which are left out, in that order, when they do not fit; -ENOBUFS when `cap` is too small
 * (MJR_HEADER_MAX never is); -EINVAL without a codec. Texts that are not UTF-8 are left out.
 */
int mjr_info_build(uint8_t *buf, size_t cap, const struct mjr_info *info);

/* {"id": "URI"}, a new reference; NULL when there is no extension. */
json_t *mjr_info_extmap_to_json(const struct mjr_info *info);

/* Replaces the extmap; ids and values that are none are passed over. `extmap` may be NULL. */
void mjr_info_extmap_from_json(struct mjr_info *info, const json_t *extmap);
