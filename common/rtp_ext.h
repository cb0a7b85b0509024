/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTP header extensions: finding an element, and the ones that a recorder reads.
 * Source: RFC 8285 §4.2, §4.3 (one- and two-byte headers). Thread: any; media
 * thread safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/rtp.h"

enum {
	RTP_EXT_ID_MAX = 14
}; /* the largest id that one-byte headers can carry */

/* The extensions that we accept in an offer; the URI is the wire name. */
enum rtp_ext_kind {
	RTP_EXT_MID,
	RTP_EXT_RID,
	RTP_EXT_REPAIRED_RID,
	RTP_EXT_AUDIO_LEVEL,
	RTP_EXT_VIDEO_ORIENTATION,
	RTP_EXT_TRANSPORT_CC,
	RTP_EXT_KIND_COUNT,
};

/* Static text, never NULL. */
const char *rtp_ext_uri(enum rtp_ext_kind kind);

/* False, `out` untouched, for a URI that is none of ours. */
bool rtp_ext_parse_uri(enum rtp_ext_kind *out, const char *uri);

/* The element with this id; false when the packet has none. `out` borrows from the packet. */
bool rtp_ext_find(struct bytes *out, const struct rtp_packet *packet, uint8_t id);

/* Video orientation, 3GPP TS 26.114 §7.4.5: C F R1 R0 in the low bits. */
struct rtp_orientation {
	uint16_t degrees; /* clockwise turn that shows the picture upright: 0, 90, 180, 270 */
	bool is_flipped;  /* mirrored left to right */
	bool is_back_camera;
};

/* False when the element is empty. */
bool rtp_ext_orientation(struct rtp_orientation *out, struct bytes element);
