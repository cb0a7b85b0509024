/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the frames of one track, in constant memory, one sequential pass over
 * its files, and finds its way again after damage.
 *
 * A track that was rotated has several files; they are read as if they were one,
 * and arrival times go on across them by the headers' wall clocks.
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
	/*
	 * Arrival since the track's first frame (0 in version 1 files). Never goes back: a value
	 * that contradicts its neighbours is damage, and is replaced by the one before.
	 */
	uint32_t ms;
	uint64_t offset;      /* of the frame in its file */
	bool is_after_damage; /* bytes were passed over just before it */
	bool is_suspect;      /* no frame follows where its length says: the length may be wrong */
	struct bytes payload; /* RTP, or i64 µs and a message */
};

struct reader_stats {
	uint64_t frames;
	uint32_t last_ms;          /* arrival of the newest frame */
	uint64_t bytes;            /* read so far */
	uint64_t bytes_skipped;    /* passed over to find the next frame */
	uint64_t damages;          /* runs of such bytes */
	uint64_t suspects;         /* frames with is_suspect */
	uint64_t unreadable_files; /* passed over: they cannot be opened, or hold another codec */
	bool is_torn;              /* a file ends inside a frame */
};

/*
 * 0; -errno of the file; -EBADMSG: not an .mjr (also an empty one, and the bare 8-byte magic, which
 * `what` tells apart); -ENOTSUP: a codec we do not know. `what` (may be NULL) gets a static
 * sentence, or NULL when the errno says it all.
 */
int reader_open(struct reader **out, const char *path, const char **what);

/* Several files in order. Fails only when none of them can be opened, with the first's reason. */
int reader_open_files(
	struct reader **out, char *const *paths, size_t path_count, const char **what);

void reader_close(struct reader *reader); /* NULL is fine */

/* STAGE_OK, STAGE_END or -errno. */
int reader_pull(struct reader *reader, struct reader_frame *out);

/* Of the first file. */
const struct mjr_info *reader_info(const struct reader *reader);
enum mjr_version reader_version(const struct reader *reader);

const struct reader_stats *reader_stats(const struct reader *reader);

/* Size of all files, for progress. */
uint64_t reader_file_size(const struct reader *reader);
