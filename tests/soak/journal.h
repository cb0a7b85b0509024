/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the streams of a soak have pushed, and which recordings had to have it.
 *
 * A track's journal is written by its media thread; others may read its counters, and
 * what lies below them. Recordings know from the counters, as they stood before and
 * after a request, which packets they must and which they may hold.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "tests/double/gateway.h"
#include "tests/plugins/scene.h"

enum {
	JOURNAL_MAX = 1 << 15, /* packets of one track */
};

struct journal {
	_Atomic unsigned offered;  /* handed to the plugin */
	_Atomic unsigned accepted; /* the plugin has returned */
	/* Wall clock before and after the push. */
	_Atomic int64_t before_us[JOURNAL_MAX], after_us[JOURNAL_MAX];
};

/* Pushes the next packet, and notes it down; does nothing once the journal is full. */
void journal_push(
	struct journal *journal, struct gateway_handle *handle, unsigned stream, int kind);

/* Where something that takes a moment falls among the packets: min ≤ its place ≤ max. */
struct moment {
	unsigned min, max;
};

void journal_begin_moments(struct moment out[static SCENE_KINDS], const struct journal *journals);
void journal_end_moments(struct moment out[static SCENE_KINDS], const struct journal *journals);
