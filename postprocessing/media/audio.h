/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transform that decodes audio and encodes it again, at a rate of choice.
 *
 * It keeps the sound where its time says: a gap is filled with real silence, an
 * overlap cut off, since the encoder's output has no holes. Differences below
 * AUDIO_TOLERANCE_US are the drift of a clock, not lost sound: it is played a
 * thousandth faster or slower until they are gone.
 */
#pragma once

#include "postprocessing/media/formats.h"
#include "postprocessing/media/transform.h"

enum {
	AUDIO_TOLERANCE_US = 15000 /* less than the usual packet of 20 ms */
};

struct audio_options {
	const struct media_codec *to;
	int rate;        /* Hz; 0: as decoded */
	int64_t bitrate; /* bits/s; 0: the encoder's choice */
	bool has_global_header;
};

/* The parameters are copied. A rate that the codec cannot have is FAULT_USAGE. */
int audio_create(struct transform **out, const AVCodecParameters *parameters,
	const struct audio_options *options, struct fault *fault);
