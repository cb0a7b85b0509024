/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_environment.h. */
#include "recording/hook_environment.h"

#include <string.h>

#include "recording/hook_job.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
	VALUE_MAX = 100 << 10 /* the kernel takes 128 KiB at most, name included */
};

/* Handed on; those that end with '*' by their beginning. */
static const char *const INHERITED[] = {
	"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_*", "TZ", "TMPDIR"};

/* Variables that are members of the event, or of an object in it. */
static const struct {
	const char *name;
	const char *parent; /* or NULL */
	const char *member;
} VARIABLES[] = {
	{"RECORDER_EVENT", NULL, "event"},
	{"RECORDER_STREAM", NULL, "stream"},
	{"RECORDER_MEDIA_SESSION_ID", NULL, "media_session_id"},
	{"RECORDER_LOGIN", NULL, "login"},
	{"RECORDER_ID", "recording", "id"},
	{"RECORDER_NAME", "recording", "name"},
	{"RECORDER_STATE", NULL, "state"},
	{"RECORDER_REASON", NULL, "reason"},
	{"RECORDER_CREATED", NULL, "created"},
	{"RECORDER_ENDED", NULL, "ended"},
	{"RECORDER_DURATION", NULL, "duration"},
	{"RECORDER_BYTES", NULL, "bytes"},
	{"RECORDER_PACKETS", NULL, "packets"},
	{"RECORDER_FOLDER", NULL, "folder"},
	{"RECORDER_MANIFEST", NULL, "manifest"},
	{"RECORDER_FILE", NULL, "file"},
};

static bool is_inherited(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(INHERITED); i++) {
		const char *row = INHERITED[i];
		size_t len = strlen(row);
		if (row[len - 1] == '*' ? strncmp(name, row, len - 1) == 0 : strcmp(name, row) == 0)
			return true;
	}
	return false;
}

GStrv hook_environment_inherit(void)
{
	g_auto(GStrv) names = g_listenv();
	GStrv out = g_environ_setenv(NULL, "PATH", PATH_DEFAULT, TRUE);
	for (char **name = names; *name != NULL; name++)
		if (is_inherited(*name))
			out = g_environ_setenv(out, *name, g_getenv(*name), TRUE);
	return out;
}

/* All of them, or NULL. */
static char *file_lines(const json_t *event)
{
	const json_t *list = json_object_get(event, "files");
	if (list == NULL || json_object_get(event, "files_omitted") != NULL)
		return NULL;
	GString *text = g_string_new(NULL);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *file = json_string_value(json_array_get(list, i));
		g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", file != NULL ? file : "");
	}
	return g_string_free(text, FALSE);
}

/* NULL: there is none. */
static char *value_text(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return g_strdup(json_string_value(value));
	case JSON_INTEGER:
		return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL: {
		char text[G_ASCII_DTOSTR_BUF_SIZE];
		return g_strdup(g_ascii_formatd(text, sizeof text, "%.6f", json_real_value(value)));
	}
	default:
		return NULL;
	}
}

/* Left out when it is too long for the kernel: standard input has it all. */
static GStrv set(GStrv environment, const char *name, const char *value)
{
	if (value == NULL || strlen(value) > VALUE_MAX)
		return environment;
	return g_environ_setenv(environment, name, value, TRUE);
}

GStrv hook_environment_build(const struct hook_call *call)
{
	const struct hook_job *job = call->job;
	GStrv out = g_strdupv(call->environment);
	for (size_t i = 0; i < G_N_ELEMENTS(VARIABLES); i++) {
		const json_t *object = job->event;
		if (VARIABLES[i].parent != NULL)
			object = json_object_get(object, VARIABLES[i].parent);
		const json_t *value = json_object_get(object, VARIABLES[i].member);
		g_autofree char *text = value != NULL ? value_text(value) : NULL;
		out = set(out, VARIABLES[i].name, text);
	}
	g_autofree char *attempt = g_strdup_printf("%u", call->attempt);
	out = set(out, "RECORDER_HOOK", job->hook);
	out = set(out, "RECORDER_KEY", job->key);
	out = set(out, "RECORDER_ATTEMPT", attempt);
	out = set(out, "RECORDER_OUTPUT", job->output);
	g_autofree char *files = file_lines(job->event);
	out = set(out, "RECORDER_FILES", files);
	return out;
}
