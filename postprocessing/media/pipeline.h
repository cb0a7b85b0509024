/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One recording into one file: opens the tracks, puts them on one timeline,
 * decides what becomes of each, and merges them by time. One pass, constant
 * memory, one unit of each track at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "postprocessing/core/input.h"
#include "postprocessing/media/fault.h"
#include "postprocessing/media/formats.h"
#include "postprocessing/media/progress.h"
#include "postprocessing/media/report.h"

struct pipeline_options {
	const char *output;
	const struct format *format;
	bool may_overwrite;
	int64_t created_us;      /* for the file's metadata; 0: none */
	const char *audio_codec; /* NULL: as the format likes; "copy", "none", or a codec */
	const char *video_codec;
	int audio_rate;        /* Hz; 0: kept */
	int64_t audio_bitrate; /* bits/s; 0: the encoder's choice */
	int64_t video_bitrate;
	struct progress *progress;
	/* Asked between units; true ends the work, as -EINTR. */
	bool (*is_cancelled)(void *ctx);
	/* Called before work begins, for each track that will be transcoded. */
	void (*notice)(void *ctx, const char *sentence);
	void *ctx; /* of both */
};

/*
 * 0: the output is complete, and `report` (initialised by the caller) describes it, losses
 * included. Else a negative errno and the fault; there is no output then.
 */
int pipeline_run(const struct pipeline_options *options, const struct input *input,
	struct report *report, struct fault *fault);
