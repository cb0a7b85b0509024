/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which settings are hooks, of what events, by what action. */
#pragma once

#include "plugins/config.h"
#include "recording/hook.h"
#include "recording/hook_convert.h"
#include "recording/hook_webhook.h"

enum {
	HOOK_TABLE_MAX = 8
};

/* Constant once filled; must not move. Of an event, the hooks that come first run first. */
struct hook_table {
	struct hook hooks[HOOK_TABLE_MAX];
	size_t count;
	struct hook_convert_options convert;
	struct hook_webhook_options webhook;
};

/* The hooks that are configured; they borrow from `settings`. */
void hook_table_fill(struct hook_table *table, const struct settings *settings);
