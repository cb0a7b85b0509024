/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory by cache lines, for what the media threads touch: among many streams
 * each line of theirs has left the caches by the time of the next packet, so
 * that the lines are what a packet costs.
 *
 *      struct thing {
 *              alignas(CACHELINE) …     all that a packet needs
 *              alignas(CACHELINE) …     the rest
 *      };
 */
#pragma once

#include <stddef.h>

enum {
	CACHELINE = 64
};

/* Zeroed memory that begins with a line, for free(). Never fails: without memory we end. */
void *cacheline_alloc(size_t size);
