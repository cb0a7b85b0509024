/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_table.h. */
#include "plugins/hook_table.h"

#include <assert.h>
#include <glib.h>
#include <stddef.h>

#include "recording/hook_program.h"

#define ON_COMPLETE (HOOK_ON(ENGINE_RECORDING_FINISHED) | HOOK_ON(ENGINE_RECORDING_RECOVERED))
#define ON_FAILURE  HOOK_ON(ENGINE_RECORDING_FAILED)

enum {
	WEBHOOKS_MAX = 16 /* requests at the same time: each waits more than it works */
};

static void convert_from(
	struct hook *hook, struct hook_table *table, const struct settings *settings)
{
	table->convert = (struct hook_convert_options){
		.mode = (enum hook_convert_mode)settings->convert,
		.audio_rate = (unsigned)settings->audio_rate,
		.nice = (int)settings->convert_nice,
		.timeout_ms = (unsigned)settings->convert_timeout_s * 1000,
	};
	hook->target = table->convert.mode ? config_mjr_path(settings) : NULL;
	hook->options = &table->convert;
	hook->concurrency = (unsigned)settings->convert_concurrency;
}

static void webhook_from(
	struct hook *hook, struct hook_table *table, const struct settings *settings)
{
	table->webhook = (struct hook_webhook_options){
		.secret = settings->webhook_secret,
		.timeout_ms = (unsigned)settings->webhook_timeout_s * 1000,
	};
	(void)hook_webhook_parse_events(&hook->events, settings->webhook_events); /* checked */
	hook->target = settings->webhook_url;
	hook->options = &table->webhook;
	hook->concurrency = WEBHOOKS_MAX;
}

/*
 * Of a recording that fails, people are told before it is converted; of one that is complete, they
 * are told what it was converted to.
 */
static const struct {
	const char *name;
	unsigned events;
	const struct hook_action *action;
	size_t target; /* of the settings: a string; NULL there: it is not wanted */
	/* Instead of it, for those that need more. */
	void (*from)(struct hook *hook, struct hook_table *table, const struct settings *settings);
} rows[] = {
	{"on_start_hook_script", HOOK_ON(ENGINE_RECORDING_STARTED), &hook_program,
		offsetof(struct settings, on_start_hook), NULL},
	{"on_part_hook_script", HOOK_ON(ENGINE_PART_FINISHED), &hook_program,
		offsetof(struct settings, on_part_hook), NULL},
	{"on_failed_hook_script", ON_FAILURE, &hook_program,
		offsetof(struct settings, on_failed_hook), NULL},
	{"convert", ON_COMPLETE | ON_FAILURE, &hook_convert, 0, convert_from},
	{"on_record_hook_script", ON_COMPLETE, &hook_program,
		offsetof(struct settings, on_record_hook), NULL},
	{"on_converted_hook_script", HOOK_ON(ENGINE_RECORDING_CONVERTED), &hook_program,
		offsetof(struct settings, on_converted_hook), NULL},
	{"webhook_url", 0, &hook_webhook, 0, webhook_from},
};

static_assert(G_N_ELEMENTS(rows) <= HOOK_TABLE_MAX, "more hooks than there is room for");

static const char *string_at(const struct settings *settings, size_t offset)
{
	const void *member = (const char *)settings + offset;
	return *(char *const *)member;
}

void hook_table_fill(struct hook_table *table, const struct settings *settings)
{
	*table = (struct hook_table){0};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct hook hook = {
			.name = rows[i].name, .events = rows[i].events, .action = rows[i].action};
		if (rows[i].from)
			rows[i].from(&hook, table, settings);
		else
			hook.target = string_at(settings, rows[i].target);
		if (hook.target)
			table->hooks[table->count++] = hook;
	}
}
