/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checking the elements of requests.
 */
#include "plugins/request_args.h"

#include <glib.h>
#include <string.h>

#include "common/clock.h"
#include "common/manifest.h"
#include "plugins/codecs.h"
#include "plugins/log.h"

enum {
	QUOTE_MAX = 64 /* bytes of a client's value in an error */
};

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

static enum error_code refuse_type(
	const struct request_arg *row, const json_t *value, const char *wanted, struct fault *fault)
{
	return errors_raise(fault, ERROR_BAD_REQUEST, "'%s' is %s; it must be %s", row->name,
		type_name(value), wanted);
}

static enum error_code refuse_text(
	const struct request_arg *row, const char *text, const char *allowed, struct fault *fault)
{
	if (row->type == REQUEST_ARG_SECRET)
		return errors_raise(fault, ERROR_BAD_REQUEST, "'%s' %s", row->name, allowed);
	g_autofree char *quoted = log_escape(text, QUOTE_MAX);
	return errors_raise(fault, ERROR_BAD_REQUEST, "%s = '%s': %s", row->name, quoted, allowed);
}

static bool has_control(const char *text)
{
	for (; *text; text += g_utf8_skip[(uint8_t)*text]) {
		if (g_unichar_iscntrl(g_utf8_get_char(text)))
			return true;
	}
	return false;
}

static enum error_code check_string(
	const struct request_arg *row, const json_t *value, struct fault *fault)
{
	if (!json_is_string(value))
		return refuse_type(row, value, "a string", fault);
	const char *text = json_string_value(value);
	int64_t len = (int64_t)json_string_length(value);
	if (len < row->min || len > row->max) {
		g_autofree char *allowed =
			g_strdup_printf("must have from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
					" bytes, not %" G_GINT64_FORMAT,
				row->min, row->max, len);
		return refuse_text(row, text, allowed, fault);
	}
	if (strlen(text) != (size_t)len || has_control(text))
		return refuse_text(row, text, "must not have control characters", fault);
	const char *wrong = row->check ? row->check(text) : NULL;
	return wrong ? refuse_text(row, text, wrong, fault) : ERROR_NONE;
}

static enum error_code check_int(
	const struct request_arg *row, const json_t *value, struct fault *fault)
{
	if (!json_is_integer(value))
		return refuse_type(row, value, "a whole number", fault);
	json_int_t number = json_integer_value(value);
	if (number >= row->min && number <= row->max)
		return ERROR_NONE;
	return errors_raise(fault, ERROR_BAD_REQUEST,
		"%s = %" JSON_INTEGER_FORMAT ": must be from %" G_GINT64_FORMAT
		" to %" G_GINT64_FORMAT,
		row->name, number, row->min, row->max);
}

static enum error_code check_object(
	const struct request_arg *row, const json_t *value, struct fault *fault)
{
	if (!json_is_object(value))
		return refuse_type(row, value, "an object", fault);
	size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT);
	if (len <= (size_t)row->max)
		return ERROR_NONE;
	return errors_raise(fault, ERROR_BAD_REQUEST,
		"'%s' has %zu bytes; at most %" G_GINT64_FORMAT " are allowed", row->name, len,
		row->max);
}

static bool read_time(int64_t *out, const json_t *value)
{
	if (json_is_string(value))
		return clock_parse(out, json_string_value(value));
	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0 && *out <= CLOCK_REAL_MAX_US;
}

static enum error_code check_time(
	const struct request_arg *row, const json_t *value, struct fault *fault)
{
	static const char wanted[] = "a time like 2026-01-31T12:00:00Z, or microseconds since 1970";
	int64_t time_us;
	if (read_time(&time_us, value))
		return ERROR_NONE;
	if (json_is_string(value))
		return refuse_text(row, json_string_value(value), wanted, fault);
	return refuse_type(row, value, wanted, fault);
}

static enum error_code check_value(
	const struct request_arg *row, const json_t *value, struct fault *fault)
{
	switch (row->type) {
	case REQUEST_ARG_STRING:
	case REQUEST_ARG_SECRET:
		return check_string(row, value, fault);
	case REQUEST_ARG_BOOL:
		return json_is_boolean(value) ? ERROR_NONE
					      : refuse_type(row, value, "a boolean", fault);
	case REQUEST_ARG_INT:
		return check_int(row, value, fault);
	case REQUEST_ARG_OBJECT:
		return check_object(row, value, fault);
	case REQUEST_ARG_TIME:
		return check_time(row, value, fault);
	}
	return ERROR_NONE;
}

enum error_code request_args_check(
	const struct request_arg *rows, const json_t *body, struct fault *fault)
{
	for (const struct request_arg *row = rows; row->name; row++) {
		const json_t *value = json_object_get(body, row->name);
		enum error_code error = ERROR_NONE;
		if (value)
			error = check_value(row, value, fault);
		else if (row->is_needed)
			error = errors_raise(
				fault, ERROR_BAD_REQUEST, "element '%s' is missing", row->name);
		if (error != ERROR_NONE)
			return error;
	}
	return ERROR_NONE;
}

const char *request_args_is_file_name(const char *text)
{
	if (text[0] == '.' || strchr(text, '/'))
		return "must not begin with a '.' nor have a '/'";
	return NULL;
}

const char *request_args_is_audio_codecs(const char *text)
{
	struct codecs codecs;
	return codecs_parse(&codecs, CODEC_AUDIO, text) == 0 ? NULL : "allowed are " CODECS_AUDIO;
}

const char *request_args_is_video_codecs(const char *text)
{
	struct codecs codecs;
	return codecs_parse(&codecs, CODEC_VIDEO, text) == 0 ? NULL : "allowed are " CODECS_VIDEO;
}

const char *request_args_is_profile(const char *text)
{
	size_t len = strlen(text);
	bool is_h264 = len == 6 && strspn(text, "0123456789abcdefABCDEF") == len;
	bool is_vp9 = len == 1 && strspn(text, "0123") == len;
	return is_h264 || is_vp9 ? NULL
				 : "must be six hexadecimal digits (H.264), or 0, 1, 2 or 3 (VP9)";
}

const char *request_args_is_state(const char *text)
{
	for (int state = MANIFEST_RECORDING; state <= MANIFEST_FAILED; state++) {
		if (strcmp(text, manifest_state_name((enum manifest_state)state)) == 0)
			return NULL;
	}
	return "allowed are recording, complete, recovered, failed";
}

const char *request_args_string(const json_t *body, const char *name, const char *fallback)
{
	const json_t *value = json_object_get(body, name);
	return value ? json_string_value(value) : fallback;
}

bool request_args_bool(const json_t *body, const char *name, bool fallback)
{
	const json_t *value = json_object_get(body, name);
	return value ? json_is_true(value) : fallback;
}

int64_t request_args_int(const json_t *body, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(body, name);
	return value ? json_integer_value(value) : fallback;
}

int64_t request_args_time(const json_t *body, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(body, name);
	int64_t time_us;
	return value && read_time(&time_us, value) ? time_us : fallback;
}
