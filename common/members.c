/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See members.h. */
#include "common/members.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/clock.h"
#include "common/path.h"

/* --- to JSON --- */

/* Never NULL: what is not UTF-8 gets replacement characters. */
static json_t *text_to_json(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
	return json_string(valid);
}

/* NULL: the member is left out. */
static json_t *member_to_json(enum member_type type, const void *field)
{
	switch (type) {
	case MEMBER_OPTIONAL_TEXT:
		if (*(char *const *)field == NULL)
			return NULL;
		return text_to_json(*(char *const *)field);
	case MEMBER_TEXT:
	case MEMBER_FILE:
		return text_to_json(*(char *const *)field);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)field);
	case MEMBER_OPTIONAL_BOOL:
		return *(const bool *)field ? json_true() : NULL;
	case MEMBER_U8:
		return json_integer(*(const uint8_t *)field);
	case MEMBER_U16:
		return json_integer(*(const uint16_t *)field);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)field);
	case MEMBER_U64:
		return json_integer((json_int_t)MIN(*(const uint64_t *)field, INT64_MAX));
	case MEMBER_OPTIONAL_U64:
		if (*(const uint64_t *)field == 0)
			return NULL;
		return json_integer((json_int_t)MIN(*(const uint64_t *)field, INT64_MAX));
	case MEMBER_INDEX:
		return json_integer(*(const int *)field);
	case MEMBER_OPTIONAL_TIME:
		if (*(const int64_t *)field == 0)
			return NULL;
		return json_integer(*(const int64_t *)field);
	case MEMBER_TIME:
		return json_integer(*(const int64_t *)field);
	}
	return NULL;
}

json_t *members_to_json(const struct member *table, const void *from)
{
	json_t *json = json_object();
	for (const struct member *row = table; row->name != NULL; row++) {
		json_t *value = member_to_json(row->type, (const char *)from + row->offset);
		if (value != NULL)
			json_object_set_new(json, row->name, value);
	}
	return json;
}

/* --- from JSON --- */

int members_refuse(char **what, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_free(*what);
	*what = g_strdup_vprintf(format, args);
	va_end(args);
	return -EBADMSG;
}

int members_refuse_item(char **what, const char *name, size_t index)
{
	g_autofree char *inner = g_steal_pointer(what);
	return members_refuse(what, "%s[%zu].%s", name, index, inner);
}

static bool is_file_name(const char *text)
{
	g_autofree char *safe = path_component(text, PATH_COMPONENT_MAX);
	return strcmp(safe, text) == 0;
}

static int read_text(char **field, const struct member *row, const json_t *value, char **what)
{
	const char *text = json_string_value(value);
	if (value == NULL && row->type == MEMBER_OPTIONAL_TEXT)
		return 0;
	if (text == NULL)
		return members_refuse(what, "%s is not a string", row->name);
	if (row->type == MEMBER_FILE && !is_file_name(text))
		return members_refuse(what, "%s is not the name of a file", row->name);
	*field = g_strdup(text);
	return 0;
}

static int64_t integer_max(enum member_type type)
{
	switch (type) {
	case MEMBER_U8:
		return UINT8_MAX;
	case MEMBER_U16:
		return UINT16_MAX;
	case MEMBER_U32:
		return UINT32_MAX;
	case MEMBER_INDEX:
		return INT_MAX;
	case MEMBER_TIME:
	case MEMBER_OPTIONAL_TIME:
		return CLOCK_REAL_MAX_US;
	default:
		return INT64_MAX;
	}
}

static void store_integer(void *field, enum member_type type, int64_t value)
{
	switch (type) {
	case MEMBER_U8:
		*(uint8_t *)field = (uint8_t)value;
		break;
	case MEMBER_U16:
		*(uint16_t *)field = (uint16_t)value;
		break;
	case MEMBER_U32:
		*(uint32_t *)field = (uint32_t)value;
		break;
	case MEMBER_INDEX:
		*(int *)field = (int)value;
		break;
	default:
		*(int64_t *)field = value;
		break;
	}
}

static int read_integer(void *field, const struct member *row, const json_t *value, char **what)
{
	int64_t min = row->type == MEMBER_INDEX ? -1 : 0;
	int64_t max = integer_max(row->type);
	int64_t number = json_integer_value(value);
	if (value == NULL &&
		(row->type == MEMBER_OPTIONAL_TIME || row->type == MEMBER_OPTIONAL_U64))
		return 0;
	if (!json_is_integer(value) || number < min || number > max)
		return members_refuse(what,
			"%s is not a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
			row->name, min, max);
	store_integer(field, row->type, number);
	return 0;
}

static int read_member(void *field, const struct member *row, const json_t *value, char **what)
{
	switch (row->type) {
	case MEMBER_TEXT:
	case MEMBER_OPTIONAL_TEXT:
	case MEMBER_FILE:
		return read_text(field, row, value, what);
	case MEMBER_BOOL:
	case MEMBER_OPTIONAL_BOOL:
		if (value == NULL && row->type == MEMBER_OPTIONAL_BOOL)
			return 0;
		if (!json_is_boolean(value))
			return members_refuse(what, "%s is not true or false", row->name);
		*(bool *)field = json_is_true(value);
		return 0;
	default:
		return read_integer(field, row, value, what);
	}
}

int members_read(void *into, const struct member *table, const json_t *json, char **what)
{
	for (const struct member *row = table; row->name != NULL; row++) {
		const json_t *value = json_object_get(json, row->name);
		int err = read_member((char *)into + row->offset, row, value, what);
		if (err < 0)
			return err;
	}
	return 0;
}
