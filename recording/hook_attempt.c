/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_attempt.h. */
#include "recording/hook_attempt.h"

#include <glib.h>

#include "recording/engine_priv.h"

enum {
	CODE_NOT_STARTED = 127 /* as a shell has it */
};

struct hook_attempt {
	struct hook_call call;
	struct hook_item *item; /* borrowed */
	int64_t from_us;
	void *run; /* the action's */
};

int hook_attempt_create(
	struct hook_attempt **out, const struct hook_call *call, struct hook_item *item)
{
	struct hook_attempt *attempt = g_new0(struct hook_attempt, 1);
	attempt->call = *call;
	attempt->item = item;
	attempt->from_us = clock_real_us(call->engine->params.clock);
	int err = call->hook->action->start(&attempt->run, &attempt->call);
	if (err < 0) {
		g_free(attempt);
		return err;
	}
	*out = attempt;
	return 0;
}

void hook_attempt_destroy(struct hook_attempt *attempt)
{
	if (attempt == NULL)
		return;
	attempt->call.hook->action->destroy(attempt->run);
	g_free(attempt);
}

struct hook_item *hook_attempt_item(const struct hook_attempt *attempt)
{
	return attempt->item;
}

int hook_attempt_fd(const struct hook_attempt *attempt)
{
	return attempt->call.hook->action->fd(attempt->run);
}

bool hook_attempt_step(struct hook_attempt *attempt, struct hook_result *out)
{
	const struct hook_call *call = &attempt->call;
	*out = (struct hook_result){0};
	if (!call->hook->action->step(attempt->run, out))
		return false;
	out->attempts = call->attempt;
	out->from_us = attempt->from_us;
	out->to_us = clock_real_us(call->engine->params.clock);
	return true;
}

void hook_attempt_cancel(struct hook_attempt *attempt)
{
	attempt->call.hook->action->cancel(attempt->run);
}

void hook_attempt_refused(struct hook_result *out, const struct hook_call *call, int err)
{
	int64_t now_us = clock_real_us(call->engine->params.clock);
	*out = (struct hook_result){
		.code = CODE_NOT_STARTED,
		.detail = g_strdup_printf("cannot be started: %s", g_strerror(-err)),
		.attempts = call->attempt,
		.from_us = now_us,
		.to_us = now_us,
	};
}
