/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event of a recording as hooks are told it. docs/hooks.md lists the members. */
#pragma once

#include <jansson.h>

#include "common/manifest.h"
#include "recording/engine.h"

enum {
	HOOK_EVENT_FILES_MAX = 1000 /* that it lists */
};

/*
 * A new reference. Of a recording that runs or has just ended; or of one that a job was about, for
 * ENGINE_RECORDING_CONVERTED and ENGINE_CONVERSION_FAILED. `folder` is that of the recordings.
 * Thread: any but the media thread.
 */
json_t *hook_event_describe(const struct engine_event *event, const char *folder, int64_t real_us);

/* A new reference: a file that was made of a recording, in short. */
json_t *hook_event_output(const struct manifest_output *made);
