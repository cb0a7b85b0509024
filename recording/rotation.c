/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See rotation.h. */
#include "recording/rotation.h"

#include <glib.h>

bool rotation_is_on(const struct rotation *rotation)
{
	return manifest_is_rotated(&rotation->limits);
}

/* The first multiple of the duration after `from_us`, by the wall clock. */
static int64_t next_boundary(const struct rotation *rotation, int64_t from_us, int64_t to_real_us)
{
	int64_t duration_us = (int64_t)rotation->limits.duration_us;
	int64_t from_real_us = from_us + to_real_us;
	return from_us + duration_us - from_real_us % duration_us;
}

void rotation_begin(struct rotation *rotation, int64_t from_us, int64_t now_us, int64_t now_real_us)
{
	rotation->has_begun = true;
	rotation->is_due = false;
	rotation->deadline_us = INT64_MAX;
	if (rotation->limits.duration_us == 0)
		return;
	if (rotation->limits.is_aligned)
		rotation->deadline_us = next_boundary(rotation, from_us, now_real_us - now_us);
	else
		rotation->deadline_us = from_us + (int64_t)rotation->limits.duration_us;
}

bool rotation_look(struct rotation *rotation, int64_t now_us, uint64_t bytes)
{
	if (!rotation->has_begun || rotation->is_due)
		return rotation->is_due;
	bool is_late = now_us >= rotation->deadline_us;
	bool is_large = rotation->limits.bytes > 0 && bytes >= rotation->limits.bytes;
	rotation->is_due = is_late || is_large;
	rotation->due_us = is_late ? rotation->deadline_us : now_us;
	return rotation->is_due;
}
