/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lives that recordings have before the power goes away. Each is lived in a
 * process of its own, one flush at a time, on the double of medium.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What the engine has said, or returned from. */
enum power_mark {
	POWER_STARTED,
	POWER_REPLACED,  /* the manifest */
	POWER_ANNOUNCED, /* part_finished */
};

struct power_place {
	char *root, *folder, *ring_folder;
};

struct power_life;

struct power_play {
	const char *name;
	const char *durability;
	void (*live)(struct power_life *life);
	bool is_recovered; /* a next engine comes before the power goes */
	bool loses_rings;
};

struct power_place power_new_place(void);

/* Removes it, and all that is in it. */
void power_drop_place(struct power_place *place);

/* Static; NULL behind the last. */
const struct power_play *power_play(size_t index);

/* Lives it. How many of medium.h's steps came before those that matter: a recovery's, if there is
 * one. */
size_t power_live(const struct power_play *play);
