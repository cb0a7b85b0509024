/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recording: the manifest of one recording.
 */
#include "plugins/request.h"
#include "recording/engine.h"
#include "recording/store.h"

static const struct request_arg args[] = {
	{.name = "id", .type = REQUEST_ARG_STRING, .min = 1, .max = 64},
	{.name = "name", .type = REQUEST_ARG_STRING, .min = 1, .max = REQUEST_ARGS_NAME_MAX},
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	const char *name = request_args_string(r->body, "name", NULL);
	const char *wanted = request_args_string(r->body, "id", name);
	if (!wanted)
		return errors_raise(
			&r->fault, ERROR_BAD_REQUEST, "element 'id' or 'name' is missing");
	json_t *manifest = store_find(engine_store(r->plugin->engine), wanted);
	if (!manifest)
		return errors_raise(&r->fault, ERROR_NOT_FOUND, "no recording '%s'", wanted);
	json_object_set_new(r->result, "recording", manifest);
	return ERROR_NONE;
}

const struct request_entry req_recording = {
	.name = "recording",
	.event = "recording",
	.args = args,
	.run = run,
};
