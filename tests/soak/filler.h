/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Somebody else who fills the disk, and empties it, again and again at random.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct filler;

/* Begins in this folder, which must be there, with a thread of its own. */
struct filler *filler_start(const char *folder, guint32 seed);

/* Ends its thread, and leaves the disk full or gives all back. Returns how often it was full. */
unsigned filler_stop(struct filler *filler, bool is_full);

/* After filler_stop(): gives back what is left. */
void filler_destroy(struct filler *filler);
