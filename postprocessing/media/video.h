/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transform that decodes video and encodes it again, in the size of its
 * first picture; later pictures of another size are fitted into it. Each
 * picture keeps its own time: no frame rate is made up.
 */
#pragma once

#include "postprocessing/media/formats.h"
#include "postprocessing/media/transform.h"

struct video_options {
	const struct media_codec *to;
	int64_t bitrate; /* bits/s; 0: constant quality */
	bool has_global_header;
};

/* The parameters, which say the size, are copied. */
int video_create(struct transform **out, const AVCodecParameters *parameters,
	const struct video_options *options, struct fault *fault);
