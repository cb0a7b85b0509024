/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_job.h. */
#include "recording/hook_job.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/path.h"

enum {
	VERSION = 1,
	WORD_MAX = 64,      /* of the name of a hook or an event */
	TEXT_MAX = 8 << 10, /* of any other text that a program gets as an argument or variable */
	ATTEMPTS_MAX = 1000000,
};

void hook_job_free(struct hook_job *job)
{
	if (job == NULL)
		return;
	g_free(job->hook);
	g_free(job->recording);
	g_free(job->key);
	json_decref(job->event);
	g_free(job->output);
	g_free(job);
}

char *hook_job_file(const struct hook_job *job)
{
	return g_strdup_printf("%016" G_GINT64_MODIFIER "x-%s-%s" HOOK_JOB_SUFFIX, job->order,
		job->recording, job->hook);
}

const char *hook_job_text(const struct hook_job *job, const char *parent, const char *member)
{
	const json_t *object = parent != NULL ? json_object_get(job->event, parent) : job->event;
	return json_string_value(json_object_get(object, member));
}

char *hook_job_path(const struct hook_job *job)
{
	const char *file = hook_job_text(job, NULL, "file");
	if (job->output != NULL)
		return g_strdup(job->output);
	if (file != NULL)
		return g_strdup(file);
	return g_build_filename(
		hook_job_text(job, NULL, "folder"), hook_job_text(job, NULL, "manifest"), NULL);
}

char *hook_job_payload(const struct hook_job *job)
{
	json_t *event = json_copy(job->event);
	if (job->output != NULL)
		json_object_set_new(event, "output", json_string(job->output));
	char *text = json_dumps(event, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(event);
	return text;
}

/* --- text --- */

char *hook_job_to_text(const struct hook_job *job)
{
	json_t *json = json_pack("{si sI ss ss ss si sO}", "version", VERSION, "order",
		(json_int_t)job->order, "hook", job->hook, "recording", job->recording, "key",
		job->key, "attempts", (int)job->attempts, "event", job->event);
	if (job->output != NULL)
		json_object_set_new(json, "output", json_string(job->output));
	char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(json);
	return text;
}

/* Always -EBADMSG. */
G_GNUC_PRINTF(2, 3)
static int refuse(char **what, const char *format, ...)
{
	if (what == NULL)
		return -EBADMSG;
	va_list args;
	va_start(args, format);
	*what = g_strdup_vprintf(format, args);
	va_end(args);
	return -EBADMSG;
}

static bool is_integer(const json_t *json, const char *member, int64_t min, int64_t max)
{
	const json_t *value = json_object_get(json, member);
	return json_is_integer(value) && json_integer_value(value) >= min &&
	       json_integer_value(value) <= max;
}

static bool is_text(const json_t *json, const char *member, size_t max)
{
	const char *text = json_string_value(json_object_get(json, member));
	return text != NULL && *text != '\0' && strlen(text) <= max;
}

/* Letters, digits and '_': it becomes part of a file's name. */
static bool is_word(const json_t *json, const char *member)
{
	const char *text = json_string_value(json_object_get(json, member));
	return is_text(json, member, WORD_MAX) &&
	       strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") == strlen(text);
}

static bool is_absolute_or_absent(const json_t *json, const char *member)
{
	const char *text = json_string_value(json_object_get(json, member));
	if (json_object_get(json, member) == NULL)
		return true;
	return is_text(json, member, TEXT_MAX) && g_path_is_absolute(text);
}

static bool is_component(const json_t *json, const char *member)
{
	const char *text = json_string_value(json_object_get(json, member));
	if (text == NULL)
		return false;
	g_autofree char *safe = path_component(text, PATH_COMPONENT_MAX);
	return strcmp(safe, text) == 0;
}

static int check_event(const json_t *event, char **what)
{
	if (!is_word(event, "event"))
		return refuse(what, "event.event is not a word");
	if (!is_text(event, "stream", TEXT_MAX))
		return refuse(what, "event.stream is not a text");
	if (json_object_get(event, "folder") == NULL || !is_absolute_or_absent(event, "folder"))
		return refuse(what, "event.folder is not an absolute path");
	if (!is_component(event, "manifest"))
		return refuse(what, "event.manifest is not the name of a file");
	if (!is_absolute_or_absent(event, "file"))
		return refuse(what, "event.file is not an absolute path");
	return 0;
}

static int check(const json_t *json, char **what)
{
	const char *recording = json_string_value(json_object_get(json, "recording"));
	if (!is_integer(json, "version", VERSION, VERSION))
		return refuse(what, "version is not %d", VERSION);
	if (!is_integer(json, "order", 0, INT64_MAX))
		return refuse(what, "order is not a number");
	if (!is_integer(json, "attempts", 0, ATTEMPTS_MAX))
		return refuse(what, "attempts is not a number up to %d", ATTEMPTS_MAX);
	if (!is_word(json, "hook"))
		return refuse(what, "hook is not a word");
	if (recording == NULL || !g_uuid_string_is_valid(recording))
		return refuse(what, "recording is not a UUID");
	if (!is_text(json, "key", TEXT_MAX))
		return refuse(what, "key is not a text");
	if (!is_absolute_or_absent(json, "output"))
		return refuse(what, "output is not an absolute path");
	return check_event(json_object_get(json, "event"), what);
}

int hook_job_from_text(struct hook_job **out, const char *text, size_t len, char **what)
{
	json_error_t error;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		return refuse(what, "line %d: %s", error.line, error.text);
	int err = check(json, what);
	if (err == 0) {
		struct hook_job *job = g_new0(struct hook_job, 1);
		job->order = (uint64_t)json_integer_value(json_object_get(json, "order"));
		job->attempts = (unsigned)json_integer_value(json_object_get(json, "attempts"));
		job->hook = g_strdup(json_string_value(json_object_get(json, "hook")));
		job->recording = g_strdup(json_string_value(json_object_get(json, "recording")));
		job->key = g_strdup(json_string_value(json_object_get(json, "key")));
		job->output = g_strdup(json_string_value(json_object_get(json, "output")));
		job->event = json_incref(json_object_get(json, "event"));
		*out = job;
	}
	json_decref(json);
	return err;
}
