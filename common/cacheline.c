/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See cacheline.h. */
#include "common/cacheline.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

void *cacheline_alloc(size_t size)
{
	size_t whole = (size + CACHELINE - 1) / CACHELINE * CACHELINE;
	void *memory = aligned_alloc(CACHELINE, whole);
	if (memory == NULL)
		g_error("out of memory");
	return memset(memory, 0, whole);
}
