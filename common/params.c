/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turning text into the members of a settings struct, by a table. */
#include "common/params.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static void *member_of(const struct param *row, void *settings)
{
	return (char *)settings + row->offset;
}

/* Always -EINVAL; the sentence begins with the key and, unless it is secret, the value. */
G_GNUC_PRINTF(4, 5)
static int refuse(char **error, const struct param *row, const char *text, const char *format, ...)
{
	if (error == NULL)
		return -EINVAL;
	va_list args;
	va_start(args, format);
	g_autofree char *reason = g_strdup_vprintf(format, args);
	va_end(args);
	*error = row->is_secret ? g_strdup_printf("%s %s", row->name, reason)
				: g_strdup_printf("%s = '%s': %s", row->name, text, reason);
	return -EINVAL;
}

static int set_bool(const struct param *row, bool *member, const char *text, char **error)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		for (int value = 0; value < 2; value++) {
			if (g_ascii_strcasecmp(text, words[i][value]) == 0) {
				*member = value;
				return 0;
			}
		}
	}
	return refuse(error, row, text, "must be true or false");
}

static int set_int(const struct param *row, int64_t *member, const char *text, char **error)
{
	gint64 value;
	if (!g_ascii_string_to_signed(text, 10, row->min, row->max, &value, NULL))
		return refuse(error, row, text,
			"must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
			"%s%s",
			row->min, row->max, row->unit ? " " : "", row->unit ? row->unit : "");
	*member = value;
	return 0;
}

static int set_string(const struct param *row, char **member, const char *text, char **error)
{
	int64_t len = (int64_t)strlen(text);
	if (len < row->min || (row->max > 0 && len > row->max))
		return refuse(error, row, text,
			"must have from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " bytes",
			row->min, row->max > 0 ? row->max : G_MAXINT64);
	char *copy = g_strdup(text);
	g_free(*member);
	*member = copy;
	return 0;
}

static int set_choice(const struct param *row, int64_t *member, const char *text, char **error)
{
	int64_t index = 0;
	for (const char *choice = row->choices; *choice != '\0'; index++) {
		size_t len = strcspn(choice, "|");
		if (strlen(text) == len && strncmp(choice, text, len) == 0) {
			*member = index;
			return 0;
		}
		choice += len + (choice[len] == '|');
	}
	g_auto(GStrv) allowed = g_strsplit(row->choices, "|", -1);
	g_autofree char *list = g_strjoinv(", ", allowed);
	return refuse(error, row, text, "must be one of %s", list);
}

const struct param *params_find(const struct param *table, const char *name)
{
	for (const struct param *row = table; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

void params_defaults(const struct param *table, void *settings)
{
	for (const struct param *row = table; row->name != NULL; row++) {
		g_autofree char *error = NULL;
		if (row->fallback != NULL && params_set(row, settings, row->fallback, &error) < 0)
			g_error("a default that its own row refuses: %s", error);
	}
}

int params_set(const struct param *row, void *settings, const char *text, char **error)
{
	void *member = member_of(row, settings);
	const char *wrong = row->check != NULL ? row->check(text) : NULL;
	if (wrong != NULL)
		return refuse(error, row, text, "%s", wrong);
	switch (row->type) {
	case PARAM_BOOL:
		return set_bool(row, member, text, error);
	case PARAM_INT:
		return set_int(row, member, text, error);
	case PARAM_STRING:
		return set_string(row, member, text, error);
	case PARAM_CHOICE:
		return set_choice(row, member, text, error);
	}
	return -EINVAL;
}

void params_fini(const struct param *table, void *settings)
{
	for (const struct param *row = table; row->name != NULL; row++) {
		char **member = member_of(row, settings);
		if (row->type == PARAM_STRING)
			g_clear_pointer(member, g_free);
	}
}
