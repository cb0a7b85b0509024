/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_program.h. */
#include "recording/hook_program.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/hook_environment.h"
#include "recording/hook_job.h"
#include "recording/hook_process.h"

enum {
	CODE_TIMED_OUT = 124, /* as timeout(1) has it */
	CODE_SIGNAL = 128,    /* more than the signal's number, as shells have it */
};

struct program {
	const struct hook_call *call; /* borrowed */
	struct hook_process *process;
};

static void log_line(const char *line, void *ctx)
{
	const struct program *program = ctx;
	const struct hook_job *job = program->call->job;
	const char *name = hook_job_text(job, "recording", "name");
	engine_log(program->call->engine, ENGINE_LOG_INFO, "hook %s, recording '%s': %s", job->hook,
		name != NULL ? name : job->recording, line);
}

static int start(void **run, const struct hook_call *call)
{
	g_auto(GStrv) environment = hook_environment_build(call);
	g_autofree char *path = hook_job_path(call->job);
	g_autofree char *program_path = g_strdup(call->hook->target);
	g_autofree char *stream = g_strdup(hook_job_text(call->job, NULL, "stream"));
	char *argv[] = {program_path, stream, path, NULL};
	char *input = hook_job_payload(call->job);
	struct program *program = g_new0(struct program, 1);
	program->call = call;
	const struct hook_process_params params = {
		.argv = argv,
		.environment = environment,
		.folder = call->engine->params.folder,
		.input = input,
		.input_len = strlen(input),
		.timeout_ms = call->limits->timeout_ms,
		.kill_ms = call->limits->kill_ms,
		.on_line = log_line,
		.ctx = program,
	};
	int err = hook_process_start(&program->process, &params);
	free(input);
	if (err < 0) {
		g_free(program);
		return err;
	}
	*run = program;
	return 0;
}

static int fd(const void *run)
{
	const struct program *program = run;
	return hook_process_fd(program->process);
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

static bool step(void *run, struct hook_result *out)
{
	struct program *program = run;
	struct hook_process_status status;
	if (!hook_process_step(program->process, &status))
		return false;
	out->is_ok = status.end == HOOK_PROCESS_EXITED && status.code == 0;
	out->code = code_for(&status);
	out->detail = words_for(&status);
	return true;
}

static void cancel(void *run)
{
	struct program *program = run;
	hook_process_cancel(program->process);
}

static void destroy(void *run)
{
	struct program *program = run;
	hook_process_destroy(program->process);
	g_free(program);
}

const struct hook_action hook_program = {
	.name = "program",
	.start = start,
	.fd = fd,
	.step = step,
	.cancel = cancel,
	.destroy = destroy,
};
