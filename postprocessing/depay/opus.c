/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opus: one packet is one unit, and says how long it lasts. RFC 7587, RFC 6716 §3.1. */
#include "postprocessing/depay/depay_ops.h"

enum {
	MAX_DURATION = 5760, /* RFC 6716 §3.2.5: 120 ms at 48 kHz */
};

/*
 *    0 1 2 3 4 5 6 7
 *   | config  |s| c |      (RFC 6716 §3.1, table 2)
 */
static uint32_t frame_duration(uint8_t toc)
{
	static const uint16_t silk[] = {480, 960, 1920, 2880};
	unsigned config = toc >> 3;
	if (config < 12)
		return silk[config % 4];
	if (config < 16)
		return config % 2 ? 960 : 480;
	return 120u << (config % 4);
}

static uint32_t packet_duration(struct bytes packet)
{
	uint8_t toc = packet.data[0];
	unsigned count = 0;
	switch (toc & 3) {
	case 0:
		count = 1;
		break;
	case 1:
	case 2:
		count = 2;
		break;
	case 3: /* an arbitrary number, in the next byte's low six bits */
		count = packet.len > 1 ? packet.data[1] & 0x3f : 0;
		break;
	}
	uint32_t duration = count * frame_duration(toc);
	return duration <= MAX_DURATION ? duration : 0;
}

static bool opus_unit(
	struct bytes *out, uint32_t *duration, struct bytes payload, const struct codec *codec)
{
	(void)codec;
	*out = payload;
	*duration = payload.len > 0 ? packet_duration(payload) : 0;
	return *duration > 0;
}

/*
 *   |1| block PT  |  timestamp offset (14)    |  length (10)      |   each redundant block
 *   |0| block PT  |                                                 the primary one
 *   then the blocks' data in the same order, the primary's to the end
 */
bool opus_red_primary(struct bytes *out, struct bytes payload)
{
	size_t redundant = 0;
	uint8_t first;
	uint8_t offset_high;
	uint16_t low;

	while (bytes_take_u8(&payload, &first)) {
		if (!(first & 0x80)) {
			if (!bytes_skip(&payload, redundant) || payload.len == 0)
				return false;
			*out = payload;
			return true;
		}
		if (!bytes_take_u8(&payload, &offset_high) || !bytes_take_u16(&payload, &low))
			return false;
		redundant += low & 0x3ff;
	}
	return false;
}

const struct depay_ops opus_depay = {.unit = opus_unit};
