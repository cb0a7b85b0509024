/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an H.264 sequence parameter set says of the picture. ITU-T H.264 §7.3.2.1.1. */
#pragma once

#include <stdint.h>

#include "common/bytes.h"

struct h264_sps {
	uint8_t profile;     /* profile_idc */
	uint8_t constraints; /* the byte after it */
	uint8_t level;       /* level_idc */
	uint16_t width;      /* of the picture as shown: cropping applied */
	uint16_t height;
};

/* `nal` begins with the NAL unit's header byte. 0, or -EBADMSG; then `out` is unspecified. */
int h264_sps_parse(struct h264_sps *out, struct bytes nal);
