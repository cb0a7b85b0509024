/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stop_recording: ends one recording by its id, or all of a stream.
 */
#include "plugins/request_target.h"
#include "plugins/stream_recording.h"

static const struct request_arg args[] = {
	REQUEST_TARGET_ARGS,
	REQUEST_TARGET_RECORDING_ARGS,
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	return request_target_do(r, stream_recording_stop);
}

const struct request_entry req_stop_recording = {
	.name = "stop_recording",
	.event = "recording_stopped",
	.args = args,
	.run = run,
};
