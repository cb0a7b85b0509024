/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command line that an action runs for a call: with the environment of hooks,
 * in the recordings folder, its words in the log, its end as a result.
 */
#pragma once

#include "recording/hook.h"

struct hook_command;

/* Borrowed for the time of the call. */
struct hook_command_params {
	char *const *argv; /* the first is the absolute path of the program */
	const char *input; /* what its standard input holds */
	unsigned timeout_ms;
	int nice; /* added to our own niceness */
};

/* `call` must outlive it. 0 or -errno. */
int hook_command_start(struct hook_command **out, const struct hook_call *call,
	const struct hook_command_params *params);

/* The members of struct hook_action; NULL is fine for the last. */
int hook_command_fd(const struct hook_command *command);
bool hook_command_step(struct hook_command *command, struct hook_result *out);
void hook_command_cancel(struct hook_command *command);
void hook_command_destroy(struct hook_command *command);
