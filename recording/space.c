/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See space.h. */
#include "recording/space.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define U64 "%" G_GUINT64_FORMAT

struct space {
	struct space_params params;

	/* atomic */
	_Atomic int64_t next_us; /* when to look again; 0: at once */
	atomic_int error;        /* what the last look gave */

	/* protected by `lock` */
	pthread_mutex_t lock;
	enum space_level level;
	uint64_t available; /* at the last look */
};

struct space *space_create(const struct space_params *params)
{
	struct space *space = g_new0(struct space, 1);
	space->params = *params;
	pthread_mutex_init(&space->lock, NULL);
	return space;
}

void space_destroy(struct space *space)
{
	if (space == NULL)
		return;
	pthread_mutex_destroy(&space->lock);
	g_free(space);
}

/* A level that has been reached is left a little later, so that nobody is told again and again. */
static uint64_t left_at(uint64_t mark)
{
	return mark + mark / 8;
}

static bool is_below(uint64_t available, uint64_t mark, bool was_below)
{
	return available < (was_below ? left_at(mark) : mark);
}

static enum space_level level_of(const struct space *space, uint64_t available)
{
	const struct space_params *params = &space->params;
	if (is_below(available, params->reserve, space->level == SPACE_FULL))
		return SPACE_FULL;
	if (is_below(available, params->low, space->level != SPACE_OK))
		return SPACE_LOW;
	return SPACE_OK;
}

/* 0, or -errno: nothing is known. */
static int look(enum space_level *level, uint64_t *available, struct space *space)
{
	const struct space_params *params = &space->params;
	int err = params->settle != NULL ? params->settle(params->ctx) : 0;
	if (err == 0)
		err = params->disk->space(params->disk->ctx, params->folder, available);
	if (err < 0) {
		atomic_store(&space->error, err);
		return err;
	}
	pthread_mutex_lock(&space->lock);
	*level = level_of(space, *available);
	bool has_changed = *level != space->level;
	space->level = *level;
	space->available = *available;
	pthread_mutex_unlock(&space->lock);
	if (has_changed)
		params->on_change(*level, *available, params->ctx);
	atomic_store(&space->error, *level == SPACE_FULL ? -ENOSPC : 0);
	return 0;
}

int space_look(struct space *space, uint64_t wanted)
{
	enum space_level level;
	uint64_t available;
	int err = look(&level, &available, space);
	if (err < 0)
		return err;
	bool is_full = level == SPACE_FULL || available < space->params.reserve + wanted;
	return is_full ? -ENOSPC : 0;
}

int space_recall(
	enum space_level *level, uint64_t *available, struct space *space, bool is_watching)
{
	const struct space_params *params = &space->params;
	int err = atomic_load(&space->error);
	*available = 0;
	if (!is_watching)
		err = params->disk->space(params->disk->ctx, params->folder, available);
	pthread_mutex_lock(&space->lock);
	if (is_watching && (err == 0 || err == -ENOSPC))
		*available = space->available;
	*level = is_watching ? space->level : level_of(space, *available);
	pthread_mutex_unlock(&space->lock);
	return err == -ENOSPC ? 0 : err;
}

static char *explain(const struct space_params *params, int err, uint64_t available)
{
	if (err < 0)
		return g_strdup_printf("the recordings folder '%s' cannot be looked at: %s",
			params->folder, g_strerror(-err));
	return g_strdup_printf(U64 " bytes are free in '%s', disk_reserve keeps " U64
				   ", and once it is reached " U64 " must be free again",
		available, params->folder, params->reserve, left_at(params->reserve));
}

int space_judge(char **why, struct space *space)
{
	enum space_level level = SPACE_OK;
	uint64_t available = 0;
	int err = look(&level, &available, space);
	if (err == 0 && level != SPACE_FULL)
		return 0;
	if (why != NULL)
		*why = explain(&space->params, err, available);
	return err < 0 ? err : -ENOSPC;
}

int space_watch(struct space *space, int64_t now_us)
{
	int64_t next_us = atomic_load(&space->next_us);
	if (now_us < next_us || !atomic_compare_exchange_strong(
					&space->next_us, &next_us, now_us + SPACE_INTERVAL_US))
		return atomic_load(&space->error);
	return space_look(space, 0);
}
