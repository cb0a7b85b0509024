/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of a recording that is deleted, in two steps.
 *
 *      NAME.json  ──▶  .NAME.removed  ──▶  its files go  ──▶  .NAME.removed goes
 *
 * With the first, one rename, the recording is gone for everybody, whole; a kill
 * after it leaves what the next engine finds and brings to an end. Until all is
 * gone the name is not free, so that no file is taken for another's. Only files
 * that a recording of this name would make are removed: what a manifest says
 * beyond that is nobody's to believe.
 *
 * Thread: any but the media thread.
 */
#pragma once

#include "recording/disk.h"

/*
 * 0: it is gone; -ENOENT: it was; -EPERM: it is held; -EBUSY: somebody else is at it; -EINPROGRESS:
 * it has not ended; -EBADMSG: that is not the manifest of this recording; or -errno. But for 0, all
 * is as before.
 */
int removal_begin(const struct disk *disk, const char *folder, const char *name, const char *id);

/* 0: nothing is left; or -errno: something is, to be tried again. -EBUSY as above. */
int removal_end(const struct disk *disk, const char *folder, const char *name);
