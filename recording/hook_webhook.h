/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The action "webhook": posts what hooks are told to an address, which is the
 * target. docs/hooks.md is its contract.
 *
 * An address and a secret may hold what nobody else is to know: neither is
 * written to the log, the journal or a manifest.
 */
#pragma once

#include <stdbool.h>

#include "recording/hook.h"

/* `options` of the hook. */
struct hook_webhook_options {
	const char *secret; /* that signs; or NULL */
	unsigned timeout_ms;
};

extern const struct hook_action hook_webhook;

/* Those that it can be told of, with a comma between. */
#define HOOK_WEBHOOK_EVENTS                                                       \
	"recording_started,part_finished,recording_finished,recording_recovered," \
	"recording_failed,recording_converted,conversion_failed"

/* A set of HOOK_ON() from names with a comma between; false when one is none of the above,
 * or there is none. */
bool hook_webhook_parse_events(unsigned *out, const char *text);
