/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of an engine's statistics, for those who count. */
#pragma once

#include <pthread.h>

#include "recording/stats.h"

struct stats {
	struct histogram writes; /* by writers, one call each */
	_Atomic uint64_t write_errors;
	_Atomic uint64_t manifest_saves[STATS_RESULTS];
	_Atomic uint64_t hooks[STATS_RESULTS];

	/* protected by `lock`, under which no other is taken */
	pthread_mutex_t lock;
	GPtrArray *running;         /* recordings, borrowed */
	struct stats_totals totals; /* of those that have ended */
	uint64_t ended[STATS_ENDS];
};

/* `stats` is zeroed. */
void stats_init(struct stats *stats);
void stats_fini(struct stats *stats);

/* A recording begins. It must be taken off before the engine's reference is put. */
void stats_enter(struct stats *stats, struct recording *recording);

/* It has ended, and its counts change no more. Thread: writer. */
void stats_leave(struct stats *stats, struct recording *recording, enum stats_end end);

/* One of an earlier process is complete. */
void stats_count_recovered(struct stats *stats);

/* Relaxed. */
void stats_count(_Atomic uint64_t *counter);
