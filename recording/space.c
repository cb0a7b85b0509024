/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See space.h. */
#include "recording/space.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct space {
	struct space_params params;

	/* atomic */
	_Atomic int64_t next_us; /* when to look again; 0: at once */
	atomic_int error;        /* what the last look gave */

	/* protected by `lock` */
	pthread_mutex_t lock;
	enum space_level level;
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
static bool is_below(uint64_t available, uint64_t mark, bool was_below)
{
	return available < mark + (was_below ? mark / 8 : 0);
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

int space_look(struct space *space, uint64_t wanted)
{
	const struct space_params *params = &space->params;
	uint64_t available = 0;
	int err = params->disk->space(params->disk->ctx, params->folder, &available);
	if (err < 0) {
		atomic_store(&space->error, err);
		return err;
	}
	pthread_mutex_lock(&space->lock);
	enum space_level level = level_of(space, available);
	bool has_changed = level != space->level;
	space->level = level;
	pthread_mutex_unlock(&space->lock);
	if (has_changed)
		params->on_change(level, available, params->ctx);
	atomic_store(&space->error, level == SPACE_FULL ? -ENOSPC : 0);
	return level == SPACE_FULL || available < params->reserve + wanted ? -ENOSPC : 0;
}

int space_watch(struct space *space, int64_t now_us)
{
	int64_t next_us = atomic_load(&space->next_us);
	if (now_us < next_us || !atomic_compare_exchange_strong(
					&space->next_us, &next_us, now_us + SPACE_INTERVAL_US))
		return atomic_load(&space->error);
	return space_look(space, 0);
}
