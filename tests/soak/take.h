/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One recording of a soak: when it was asked for, and the comparison of its files and
 * its manifest with the journals of its stream.
 */
#pragma once

#include <stdbool.h>

#include "common/manifest.h"
#include "tests/soak/journal.h"

struct verdict {
	unsigned long recordings;  /* that were looked at */
	unsigned long frames;      /* in their files */
	unsigned long dropped;     /* as their manifests say */
	unsigned long torn;        /* files */
	unsigned long doubled;     /* frames that are there twice, or in the wrong order */
	unsigned long unaccounted; /* packets: neither in a file nor in the manifest's words */
	unsigned long unpromised;  /* the same, where the last manifest could not be saved */
	unsigned long untrue;      /* what manifests or events say otherwise */
};

struct take {
	char *name;
	char *id;
	unsigned stream;
	struct moment begin[SCENE_KINDS], end[SCENE_KINDS];
	bool is_stopped;
	bool is_checked;
	bool is_deleted;

	/* What its manifest says, once checked. */
	enum manifest_state state;
	size_t suspended, resumed, parts, gaps;
};

void take_free(void *take);

/* Has its last manifest come? */
bool take_has_ended(const struct take *take, const char *folder);

/* Compares; complains on stderr, and counts in `verdict`. */
void take_check(struct take *take, struct verdict *verdict, const char *folder,
	const struct journal *journals);

/* Removes its files and its manifest. */
void take_delete(struct take *take, const char *folder);

/* Says what is wrong with this recording, or file. */
void take_complain(unsigned long *count, unsigned long more, const char *whose, const char *format,
	...) G_GNUC_PRINTF(4, 5);
