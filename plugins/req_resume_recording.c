/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resume_recording: goes on with recordings that were paused.
 */
#include "plugins/feedback.h"
#include "plugins/request_target.h"
#include "plugins/stream_pause.h"

static const struct request_arg args[] = {
	REQUEST_TARGET_ARGS,
	REQUEST_TARGET_RECORDING_ARGS,
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	enum error_code error = request_target_do(r, stream_pause_end);
	if (error == ERROR_NONE)
		feedback_poke(r->plugin->feedback);
	return error;
}

const struct request_entry req_resume_recording = {
	.name = "resume_recording",
	.event = "recording_continued",
	.args = args,
	.run = run,
};
