/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A disk on which one dies: the process is killed at a point that can be chosen,
 * before, in the middle of or after any operation. Lies in memory that is shared
 * with who chooses.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "recording/disk.h"

struct mortal {
	_Atomic unsigned point;        /* how many have been passed */
	_Atomic unsigned kill_at;      /* the point to die at; 0: none */
	_Atomic bool is_full;          /* the disk */
	_Atomic int64_t late_us;       /* the clocks go ahead by so much */
	_Atomic int64_t refuses_until; /* as late, the disk takes no manifests */
	_Atomic unsigned refusals;
};

/* A point that is none of the disk's. */
void mortal_pass(struct mortal *mortal);

struct disk mortal_disk(struct mortal *mortal);
