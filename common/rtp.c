/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking an RTP packet apart, and rewriting its fixed header in place. */
#include "common/rtp.h"

#include <errno.h>

enum {
	FLAG_PADDING = 0x20,
	FLAG_EXTENSION = 0x10,
	CSRC_SIZE = 4,
};

static bool take_extensions(struct rtp_packet *out, struct bytes *rest)
{
	uint16_t words;
	return bytes_take_u16(rest, &out->ext_profile) && bytes_take_u16(rest, &words) &&
	       bytes_take(rest, (size_t)words * 4, &out->extensions);
}

/* RFC 3550 §5.1: the last byte counts the padding, itself included. */
static bool cut_padding(struct rtp_packet *out)
{
	if (out->payload.len == 0)
		return false;
	out->padding = out->payload.data[out->payload.len - 1];
	if (out->padding == 0 || out->padding > out->payload.len)
		return false;
	out->payload.len -= out->padding;
	return true;
}

int rtp_parse(struct rtp_packet *out, struct bytes packet)
{
	struct bytes fixed;
	if (!bytes_take(&packet, RTP_HEADER_SIZE, &fixed))
		return -EBADMSG;
	uint8_t flags = fixed.data[0];
	if (flags >> 6 != RTP_VERSION)
		return -EBADMSG;

	*out = (struct rtp_packet){
		.has_marker = fixed.data[1] & 0x80,
		.payload_type = fixed.data[1] & 0x7f,
		.seq = bytes_get_u16(fixed.data + 2),
		.timestamp = bytes_get_u32(fixed.data + 4),
		.ssrc = bytes_get_u32(fixed.data + 8),
	};
	if (!bytes_skip(&packet, (size_t)(flags & 0x0f) * CSRC_SIZE))
		return -EBADMSG;
	if ((flags & FLAG_EXTENSION) && !take_extensions(out, &packet))
		return -EBADMSG;
	out->payload = packet;
	if ((flags & FLAG_PADDING) && !cut_padding(out))
		return -EBADMSG;
	return 0;
}

void rtp_rewrite(uint8_t *packet, uint16_t seq, uint32_t timestamp, uint32_t ssrc)
{
	bytes_put_u16(packet + 2, seq);
	bytes_put_u32(packet + 4, timestamp);
	bytes_put_u32(packet + 8, ssrc);
}
