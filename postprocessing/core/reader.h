/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the frames of one .mjr file, in constant memory, one sequential pass,
 * and finds its way again after damage.
 *
 * Resynchronisation: where a frame should begin and does not, the reader looks
 * for the next tag whose length leads to another tag (or to the end of the
 * file). What was passed over is counted, never silently lost.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mjr.h"
#include "common/mjr_info.h"
#include "postprocessing/core/stage.h"

struct reader;

struct reader_frame {
	uint32_t ms;          /* arrival since the file's first frame (0 in version 1 files) */
	uint64_t offset;      /* of the frame in the file */
	bool is_after_damage; /* bytes were passed over just before it */
	struct bytes payload; /* RTP, or i64 µs and a message */
};

struct reader_stats {
	uint64_t frames;
	uint64_t bytes;         /* read so far */
	uint64_t bytes_skipped; /* passed over to find the next frame */
	uint64_t damages;       /* runs of such bytes */
	bool is_torn;           /* the file ends inside a frame */
};

/*
 * 0; -errno of the file; -EBADMSG: not an .mjr (also an empty one, and the bare 8-byte magic, which
 * `what` tells apart); -ENOTSUP: a codec we do not know. `what` (may be NULL) gets a static
 * sentence.
 */
int reader_open(struct reader **out, const char *path, const char **what);
void reader_close(struct reader *reader); /* NULL is fine */

/* STAGE_OK, STAGE_END or -errno. */
int reader_pull(struct reader *reader, struct reader_frame *out);

const struct mjr_info *reader_info(const struct reader *reader);
const struct reader_stats *reader_stats(const struct reader *reader);
enum mjr_version reader_version(const struct reader *reader);

/* Size of the file when it was opened, for progress. */
uint64_t reader_file_size(const struct reader *reader);
