/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the frames of a part from disk, to enter them in the books again.
 *
 * A file that the machine has died over may hold anything: what is no frame is
 * passed over, up to the next one that another frame or the end of the file
 * follows. Memory is one buffer. Thread: one.
 */
#pragma once

#include <stdatomic.h>
#include <sys/types.h>

#include "common/mjr.h"
#include "common/mjr_info.h"

struct scan;

/*
 * `stop` is borrowed: once it is set, reading gives -ECANCELED. 0, -errno, or -EBADMSG: the file
 * has no header of ours.
 */
int scan_open(struct scan **out, const char *path, const atomic_bool *stop);

/* NULL is fine. */
void scan_close(struct scan *scan);

/* What the header says; lives as long as the scan. */
const struct mjr_info *scan_info(const struct scan *scan);

/* 1 and the next frame, whose payload lives until the next call; 0 at the end; -errno. */
int scan_next(struct mjr_frame *out, struct scan *scan);

/* At the end: how many bytes there are up to the end of the last whole frame, and in all. */
off_t scan_whole(const struct scan *scan);
off_t scan_size(const struct scan *scan);
