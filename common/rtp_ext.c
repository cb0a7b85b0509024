/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking RTP header extension elements of both forms of RFC 8285. */
#include "common/rtp_ext.h"

#include <string.h>

static const char *const uris[RTP_EXT_KIND_COUNT] = {
	[RTP_EXT_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
	[RTP_EXT_RID] = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
	[RTP_EXT_REPAIRED_RID] = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
	[RTP_EXT_AUDIO_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	[RTP_EXT_VIDEO_ORIENTATION] = "urn:3gpp:video-orientation",
	[RTP_EXT_TRANSPORT_CC] =
		"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
};

const char *rtp_ext_uri(enum rtp_ext_kind kind)
{
	return uris[kind];
}

bool rtp_ext_parse_uri(enum rtp_ext_kind *out, const char *uri)
{
	for (size_t i = 0; i < RTP_EXT_KIND_COUNT; i++) {
		if (strcmp(uris[i], uri) == 0) {
			*out = (enum rtp_ext_kind)i;
			return true;
		}
	}
	return false;
}

/* One-byte headers: id in the high four bits, length less one in the low four. */
static bool find_one_byte(struct bytes *out, struct bytes elements, uint8_t id)
{
	enum {
		ID_STOP = 15
	};
	uint8_t head;
	struct bytes element;
	while (bytes_take_u8(&elements, &head)) {
		if (head == 0) /* padding between elements */
			continue;
		/* RFC 8285 §4.2: what follows either of these is not to be read. */
		if (head >> 4 == 0 || head >> 4 == ID_STOP)
			return false;
		if (!bytes_take(&elements, (size_t)(head & 0x0f) + 1, &element))
			return false;
		if (head >> 4 == id) {
			*out = element;
			return true;
		}
	}
	return false;
}

/* Two-byte headers: id, then length; an element may be empty. */
static bool find_two_byte(struct bytes *out, struct bytes elements, uint8_t id)
{
	uint8_t element_id, len;
	struct bytes element;
	while (bytes_take_u8(&elements, &element_id)) {
		if (element_id == 0)
			continue;
		if (!bytes_take_u8(&elements, &len) || !bytes_take(&elements, len, &element))
			return false;
		if (element_id == id) {
			*out = element;
			return true;
		}
	}
	return false;
}

bool rtp_ext_find(struct bytes *out, const struct rtp_packet *packet, uint8_t id)
{
	if (id == 0)
		return false;
	if (packet->ext_profile == 0xbede)
		return find_one_byte(out, packet->extensions, id);
	if ((packet->ext_profile & 0xfff0) == 0x1000)
		return find_two_byte(out, packet->extensions, id);
	return false;
}

bool rtp_ext_orientation(struct rtp_orientation *out, struct bytes element)
{
	uint8_t bits;
	if (!bytes_take_u8(&element, &bits))
		return false;
	*out = (struct rtp_orientation){
		.degrees = (uint16_t)((bits & 0x03) * 90),
		.is_flipped = bits & 0x04,
		.is_back_camera = bits & 0x08,
	};
	return true;
}
