/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold_recording: a recording is not to be deleted, or may be again.
 */
#include "plugins/request_recording.h"
#include "recording/engine.h"
#include "recording/store.h"

static const struct request_arg args[] = {
	REQUEST_RECORDING_ARGS,
	{.name = "hold", .type = REQUEST_ARG_BOOL, .is_needed = true},
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	const char *wanted;
	struct summary *summary = NULL;
	struct store *store = engine_store(r->plugin->engine);
	bool is_held = request_args_bool(r->body, "hold", true);
	enum error_code error = request_recording_name(&wanted, r);
	if (error != ERROR_NONE)
		return error;
	int result = store_hold(&summary, store, wanted, is_held);
	if (result < 0)
		return request_recording_raise(r, wanted, result);
	json_object_set_new(r->result, "hold", json_boolean(is_held));
	request_recording_tell_take(r, summary);
	return ERROR_NONE;
}

const struct request_entry req_hold_recording = {
	.name = "hold_recording",
	.event = "recording_held",
	.args = args,
	.run = run,
};
