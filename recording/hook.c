/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook.h. */
#include "recording/hook.h"

#include <glib.h>

#include "common/manifest.h"

enum {
	PAUSE_MAX_MS = 5 * 60 * 1000
};

void hook_result_fini(struct hook_result *result)
{
	g_free(result->detail);
	g_free(result->output);
	if (result->made != NULL)
		manifest_output_fini(result->made);
	g_free(result->made);
	*result = (struct hook_result){0};
}

unsigned hook_pause_ms(const struct hook_limits *limits, unsigned attempts)
{
	uint64_t pause_ms = limits->pause_ms;
	for (unsigned i = 1; i < attempts && pause_ms < PAUSE_MAX_MS; i++)
		pause_ms *= 2;
	return (unsigned)MIN(pause_ms, PAUSE_MAX_MS);
}
