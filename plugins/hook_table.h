/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which settings are hooks, of what events, by what action. */
#pragma once

#include "plugins/config.h"
#include "recording/hook.h"

enum {
	HOOK_TABLE_MAX = 8
};

/*
 * The hooks that are configured: returns how many. They borrow from `settings`. Of an event, those
 * that come first run first.
 */
size_t hook_table_fill(struct hook out[static HOOK_TABLE_MAX], const struct settings *settings);
