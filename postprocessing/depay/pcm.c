/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The codecs whose payload is samples and nothing else: G.711, G.722, L16.
 * RFC 3551 §4.5.2, §4.5.11, §4.5.14.
 */
#include <string.h>

#include "postprocessing/depay/depay_ops.h"

/* Bytes per tick of the RTP clock. G.722 has half a byte per sample and half a tick, too. */
static size_t bytes_per_tick(const struct codec *codec)
{
	bool is_l16 = strncmp(codec->name, "l16", 3) == 0;
	return is_l16 ? 2 * MAX((size_t)codec->channels, 1) : 1;
}

static bool pcm_unit(
	struct bytes *out, uint32_t *duration, struct bytes payload, const struct codec *codec)
{
	size_t size = bytes_per_tick(codec);
	*duration = (uint32_t)(payload.len / size);
	*out = (struct bytes){payload.data, *duration * size};
	return *duration > 0 && out->len == payload.len;
}

const struct depay_ops pcm_depay = {.unit = pcm_unit};
