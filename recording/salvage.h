/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be saved of one track whose process was killed: the frames that wait
 * in its ring are written to where they belong in the part's file, and the books
 * are kept anew from the files.
 *
 * Nothing of this consumes anything, so all of it can be begun again after any
 * interruption, with the same result. Thread: the one of recovery.
 */
#pragma once

#include <stdatomic.h>

#include "common/manifest.h"
#include "recording/disk.h"

/* All borrowed. */
struct salvage {
	const struct disk *disk;
	const char *folder;      /* of the recordings */
	const atomic_bool *stop; /* set: give up with -ECANCELED */
	const struct manifest *manifest;
	struct manifest_pause *open_pause; /* its end is looked for in the files; or NULL */
	/* Moves a file out of the way that is not what it should be. */
	void (*set_aside)(const char *path, const char *why, const void *ctx);
	const void *ctx;
};

/*
 * Writes what waits in the ring, header and all if there is no file yet, syncs it, and enters the
 * part in the track of the manifest when it is missing there, and what the producer has counted and
 * dropped. The ring's positions stay.
 * 0; -ENODATA: the ring was not completed; -EBADMSG: it is damaged, or does not fit the manifest
 * or the file; -errno of the disk, which has then no torn frame.
 */
int salvage_ring(const struct salvage *salvage, struct manifest_track *track, const char *path);

/*
 * Reads the track's parts and writes their books. A torn end is cut off; a file without a frame is
 * removed, one without a header set aside; what is no part any more leaves the list. 0 or -errno.
 */
int salvage_books(const struct salvage *salvage, struct manifest_track *track);
