/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a hook is: events of recordings that make an action run.
 *
 * An action is a kind of thing that can be run, behind one table: a program, a
 * conversion; a new kind is a file of its own and a row where hooks are made of
 * settings. The
 * runner (hook_runner.h) owns order, retries, concurrency and the journal; an
 * action knows one attempt.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording/engine.h"

struct hook_job;
struct manifest_output;

/* One row per setting of the operator's. All borrowed for the engine's life. */
struct hook {
	const char *name; /* of the setting; in the journal, the manifest, events and the log */
	unsigned events;  /* a set of HOOK_ON() */
	const struct hook_action *action;
	const char *target;   /* for the action: a program, … */
	const void *options;  /* of a type of the action's; or NULL */
	unsigned concurrency; /* its attempts at the same time; 0: it shares hook_limits' number */
};

#define HOOK_ON(kind) (1u << (kind))

/* How one attempt ended. */
struct hook_result {
	bool is_ok;
	int code;     /* a program's exit status, 128 + the signal that ended it; 0…65535 */
	char *detail; /* a few words: "exit status 3", "timed out"; owned */
	char *output; /* absolute path of what it has made of the recording, or NULL; owned */
	struct manifest_output *made; /* about that, or NULL; owned */
	/* filled in by the runner */
	unsigned attempts;      /* up to this one */
	int64_t from_us, to_us; /* wall clock */
};

/* What an attempt gets to know; all borrowed until it is destroyed. */
struct hook_call {
	struct engine *engine; /* for its log */
	const struct hook *hook;
	const struct hook_job *job;
	unsigned attempt; /* 1, 2, … */
	const struct hook_limits *limits;
	char **environment; /* what of the gateway's own a program may see */
};

/* Called by the runner's thread alone. */
struct hook_action {
	const char *name; /* "program": in the manifest */
	/*
	 * Its jobs are in order among themselves, and do not wait for other actions of the same
	 * recording, nor these for them.
	 */
	bool is_apart;
	bool is_maker; /* makes a file of the recording: ENGINE_CONVERSION_FAILED when it fails */
	/* Begins an attempt. 0, or -errno when it cannot be begun. Must not wait. */
	int (*start)(void **run, const struct hook_call *call);
	/* A descriptor that is readable when there is work for step(); epoll's own, if several. */
	int (*fd)(const void *run);
	/* Does what there is to do; true when the attempt has ended, and `out` says how. Must not
	 * wait. */
	bool (*step)(void *run, struct hook_result *out);
	/* The attempt has to come to an end soon; step() will say so. */
	void (*cancel)(void *run);
	/* Frees it; one that goes on is ended at once. */
	void (*destroy)(void *run);
};

void hook_result_fini(struct hook_result *result);

/* The pause after the n-th attempt has failed: it doubles, up to five minutes. */
unsigned hook_pause_ms(const struct hook_limits *limits, unsigned attempts);
