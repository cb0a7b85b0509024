/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_command.h. */
#include "recording/hook_command.h"

#include <glib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/hook_environment.h"
#include "recording/hook_job.h"
#include "recording/hook_process.h"

enum {
	CODE_TIMED_OUT = 124, /* as timeout(1) has it */
	CODE_SIGNAL = 128,    /* more than the signal's number, as shells have it */
};

struct hook_command {
	const struct hook_call *call; /* borrowed */
	struct hook_process *process;
};

static void log_line(const char *line, void *ctx)
{
	const struct hook_command *command = ctx;
	const struct hook_job *job = command->call->job;
	const char *name = hook_job_text(job, "recording", "name");
	engine_log(command->call->engine, ENGINE_LOG_INFO, "hook %s, recording '%s': %s", job->hook,
		name != NULL ? name : job->recording, line);
}

int hook_command_start(struct hook_command **out, const struct hook_call *call,
	const struct hook_command_params *params)
{
	g_auto(GStrv) environment = hook_environment_build(call);
	struct hook_command *command = g_new0(struct hook_command, 1);
	command->call = call;
	const struct hook_process_params process = {
		.argv = params->argv,
		.environment = environment,
		.folder = call->engine->params.folder,
		.input = params->input,
		.input_len = strlen(params->input),
		.timeout_ms = params->timeout_ms,
		.kill_ms = call->limits->kill_ms,
		.nice = params->nice,
		.on_line = log_line,
		.ctx = command,
	};
	int err = hook_process_start(&command->process, &process);
	if (err < 0) {
		g_free(command);
		return err;
	}
	*out = command;
	return 0;
}

int hook_command_fd(const struct hook_command *command)
{
	return hook_process_fd(command->process);
}

static char *words_for(const struct hook_process_status *status)
{
	switch (status->end) {
	case HOOK_PROCESS_EXITED:
		return g_strdup_printf("exit status %d", status->code);
	case HOOK_PROCESS_KILLED:
		return g_strdup_printf("ended by signal %d", status->code);
	case HOOK_PROCESS_TIMED_OUT:
		return g_strdup("timed out");
	case HOOK_PROCESS_CANCELLED:
		return g_strdup("cancelled");
	case HOOK_PROCESS_LOST:
		break;
	}
	return g_strdup("its exit status is lost");
}

static int code_for(const struct hook_process_status *status)
{
	if (status->end == HOOK_PROCESS_EXITED)
		return status->code;
	return status->end == HOOK_PROCESS_TIMED_OUT ? CODE_TIMED_OUT : CODE_SIGNAL + status->code;
}

bool hook_command_step(struct hook_command *command, struct hook_result *out)
{
	struct hook_process_status status;
	if (!hook_process_step(command->process, &status))
		return false;
	out->is_ok = status.end == HOOK_PROCESS_EXITED && status.code == 0;
	out->code = code_for(&status);
	out->detail = words_for(&status);
	return true;
}

void hook_command_cancel(struct hook_command *command)
{
	hook_process_cancel(command->process);
}

void hook_command_destroy(struct hook_command *command)
{
	if (command == NULL)
		return;
	hook_process_destroy(command->process);
	g_free(command);
}
