/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The action "convert": makes NAME.mp4 or NAME.webm of a recording that has
 * ended, with the command mjr, whose path is the target.
 *
 * NAME is the recording's alone (name.h), so what an earlier attempt has left
 * there is replaced. The dump is only read.
 */
#pragma once

#include "common/manifest.h"
#include "recording/hook.h"

#define HOOK_CONVERT_MODES "none|mp4|webm|auto"

enum hook_convert_mode {
	HOOK_CONVERT_NONE,
	HOOK_CONVERT_MP4,
	HOOK_CONVERT_WEBM,
	HOOK_CONVERT_AUTO, /* what takes the recording without another generation, if there is one
			    */
};

/* `options` of the hook. */
struct hook_convert_options {
	enum hook_convert_mode mode;
	unsigned audio_rate; /* Hz; of sound that is encoded as AAC */
	int nice;            /* added to our own niceness */
	unsigned timeout_ms;
};

extern const struct hook_action hook_convert;

/* "mp4", "webm"; NULL: there is nothing in the recording that a player would play. */
const char *hook_convert_format(
	const struct hook_convert_options *options, const struct manifest *manifest);
