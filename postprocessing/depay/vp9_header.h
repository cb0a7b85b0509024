/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a VP9 frame. VP9 bitstream specification §6.2. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

struct vp9_header {
	bool is_keyframe;
	uint16_t width, height; /* of a keyframe */
};

/* 0, or -EBADMSG; then `out` is unspecified. */
int vp9_header_parse(struct vp9_header *out, struct bytes frame);
