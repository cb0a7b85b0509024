/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completes what killed engines have left: recordings whose manifests say that
 * they go on, and the rings that hold their last packets.
 *
 * It finds out by owner.h which engines are dead, and is then alone with what they
 * have left. A recording is recovered in steps that can each be begun again:
 * the rings are written to the files, the books are kept anew from the files, the
 * manifest is replaced, its end is told, the rings are removed. So rings of a
 * recording that has ended mean that its end may not have been told yet, and it is
 * told once more. The dead engine's lock files go
 * when nothing of it is left. Whatever cannot be done is logged and left for the
 * next start. A ring that is damaged is set aside, as FILE.damaged.
 *
 * All but the look around is done on a thread of its own, beside new recordings:
 * what there is to recover is known before the first of them can start.
 */
#pragma once

#include <glib.h>

struct engine;
struct recovery;

/* Finds the dead, and removes the temporary files that they have left. Before store_create(). */
struct recovery *recovery_create(struct engine *engine);

/* Engines that were seen to live when it was created: a set of ids, borrowed. */
GHashTable *recovery_living(const struct recovery *recovery);

/* Begins, with what the index knows by now. 0 or -errno. */
int recovery_start(struct recovery *recovery);

/* Waits until all is done that can be done. Thread: the one that created it. */
void recovery_wait(struct recovery *recovery);

/* Ends it, if need be between two steps; the next start goes on. NULL is fine. */
void recovery_destroy(struct recovery *recovery);

/* "ENGINE_RECORDING-label.ring", which the caller frees: whose a ring is, its name tells. */
char *recovery_ring_file(const char *engine_id, const char *recording_id, const char *label);
