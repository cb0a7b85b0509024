/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watches how much room the recordings' disk has, and whether it is there.
 *
 * Two marks: below `low` the owner is told; below `reserve` nothing more is
 * recorded, so that manifests and other programs still find room. A level is
 * left again only an eighth above its mark. Thread: any but the media thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "recording/disk.h"

struct space;

enum space_level {
	SPACE_OK,
	SPACE_LOW,
	SPACE_FULL,
};

/* Makes sure that the folder is there. 0 or -errno. */
typedef int (*space_settle_fn)(void *ctx);
typedef void (*space_fn)(enum space_level level, uint64_t available, void *ctx);

/* All borrowed for its life. */
struct space_params {
	const struct disk *disk;
	const char *folder;
	uint64_t low, reserve;  /* bytes */
	space_settle_fn settle; /* before each look; or NULL */
	space_fn on_change;     /* with no lock held, on the thread that looked */
	void *ctx;
};

enum {
	SPACE_INTERVAL_US = 1000000
};

struct space *space_create(const struct space_params *params);

/* NULL is fine. */
void space_destroy(struct space *space);

/*
 * What the last look has found, if somebody `is_watching`; else looks, tells nobody, and makes no
 * folder. 0, or -errno: the folder could not be looked at, and *available is 0.
 */
int space_recall(
	enum space_level *level, uint64_t *available, struct space *space, bool is_watching);

/*
 * Looks, unless somebody has within the last SPACE_INTERVAL_US: 0; -ENOSPC: the level is
 * SPACE_FULL; or -errno: the folder cannot be looked at. Blocks when it looks.
 */
int space_watch(struct space *space, int64_t now_us);

/* Looks. As space_watch(), and -ENOSPC also when less than `wanted` bytes beyond the reserve are
 * free. */
int space_look(struct space *space, uint64_t wanted);

/* Looks. As space_watch(), with *why (may be NULL) set to a sentence, which the caller frees. */
int space_judge(char **why, struct space *space);
