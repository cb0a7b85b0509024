/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * File names of a recording: chosen, made safe, and reserved.
 *
 *      NAME.json   NAME-audio.mjr   NAME-video.mjr   NAME-video1.mjr   NAME-rtcp.mjr
 *                  NAME.0002-audio.mjr, …: later parts; all parts, where they are rotated
 *      NAME.mp4    NAME.webm: what it is converted to
 *
 * Thread: any but the media thread (the disk).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/codec.h"
#include "common/naming.h"
#include "recording/disk.h"

#define NAME_RTCP_LABEL  "rtcp"
#define NAME_PART_SUFFIX ".mjr"

enum {
	NAME_LABEL_SIZE = sizeof "video31",
	/* What may follow a name: a part's number, a label, a suffix, a temporary's. */
	NAME_ROOM = sizeof ".4294967295-video31.mjr.XXXXXX" - 1,
};

/*
 * Finds a name after `wanted` for which neither a manifest, be it removed, nor any first part,
 * nor what an earlier recording was converted to exists, and reserves it by creating an empty
 * manifest: NAME, or NAME-1, NAME-2, … with the number inside what is encoded. What does not fit is
 * cut off before, between characters. 0 and the name, which the caller frees; or -errno.
 */
int name_reserve(char **out, const struct disk *disk, const char *folder, const char *wanted,
	enum naming_encoding encoding, const char *const *labels, size_t label_count);

/* The label of the `index`-th track of this kind: "video", "video1", … */
void name_label(char out[static NAME_LABEL_SIZE], enum codec_kind kind, size_t index);

/*
 * "NAME-label.mjr" for part 1, unless `is_rotated`, "NAME.0002-label.mjr", … for the others; the
 * caller frees it.
 */
char *name_part_file(const char *name, const char *label, uint32_t part_number, bool is_rotated);

/* Whether name_label() gives it for some track, or it is that of RTCP. */
bool name_is_label(const char *text);

/* "NAME.json", which the caller frees. */
char *name_manifest_file(const char *name);

/* Whether it names a file inside the folder and nothing else. */
bool name_is_plain(const char *file);
/* ".NAME.removed", which the caller frees: the manifest of a recording that is being deleted. */
char *name_removed_file(const char *name);

/* The other way: NAME, which the caller frees, or NULL for all other files. */
char *name_of_removed(const char *file);
