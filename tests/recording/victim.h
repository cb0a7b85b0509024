/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process with a recording, "call", that is killed at the test's will, and what
 * the next engine in its folders makes of it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/manifest.h"
#include "tests/recording/rig.h"

enum {
	VICTIM_PACKETS = 10 /* of the audio and of the video track, each */
};

/* A process that has come to the end of live(), and waits; the rig has no engine then. */
pid_t victim_fork(struct rig *rig, void (*live)(struct rig *rig, int how), int how);

/* Has pushed all when it returns, and written it when `is_drained`. */
pid_t victim_start(struct rig *rig, bool is_drained);

void victim_kill(pid_t child);

/* A new engine in the rig's folders, which has done all that it can; its log alone is kept. */
void victim_recover(struct rig *rig);

void victim_assert_state(struct rig *rig, enum manifest_state state);

/* The first file in the ring folder that ends so, which the caller frees; NULL for none. */
char *victim_find_ring(struct rig *rig, const char *suffix);
