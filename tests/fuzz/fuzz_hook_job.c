/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is a job out of the journal. One that is accepted survives being written, and can run.
 */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "recording/hook.h"
#include "recording/hook_environment.h"
#include "recording/hook_job.h"
#include "tests/fuzz/fuzz.h"

static void assert_survives(const struct hook_job *job)
{
	struct hook_job *again = NULL;
	char *text = hook_job_to_text(job);
	g_assert_cmpint(hook_job_from_text(&again, text, strlen(text), NULL), ==, 0);
	char *rewritten = hook_job_to_text(again);
	g_assert_cmpstr(text, ==, rewritten);
	free(rewritten);
	free(text);
	hook_job_free(again);
}

/* Whatever it says, the program gets a path that is absolute, and variables that are ours. */
static void look(const struct hook_job *job)
{
	static char nothing[] = "PATH=/bin";
	char *environment[] = {nothing, NULL};
	const struct hook_call call = {.job = job, .environment = environment};
	g_autofree char *file = hook_job_file(job);
	g_autofree char *path = hook_job_path(job);
	g_auto(GStrv) variables = hook_environment_build(&call);
	char *payload = hook_job_payload(job);
	g_assert_null(strchr(file, '/'));
	g_assert_cmpint(path[0], ==, '/');
	g_assert_nonnull(hook_job_text(job, NULL, "stream"));
	g_assert_null(strchr(payload, '\n'));
	for (char **variable = variables; *variable != NULL; variable++)
		g_assert_true(g_str_has_prefix(*variable, "RECORDER_") ||
			      strcmp(*variable, nothing) == 0);
	free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *what = NULL;
	struct hook_job *job = NULL;
	int err = hook_job_from_text(&job, (const char *)data, size, &what);
	g_assert_true(err == 0 ? job != NULL : err == -EBADMSG && job == NULL && what != NULL);
	if (err < 0)
		return 0;
	assert_survives(job);
	look(job);
	hook_job_free(job);
	return 0;
}
