/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * delete_recording: a recording that has ended goes, with its files.
 */
#include "plugins/request_recording.h"
#include "recording/engine.h"

static const struct request_arg args[] = {
	REQUEST_RECORDING_ARGS,
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	const char *wanted;
	struct summary *summary = NULL;
	enum error_code error = request_recording_name(&wanted, r);
	if (error != ERROR_NONE)
		return error;
	int result = engine_delete(&summary, r->plugin->engine, wanted, "requested");
	if (result < 0)
		return request_recording_raise(r, wanted, result);
	request_recording_tell_take(r, summary);
	return ERROR_NONE;
}

const struct request_entry req_delete_recording = {
	.name = "delete_recording",
	.event = "recording_deleted",
	.args = args,
	.run = run,
};
