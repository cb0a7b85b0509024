/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pause_recording: nothing is recorded until it is resumed.
 */
#include "plugins/request_target.h"
#include "plugins/stream_pause.h"

static const struct request_arg args[] = {
	REQUEST_TARGET_ARGS,
	REQUEST_TARGET_RECORDING_ARGS,
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	return request_target_do(r, stream_pause_begin);
}

const struct request_entry req_pause_recording = {
	.name = "pause_recording",
	.event = "recording_paused",
	.args = args,
	.run = run,
};
