/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Space held back on the recordings' disk, so that manifests can still be
 * completed on the day it is full.
 *
 * Replacing a manifest needs room for the new one before the old one's is free.
 * The reserve is a file without a name: nothing is left of it after any end of
 * the process. Thread: any but the media thread.
 */
#pragma once

#include <stdint.h>

/* Of the names that its file has for a moment, where the file system wants one. */
#define RESERVE_TEMPORARY_PREFIX ".reserve-"

struct reserve;

enum {
	RESERVE_SIZE = 256 << 10
};

/* Never fails: a disk that gives no reserve is one that has none. */
struct reserve *reserve_create(const char *folder);

/* NULL is fine. */
void reserve_destroy(struct reserve *reserve);

/* The folder is on another disk now, perhaps: holds space there instead. */
void reserve_move(struct reserve *reserve, const char *folder);

/* Takes the space, as far as it is not held and the disk has it. */
void reserve_hold(struct reserve *reserve);

/* Bytes that are held. */
uint64_t reserve_held(const struct reserve *reserve);

/* Gives the space to whoever writes next. */
void reserve_release(struct reserve *reserve);
