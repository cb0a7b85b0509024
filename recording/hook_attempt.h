/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One attempt at a job, whatever its action is. Thread: the runner's. */
#pragma once

#include <stdbool.h>

#include "recording/hook.h"
#include "recording/hook_queue.h"

struct hook_attempt;

/* Begins one; keeps a copy of `call`, and the item. 0 or -errno. */
int hook_attempt_create(
	struct hook_attempt **out, const struct hook_call *call, struct hook_item *item);

/* NULL is fine. */
void hook_attempt_destroy(struct hook_attempt *attempt);

struct hook_item *hook_attempt_item(const struct hook_attempt *attempt);

/* Readable when there is work for hook_attempt_step(). */
int hook_attempt_fd(const struct hook_attempt *attempt);

/* True when it has ended: `out` is complete, and the caller's to free. */
bool hook_attempt_step(struct hook_attempt *attempt, struct hook_result *out);

void hook_attempt_cancel(struct hook_attempt *attempt);

/* The result of one that could not be begun. */
void hook_attempt_refused(struct hook_result *out, const struct hook_call *call, int err);
