/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See durability.h. */
#include "recording/durability.h"

#include <glib.h>
#include <string.h>

bool durability_parse(struct durability *out, const char *text)
{
	guint64 ms = 0;
	if (strcmp(text, "part") == 0)
		*out = (struct durability){.kind = DURABILITY_PART};
	else if (strcmp(text, "none") == 0)
		*out = (struct durability){.kind = DURABILITY_NONE};
	else if (g_ascii_string_to_unsigned(
			 text, 10, DURABILITY_MIN_MS, DURABILITY_MAX_MS, &ms, NULL))
		*out = (struct durability){DURABILITY_TIME, (unsigned)ms};
	else
		return false;
	return true;
}

bool durability_is_due(
	const struct durability *durability, int64_t since_us, int64_t now_us, int64_t tick_us)
{
	int64_t limit_us = (int64_t)durability->interval_ms * 1000;
	return durability->kind == DURABILITY_TIME && now_us + tick_us - since_us > limit_us;
}
