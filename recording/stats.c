/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See stats.h. */
#include "recording/stats.h"

#include <string.h>

#include "recording/engine_priv.h"
#include "recording/hooks.h"
#include "recording/recording.h"
#include "recording/recording_priv.h"
#include "recording/space.h"
#include "recording/store.h"

void stats_init(struct stats *stats)
{
	pthread_mutex_init(&stats->lock, NULL);
	stats->running = g_ptr_array_new();
}

void stats_fini(struct stats *stats)
{
	g_ptr_array_unref(stats->running);
	pthread_mutex_destroy(&stats->lock);
}

/* --- counting --- */

void stats_count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void stats_count_recovered(struct stats *stats)
{
	pthread_mutex_lock(&stats->lock);
	stats->ended[STATS_END_RECOVERED]++;
	pthread_mutex_unlock(&stats->lock);
}

static void add(struct stats_totals *sum, const struct stats_totals *more)
{
	sum->bytes += more->bytes;
	sum->packets += more->packets;
	for (size_t i = 0; i < STATS_DROPS; i++)
		sum->dropped[i] += more->dropped[i];
	sum->keyframe_requests += more->keyframe_requests;
}

void stats_enter(struct stats *stats, struct recording *recording)
{
	pthread_mutex_lock(&stats->lock);
	g_ptr_array_add(stats->running, recording);
	pthread_mutex_unlock(&stats->lock);
}

void stats_leave(struct stats *stats, struct recording *recording, enum stats_end end)
{
	struct recording_stats last;
	recording_stats_read(&last, recording);
	pthread_mutex_lock(&stats->lock);
	g_ptr_array_remove_fast(stats->running, recording);
	add(&stats->totals, &last.totals);
	stats->ended[end]++;
	pthread_mutex_unlock(&stats->lock);
}

/* --- reading --- */

static void load(uint64_t out[static STATS_RESULTS], const _Atomic uint64_t counters[STATS_RESULTS])
{
	for (size_t i = 0; i < STATS_RESULTS; i++)
		out[i] = atomic_load_explicit(&counters[i], memory_order_relaxed);
}

static void put_running(void *data)
{
	struct stats_running *running = data;
	recording_put(running->recording);
}

/* What goes on, and what has ended by the same moment. */
static void take_list(struct stats_snapshot *out, struct stats *stats)
{
	out->recordings = g_array_new(FALSE, FALSE, sizeof(struct stats_running));
	g_array_set_clear_func(out->recordings, put_running);
	pthread_mutex_lock(&stats->lock);
	for (guint i = 0; i < stats->running->len; i++) {
		struct stats_running running = {recording_get(stats->running->pdata[i]), 0};
		g_array_append_val(out->recordings, running);
	}
	out->totals = stats->totals;
	memcpy(out->ended, stats->ended, sizeof out->ended);
	pthread_mutex_unlock(&stats->lock);
}

static void add_running(struct stats_snapshot *out, struct stats_running *running)
{
	struct recording_stats now;
	recording_stats_read(&now, running->recording);
	running->grew_us = now.grew_us;
	add(&out->totals, &now.totals);
	out->rings.high_water = MAX(out->rings.high_water, now.rings.high_water);
	out->rings.waiting += now.rings.waiting;
	out->rings.memory += now.rings.memory;
	out->suspended += now.is_suspended;
}

static void read_disk(struct stats_snapshot *out, struct engine *engine)
{
	static const enum stats_disk STATES[] = {
		[SPACE_OK] = STATS_DISK_OK,
		[SPACE_LOW] = STATS_DISK_LOW,
		[SPACE_FULL] = STATS_DISK_FULL,
	};
	enum space_level level;
	int err = space_recall(&level, &out->disk_available, engine->space, out->running > 0);
	out->disk[err < 0 ? STATS_DISK_UNKNOWN : STATES[level]] = 1;
}

void stats_read(struct stats_snapshot *out, struct engine *engine)
{
	struct stats *stats = &engine->stats;
	*out = (struct stats_snapshot){.ring_capacity = engine->params.ring_size};
	take_list(out, stats);
	out->running = out->recordings->len;
	for (guint i = 0; i < out->recordings->len; i++)
		add_running(out, &g_array_index(out->recordings, struct stats_running, i));
	histogram_read(&out->writes, &stats->writes);
	out->write_errors = atomic_load_explicit(&stats->write_errors, memory_order_relaxed);
	load(out->manifest_saves, stats->manifest_saves);
	load(out->hooks, stats->hooks);
	out->hooks_waiting = hooks_waiting(engine->hooks);
	out->listed = store_count(engine->store);
	read_disk(out, engine);
}

void stats_snapshot_fini(struct stats_snapshot *snapshot)
{
	g_array_unref(snapshot->recordings);
	snapshot->recordings = NULL;
}
