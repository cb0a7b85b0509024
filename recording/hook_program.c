/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_program.h. */
#include "recording/hook_program.h"

#include <glib.h>
#include <stdlib.h>

#include "recording/hook_command.h"
#include "recording/hook_job.h"

static int start(void **run, const struct hook_call *call)
{
	g_autofree char *path = hook_job_path(call->job);
	g_autofree char *program = g_strdup(call->hook->target);
	g_autofree char *stream = g_strdup(hook_job_text(call->job, NULL, "stream"));
	char *argv[] = {program, stream, path, NULL};
	char *input = hook_job_payload(call->job);
	const struct hook_command_params params = {
		.argv = argv,
		.input = input,
		.timeout_ms = call->limits->timeout_ms,
	};
	struct hook_command *command = NULL;
	int err = hook_command_start(&command, call, &params);
	free(input);
	*run = command;
	return err;
}

static int fd(const void *run)
{
	return hook_command_fd(run);
}

static bool step(void *run, struct hook_result *out)
{
	return hook_command_step(run, out);
}

static void cancel(void *run)
{
	hook_command_cancel(run);
}

static void destroy(void *run)
{
	hook_command_destroy(run);
}

const struct hook_action hook_program = {
	.name = "program",
	.start = start,
	.fd = fd,
	.step = step,
	.cancel = cancel,
	.destroy = destroy,
};
