/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See retention.h. */
#include "recording/retention.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/store.h"

enum {
	RETRY_US = 60000000 /* a disk that refuses is left in peace for so long */
};

/* What one pass knows. */
struct pass {
	struct retention *retention;
	struct store *store;
	int64_t now_us;     /* real */
	uint64_t available; /* on the disk: as it was at first, and what has been deleted since */
	char *failed; /* id of the first that could not be deleted; it comes again at the end */
};

/* A file system may count later what it gets back: it is asked once, and not misled by that. */
static uint64_t look_for_room(const struct retention *retention)
{
	const struct engine_params *params = &retention->engine->params;
	uint64_t available = 0;
	if (retention->rules.free == 0 ||
		params->disk->space(params->disk->ctx, params->folder, &available) < 0)
		return UINT64_MAX;
	return available + retention->freed_dryly;
}

/* Why this one, the oldest, has to go; NULL: it may stay. */
static const char *why(const struct pass *pass, const struct summary *oldest)
{
	const struct retention_rules *rules = &pass->retention->rules;
	if (rules->age_us > 0 && pass->now_us - oldest->ended_us > rules->age_us)
		return "retention_age";
	if (rules->bytes > 0 && store_bytes(pass->store) > rules->bytes)
		return "retention_bytes";
	if (rules->free > 0 && pass->available < rules->free)
		return "retention_free";
	return NULL;
}

static void delete_dryly(struct pass *pass, const struct summary *oldest, const char *reason)
{
	engine_log(pass->retention->engine, ENGINE_LOG_INFO, "recording '%s' would be deleted: %s",
		oldest->name, reason);
	store_disregard(pass->store, oldest->id);
	pass->retention->freed_dryly += oldest->totals.bytes;
}

/* Its turn comes again after all others. */
static void pass_over(struct pass *pass, const struct summary *oldest, int err)
{
	engine_log(pass->retention->engine, ENGINE_LOG_ERROR,
		"recording '%s' cannot be deleted: %s", oldest->name, g_strerror(-err));
	store_defer(pass->store, oldest->id, pass->now_us);
	if (pass->failed == NULL)
		pass->failed = g_strdup(oldest->id);
}

static void let_go(struct pass *pass, const struct summary *oldest, const char *reason)
{
	struct engine *engine = pass->retention->engine;
	int err = 0;
	if (pass->retention->rules.is_dry_run)
		delete_dryly(pass, oldest, reason);
	else
		err = engine_delete(NULL, engine, oldest->id, reason);
	/* Somebody else may have deleted it. */
	if (err < 0 && err != -ENOENT)
		pass_over(pass, oldest, err);
	else if (pass->available < UINT64_MAX - oldest->totals.bytes)
		pass->available += oldest->totals.bytes;
}

/* False: that was all. */
static bool step(struct pass *pass)
{
	struct summary *oldest = store_expendable(pass->store);
	const char *reason = NULL;
	if (oldest != NULL && g_strcmp0(oldest->id, pass->failed) != 0)
		reason = why(pass, oldest);
	if (reason != NULL)
		let_go(pass, oldest, reason);
	summary_put(oldest);
	return reason != NULL;
}

void retention_pass(struct retention *retention, const atomic_bool *stop)
{
	const struct clock *clock = retention->engine->params.clock;
	const struct retention_rules *rules = &retention->rules;
	bool has_rule = rules->age_us > 0 || rules->bytes > 0 || rules->free > 0;
	if (!has_rule || clock_mono_us(clock) < retention->retry_us)
		return;
	struct pass pass = {
		.retention = retention,
		.store = retention->engine->store,
		.now_us = clock_real_us(clock),
		.available = look_for_room(retention),
	};
	while (!atomic_load(stop) && step(&pass))
		;
	if (pass.failed != NULL)
		retention->retry_us = clock_mono_us(clock) + RETRY_US;
	g_free(pass.failed);
}
