/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who may do what: the operator, who comes through the Admin API or has the
 * admin key; a stream's own client; another one, who has its secret; and, where
 * the operator wants them, tokens that the application has signed.
 *
 * The table in access.c has a row for every request. An element that the operator
 * may keep from clients is a word of ACCESS_FIELDS.
 *
 * A refusal names the request's object and never what was given, nor which part
 * of it was wrong. Thread: any but the media thread.
 */
#pragma once

#include <stdbool.h>

#include "plugins/request.h"

struct stream;

enum {
	ACCESS_SECRET_MAX = 255,
	ACCESS_TOKEN_MAX = 4096,
};

/* The elements of requests on streams that "client_fields" can list. */
#define ACCESS_FIELDS_ALL "all"
#define ACCESS_FIELDS                                                                \
	"audiocodec,bitrate,keyframe_interval,login,metadata,name,opusred,parallel," \
	"record,rotation,rotation_size,videocodec,videoprofile"

/* Whether the one who asks may ask for this at all, before any element is looked at. 403. */
enum error_code access_enter(struct request *r);

/* Whether the request, whose elements were checked, may be made and set what it sets. 403. */
enum error_code access_request(struct request *r);

/* Whether it may touch this stream. Called for every stream that a request has found. 403. */
enum error_code access_stream(struct request *r, const struct stream *stream);

/*
 * Whose a stream is that this request publishes, for the limits of each client: the client that
 * its token names, or else a digest of the token; without tokens its login, or else its handle.
 * The caller frees it.
 */
char *access_client(const struct request *r);

/* For the table of settings: NULL, or a static sentence on what is allowed. */
const char *access_fields_check(const char *list);

/* Whether a row names the request, and ACCESS_FIELDS the element. */
bool access_knows_request(const char *name);
bool access_knows_field(const char *name);

/* What those rows look like in the table of a request on a stream. */
#define ACCESS_ARGS                                                                         \
	{.name = "secret", .type = REQUEST_ARG_SECRET, .min = 1, .max = ACCESS_SECRET_MAX}, \
		{.name = "token", .type = REQUEST_ARG_SECRET, .max = ACCESS_TOKEN_MAX},     \
	{                                                                                   \
		.name = "admin_key", .type = REQUEST_ARG_SECRET, .max = ACCESS_SECRET_MAX   \
	}
