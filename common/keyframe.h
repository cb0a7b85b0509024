/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does this RTP payload start a picture that decodes by itself? One function
 * per video codec; codec.c points at them. Truncated or foreign payloads answer
 * false. Several packets of one picture may answer true (an SPS, then each IDR
 * slice): the first of a new RTP timestamp is where the picture begins.
 *
 * Thread: any; called on the media thread, so bounded and without allocation.
 */
#pragma once

#include <stdbool.h>

#include "common/bytes.h"

bool keyframe_vp8(struct bytes payload); /* RFC 7741 §4.2, §4.3: S=1, PID=0, P=0 */
bool keyframe_vp9(struct bytes payload); /* RFC 9628 §4.2: P=0, B=1, SID=0 */
bool keyframe_h264(
	struct bytes payload); /* RFC 6184 §5: IDR or SPS, single, STAP-A or FU-A start */
bool keyframe_h265(
	struct bytes payload); /* RFC 7798 §4.4: IRAP, VPS or SPS; single, AP or FU start */
bool keyframe_av1(struct bytes payload); /* AV1 RTP payload §4.4: N=1 */

/* A picture's size in pixels, as the bitstream of a keyframe gives it. */
struct keyframe_size {
	uint16_t width;
	uint16_t height;
};

/* Size in a VP8 keyframe's first packet (RFC 6386 §9.1). False: not such a packet. */
bool keyframe_vp8_size(struct keyframe_size *out, struct bytes payload);
