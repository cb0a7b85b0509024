/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The elements of a request, as rows of a table: what is there after
 * request_args_check() has the type and the range that its row says.
 *
 * Elements that no row names are passed over. Thread: any.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "plugins/errors.h"

enum request_arg_type {
	REQUEST_ARG_STRING, /* min…max bytes, no control characters */
	REQUEST_ARG_SECRET, /* the same, and never repeated to anybody */
	REQUEST_ARG_BOOL,
	REQUEST_ARG_INT,    /* min…max */
	REQUEST_ARG_OBJECT, /* at most max bytes when written compactly */
	REQUEST_ARG_TIME,   /* RFC 3339, or microseconds since 1970 */
};

struct request_arg {
	const char *name;
	enum request_arg_type type;
	bool is_needed;
	int64_t min, max;
	/* A further check of a string; NULL, or a static sentence on what is allowed. */
	const char *(*check)(const char *text);
};

enum {
	REQUEST_ARGS_NAME_MAX = 255,
	REQUEST_ARGS_METADATA_MAX = 16 << 10,
};

/* `rows` ends with one whose name is NULL. 400 names the element, its value and what is allowed. */
enum error_code request_args_check(
	const struct request_arg *rows, const json_t *body, struct fault *fault);

/* Checks for rows. */
const char *request_args_is_file_name(const char *text); /* no '/', no leading '.' */
const char *request_args_is_audio_codecs(const char *text);
const char *request_args_is_video_codecs(const char *text);
const char *request_args_is_profile(const char *text); /* of H.264 or VP9 */
const char *request_args_is_state(const char *text);   /* of a manifest */

/* The value of an element that was checked, or the fallback when it is not there. */
const char *request_args_string(const json_t *body, const char *name, const char *fallback);
bool request_args_bool(const json_t *body, const char *name, bool fallback);
int64_t request_args_int(const json_t *body, const char *name, int64_t fallback);
int64_t request_args_time(const json_t *body, const char *name, int64_t fallback); /* us */
