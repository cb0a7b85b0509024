/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a container or a decoder must know of a stream before its first packet,
 * found in the stream itself: size and parameter sets in a keyframe, channels
 * in the first audio packet; and in the fmtp of its SDP where the stream leaves
 * them out.
 */
#pragma once

#include <libavcodec/codec_par.h>

#include "common/bytes.h"
#include "postprocessing/media/fault.h"
#include "postprocessing/media/formats.h"

/*
 * `first` is the first unit to be used: for video a whole keyframe. `fmtp` may be NULL. The caller
 * frees the result by avcodec_parameters_free(). -EBADMSG (FAULT_INPUT): this unit does not tell
 * enough; a later keyframe may.
 */
int parameters_read(AVCodecParameters **out, const struct media_codec *codec, struct bytes first,
	const char *fmtp, struct fault *fault);
