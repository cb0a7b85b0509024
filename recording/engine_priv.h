/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the engine, for its recordings. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "recording/disk.h"
#include "recording/engine.h"
#include "recording/limits.h"
#include "recording/stats_priv.h"

struct engine {
	/* constant after create */
	struct engine_params params; /* with the defaults filled in; all borrowed */
	struct store *store;
	struct reserve *reserve;
	struct owner *owner;
	struct recovery *recovery;
	struct hooks *hooks; /* NULL: there are none */
	struct space *space;
	struct keeper *keeper;
	GPtrArray *writers; /* struct writer *, owned */

	atomic_uint next_writer;
	struct limits limits;
	struct stats stats;
	atomic_bool has_unfinished; /* a recording has left its rings to a later engine */
};

/* The writer for a new recording. Thread: any. */
struct writer *engine_writer(struct engine *engine);

/*
 * Makes the recordings folder, should it have gone, and sees that whoever looks into it finds that
 * this engine lives. Before anything is written into it that may be a new one. 0 or -errno. Thread:
 * any but the media thread.
 */
int engine_settle(struct engine *engine);

/* Tells the log and the owner. No lock may be held. */
void engine_emit(const struct engine *engine, const struct engine_event *event);

void engine_log(const struct engine *engine, enum engine_log_level level, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
