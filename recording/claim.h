/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The right to change a file that lies in its place, e.g. a manifest, for a moment:
 * of all threads and processes that share the folder, one has it.
 *
 * It is a lock on the file itself, which the kernel drops with the process. Thread: any but the
 * media thread.
 */
#pragma once

/* A descriptor to be closed when done; or -errno: -EBUSY when somebody else has it. */
int claim_take(const char *path);
