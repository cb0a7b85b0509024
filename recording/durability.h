/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When what was written is made to survive a loss of power: the policy, as text
 * and as a struct. docs/reliability.md says what each may lose.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum durability_kind {
	DURABILITY_PART, /* a part, when it ends */
	DURABILITY_NONE, /* never; the kernel writes when it likes */
	DURABILITY_TIME, /* a part at its end, and what it has grown by in good time */
};

enum {
	DURABILITY_MIN_MS = 1,
	DURABILITY_MAX_MS = 3600 * 1000,
};

/* Zeroed: the default. */
struct durability {
	enum durability_kind kind;
	unsigned interval_ms; /* of DURABILITY_TIME */
};

/* "none", "part" or a number of milliseconds; returns false and leaves `out` alone for others. */
bool durability_parse(struct durability *out, const char *text);

/* Whether bytes that were written at `since_us` must be synced now to be so within the interval,
 * when the next chance comes in `tick_us`. */
bool durability_is_due(
	const struct durability *durability, int64_t since_us, int64_t now_us, int64_t tick_us);
