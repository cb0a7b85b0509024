/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_table.h. */
#include "plugins/hook_table.h"

#include <assert.h>
#include <glib.h>
#include <stddef.h>

#include "recording/hook_program.h"

static const struct {
	const char *name;
	unsigned events;
	const struct hook_action *action;
	size_t target; /* of the settings: a string */
} rows[] = {
	{"on_start_hook_script", HOOK_ON(ENGINE_RECORDING_STARTED), &hook_program,
		offsetof(struct settings, on_start_hook)},
	{"on_part_hook_script", HOOK_ON(ENGINE_PART_FINISHED), &hook_program,
		offsetof(struct settings, on_part_hook)},
	{"on_record_hook_script",
		HOOK_ON(ENGINE_RECORDING_FINISHED) | HOOK_ON(ENGINE_RECORDING_RECOVERED),
		&hook_program, offsetof(struct settings, on_record_hook)},
	{"on_converted_hook_script", HOOK_ON(ENGINE_RECORDING_CONVERTED), &hook_program,
		offsetof(struct settings, on_converted_hook)},
	{"on_failed_hook_script", HOOK_ON(ENGINE_RECORDING_FAILED), &hook_program,
		offsetof(struct settings, on_failed_hook)},
};

static_assert(G_N_ELEMENTS(rows) <= HOOK_TABLE_MAX, "more hooks than there is room for");

size_t hook_table_fill(struct hook out[static HOOK_TABLE_MAX], const struct settings *settings)
{
	size_t count = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const void *member = (const char *)settings + rows[i].target;
		const char *target = *(char *const *)member;
		if (target)
			out[count++] =
				(struct hook){rows[i].name, rows[i].events, rows[i].action, target};
	}
	return count;
}
