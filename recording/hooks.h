/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator's hooks: events of recordings become jobs, their results become
 * events and part of the manifest.
 *
 * A job is in the journal when hooks_on_event() returns; hook_runner.h runs it.
 */
#pragma once

#include <glib.h>

#include "recording/engine.h"

struct hooks;

/*
 * Opens the journal of the engine, whose owner and parameters are there already. *out is NULL when
 * no hook is configured. 0 or -errno.
 */
int hooks_create(struct hooks **out, struct engine *engine);

/*
 * Takes over what dead engines have left, and begins to run. `living`: engines that were seen to
 * live since hooks_create(). The index must be there. NULL is fine. 0 or -errno.
 */
int hooks_start(struct hooks *hooks, GHashTable *living);

/* After the last event: lets hooks end for a while, leaves the rest to the next engine. NULL is
 * fine. */
void hooks_destroy(struct hooks *hooks);

/* Jobs that have not come to their end. NULL is fine. Thread: any. */
size_t hooks_waiting(struct hooks *hooks);

/* What engine_emit() tells. NULL is fine. Thread: that of the event. */
void hooks_on_event(struct hooks *hooks, const struct engine_event *event);
