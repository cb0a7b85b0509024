/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an H.265 sequence parameter set says of the picture. ITU-T H.265 §7.3.2.2.1. */
#pragma once

#include <stdint.h>

#include "common/bytes.h"

struct h265_sps {
	uint16_t width; /* of the picture as shown: cropping applied */
	uint16_t height;
};

/* `nal` begins with the NAL unit's two header bytes. 0, or -EBADMSG; then `out` is unspecified. */
int h265_sps_parse(struct h265_sps *out, struct bytes nal);
