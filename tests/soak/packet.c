/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See packet.h. */
#include "tests/soak/packet.h"

#include <string.h>

#include "common/bytes.h"
#include "common/rtp.h"
#include "tests/plugins/scene.h"

enum {
	FIRST_SEQ = 65000, /* it wraps soon */
	INDEX_AT = 4,
	STREAM_AT = 8,
	FILLING_AT = 12,
	LEN_MIN = 20,
	KEYFRAME_EVERY = 50,
	PAYLOAD_TYPE_AUDIO = 111,
};

static bool is_rtp(int kind)
{
	return kind == SCENE_AUDIO || kind == SCENE_VIDEO;
}

uint16_t packet_seq(int kind, unsigned index)
{
	return is_rtp(kind) ? (uint16_t)(FIRST_SEQ + index) : 0;
}

/* It passes for VP8 (RFC 7741) with a keyframe now and then. */
static size_t make_payload(uint8_t *out, unsigned stream, int kind, unsigned index)
{
	unsigned spread = kind == SCENE_VIDEO ? PACKET_MAX - RTP_HEADER_SIZE - LEN_MIN : 180;
	size_t len = LEN_MIN + (index * 2654435761u + stream) % spread;
	memset(out, 0, FILLING_AT);
	out[0] = 0x10;
	out[1] = index % KEYFRAME_EVERY == 0 ? 0x00 : 0x01;
	bytes_put_u32(out + INDEX_AT, index);
	bytes_put_u32(out + STREAM_AT, stream * SCENE_KINDS + (unsigned)kind);
	for (size_t i = FILLING_AT; i < len; i++)
		out[i] = (uint8_t)(index * 31 + i);
	return len;
}

/* An empty receiver report, with a sender of its own. */
static size_t make_report(uint8_t *out, unsigned stream, unsigned index)
{
	static const uint8_t report[INDEX_AT] = {0x80, 201, 0, 1};
	memcpy(out, report, sizeof report);
	bytes_put_u32(out + INDEX_AT, stream << 24 | index);
	return INDEX_AT + 4;
}

static size_t make_rtp(uint8_t *out, unsigned stream, int kind, unsigned index)
{
	uint8_t packet[SCENE_PACKET_MAX], payload[PACKET_MAX];
	size_t len = make_payload(payload, stream, kind, index);
	len = scene_rtp(packet, packet_seq(kind, index), index * 960,
		0x01010101u * (unsigned)(kind + 1), true, payload, len);
	if (kind == SCENE_AUDIO)
		packet[1] = PAYLOAD_TYPE_AUDIO;
	memcpy(out, packet, len);
	return len;
}

void packet_make(struct packet *out, unsigned stream, int kind, unsigned index)
{
	if (is_rtp(kind))
		out->len = (uint16_t)make_rtp(out->bytes, stream, kind, index);
	else if (kind == SCENE_DATA)
		out->len = (uint16_t)make_payload(out->bytes, stream, kind, index);
	else
		out->len = (uint16_t)make_report(out->bytes, stream, index);
}

void packet_send(struct gateway_handle *handle, int kind, const struct packet *packet)
{
	if (kind == SCENE_DATA)
		gateway_data(handle, packet->bytes, packet->len);
	else if (kind == SCENE_RTCP)
		gateway_rtcp(handle, SCENE_VIDEO, packet->bytes, packet->len);
	else
		gateway_rtp(handle, kind, packet->bytes, packet->len);
}

bool packet_find(unsigned *index, unsigned stream, int kind, const void *bytes, size_t len)
{
	size_t at = INDEX_AT + (is_rtp(kind) ? RTP_HEADER_SIZE : 0);
	if (len < at + 4)
		return false;
	*index = bytes_get_u32((const uint8_t *)bytes + at);
	if (kind == SCENE_RTCP)
		*index &= 0xffffff;
	struct packet packet;
	packet_make(&packet, stream, kind, *index);
	return len == packet.len && memcmp(bytes, packet.bytes, len) == 0;
}
