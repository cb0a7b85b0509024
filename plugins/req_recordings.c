/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recordings: the recordings in the folder, newest first, page by page.
 */
#include <string.h>

#include "common/manifest.h"
#include "plugins/request.h"
#include "recording/engine.h"
#include "recording/store.h"

static const struct request_arg args[] = {
	{.name = "stream", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX},
	{.name = "state",
		.type = REQUEST_ARG_STRING,
		.min = 1,
		.max = 16,
		.check = request_args_is_state},
	{.name = "name_prefix", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX},
	{.name = "since", .type = REQUEST_ARG_TIME},
	{.name = "until", .type = REQUEST_ARG_TIME},
	{.name = "limit", .type = REQUEST_ARG_INT, .min = 1, .max = STORE_LIMIT_MAX},
	{.name = "cursor", .type = REQUEST_ARG_STRING, .min = 1, .max = 1024},
	{.name = NULL},
};

static enum manifest_state parse_state(const char *name)
{
	int state = MANIFEST_RECORDING;
	while (state < MANIFEST_FAILED &&
		strcmp(name, manifest_state_name((enum manifest_state)state)) != 0)
		state++;
	return (enum manifest_state)state;
}

static enum error_code run(struct request *r)
{
	const char *name = request_args_string(r->body, "state", NULL);
	enum manifest_state state = name ? parse_state(name) : MANIFEST_RECORDING;
	struct store_query query = {
		.stream = request_args_string(r->body, "stream", NULL),
		.name_prefix = request_args_string(r->body, "name_prefix", NULL),
		.state = name ? &state : NULL,
		.since_us = request_args_time(r->body, "since", 0),
		.until_us = request_args_time(r->body, "until", 0),
		.limit = (size_t)request_args_int(r->body, "limit", STORE_LIMIT_DEFAULT),
		.cursor = request_args_string(r->body, "cursor", NULL),
	};
	json_t *recordings = NULL;
	g_autofree char *cursor = NULL;
	if (store_list(&recordings, &cursor, engine_store(r->plugin->engine), &query) < 0)
		return errors_raise(&r->fault, ERROR_BAD_REQUEST,
			"cursor = '%s': must be one that an earlier reply gave", query.cursor);
	json_object_set_new(r->result, "recordings", recordings);
	if (cursor)
		json_object_set_new(r->result, "cursor", json_string(cursor));
	return ERROR_NONE;
}

const struct request_entry req_recordings = {
	.name = "recordings",
	.event = "recordings",
	.args = args,
	.run = run,
};
