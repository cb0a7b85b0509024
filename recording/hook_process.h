/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program that runs beside us: started without a shell, in a process group of
 * its own, with nothing of ours but what it is given; ended when it takes too
 * long; never waited for by blocking.
 *
 * We share the process with others who may have children, too: no signal handler
 * is set, and only our own child is waited for. Thread: one, any but the media
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "recording/hook_output.h"

struct hook_process;

/* All borrowed; `argv` to `input` for the time of the call, the rest until it is destroyed. */
struct hook_process_params {
	char *const *argv; /* the first is the absolute path of the program */
	char *const *environment;
	const char *folder; /* where it runs */
	const char *input;  /* what its standard input holds */
	size_t input_len;
	unsigned timeout_ms;
	unsigned kill_ms;       /* between being asked to end and being killed */
	int nice;               /* added to our own niceness */
	hook_output_fn on_line; /* of its standard output and error */
	void *ctx;
};

enum hook_process_end {
	HOOK_PROCESS_EXITED, /* `code` is its exit status */
	HOOK_PROCESS_KILLED, /* `code` is the signal, of somebody else's */
	HOOK_PROCESS_TIMED_OUT,
	HOOK_PROCESS_CANCELLED,
	HOOK_PROCESS_LOST, /* somebody else in this process has taken the status */
};

struct hook_process_status {
	enum hook_process_end end;
	int code; /* the exit status, or the signal that ended it; 0 when lost */
};

/* 0 or -errno: one that cannot be executed is found out here. */
int hook_process_start(struct hook_process **out, const struct hook_process_params *params);

/* Kills what still runs, and frees. NULL is fine. */
void hook_process_destroy(struct hook_process *process);

/* Readable when there is work for hook_process_step(). */
int hook_process_fd(const struct hook_process *process);

/*
 * Passes its output on, and ends it when it is time. True when it has ended. What it has left
 * running is left alone, and has no output any more, unless it had to be ended: then that has, too.
 */
bool hook_process_step(struct hook_process *process, struct hook_process_status *out);

/* Asks it to end, and kills it `kill_ms` later. */
void hook_process_cancel(struct hook_process *process);
