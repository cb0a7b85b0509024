/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a recording goes on to its next parts: policy alone, without a clock, a
 * disk or a thread of its own.
 *
 * Times are monotonic, µs, but where "real" says wall clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/manifest.h"

enum {
	ROTATION_PATIENCE_US = 2000000, /* so long a keyframe is waited for */
	ROTATION_PARTS_MAX = 100000,    /* of a recording: more would make its manifest too long */
};

/* Zeroed: never. Set `limits`, and rotation_begin() once a part has begun. */
struct rotation {
	struct manifest_rotation limits;
	bool has_begun;
	int64_t deadline_us; /* INT64_MAX: none */
	bool is_due;
	int64_t due_us; /* what arrives from here on may begin the next part */
};

bool rotation_is_on(const struct rotation *rotation);

/* The parts in hand began at `from_us`; by the wall clock, `now_us` is `now_real_us`. */
void rotation_begin(
	struct rotation *rotation, int64_t from_us, int64_t now_us, int64_t now_real_us);

/*
 * Whether it is time, the parts in hand having `bytes`. Once it is, it stays so until the next
 * rotation_begin(), with `due_us` as it was. False before the first.
 */
bool rotation_look(struct rotation *rotation, int64_t now_us, uint64_t bytes);
