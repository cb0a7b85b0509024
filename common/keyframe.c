/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keyframe detection: the few bits of each payload format that tell a picture
 * which needs no other. Every byte is taken through struct bytes.
 */
#include "common/keyframe.h"

/* A picture id is 7 bits, or 15 when its first bit is set (VP8 and VP9 alike). */
static bool skip_picture_id(struct bytes *payload)
{
	uint8_t first;
	if (!bytes_take_u8(payload, &first))
		return false;
	return !(first & 0x80) || bytes_skip(payload, 1);
}

/*
 * Takes the payload descriptor off (RFC 7741 §4.2). False when cut off, and for
 * packets that do not begin partition 0.
 *
 *    |X|R|N|S|R| PID |   X: |I|L|T|K| RSV   |   I: picture id   L: 1   T or K: 1
 */
static bool take_vp8_descriptor(struct bytes *payload)
{
	uint8_t first, extended = 0;
	if (!bytes_take_u8(payload, &first))
		return false;
	if (!(first & 0x10) || (first & 0x07) != 0)
		return false;
	if ((first & 0x80) && !bytes_take_u8(payload, &extended))
		return false;
	if ((extended & 0x80) && !skip_picture_id(payload))
		return false;
	if ((extended & 0x40) && !bytes_skip(payload, 1))
		return false;
	return !(extended & 0x30) || bytes_skip(payload, 1);
}

bool keyframe_vp8(struct bytes payload)
{
	uint8_t tag;
	if (!take_vp8_descriptor(&payload) || !bytes_take_u8(&payload, &tag))
		return false;
	return !(tag & 0x01);
}

bool keyframe_vp8_size(struct keyframe_size *out, struct bytes payload)
{
	static const uint8_t start_code[] = {0x9d, 0x01, 0x2a};
	if (!take_vp8_descriptor(&payload))
		return false;

	/* Tag (3), start code (3), then width and height: little-endian, 14 bits and a scale. */
	struct bytes head;
	if (!bytes_take(&payload, 10, &head) || (head.data[0] & 0x01))
		return false;
	if (memcmp(head.data + 3, start_code, sizeof start_code) != 0)
		return false;
	out->width = (uint16_t)((head.data[7] << 8 | head.data[6]) & 0x3fff);
	out->height = (uint16_t)((head.data[9] << 8 | head.data[8]) & 0x3fff);
	return true;
}

/*
 *    |I|P|L|F|B|E|V|Z|   I: picture id   L: | TID |U| SID |D|
 */
bool keyframe_vp9(struct bytes payload)
{
	uint8_t first, layers;
	if (!bytes_take_u8(&payload, &first))
		return false;
	if ((first & 0x40) || !(first & 0x08))
		return false;
	if ((first & 0x80) && !skip_picture_id(&payload))
		return false;
	if (!(first & 0x20))
		return true;
	return bytes_take_u8(&payload, &layers) && (layers >> 1 & 0x07) == 0;
}

/* Whether one of length-prefixed units (STAP-A, AP) starts a picture, by its first byte. */
static bool any_unit(struct bytes units, bool (*starts_picture)(uint8_t header))
{
	uint16_t size;
	struct bytes unit;
	while (bytes_take_u16(&units, &size) && size > 0 && bytes_take(&units, size, &unit)) {
		if (starts_picture(unit.data[0]))
			return true;
	}
	return false;
}

/* A fragment's header has its type where a unit's has it. */
static bool h264_starts_picture(uint8_t header)
{
	uint8_t type = header & 0x1f;
	return type == 5 /* IDR slice */ || type == 7 /* SPS */;
}

bool keyframe_h264(struct bytes payload)
{
	enum {
		STAP_A = 24,
		FU_A = 28
	};
	uint8_t header, fragment;
	if (!bytes_take_u8(&payload, &header))
		return false;
	switch (header & 0x1f) {
	case STAP_A:
		return any_unit(payload, h264_starts_picture);
	case FU_A:
		return bytes_take_u8(&payload, &fragment) && (fragment & 0x80) &&
		       h264_starts_picture(fragment);
	default:
		return h264_starts_picture(header);
	}
}

static bool h265_type_starts_picture(uint8_t type)
{
	bool is_irap = type >= 16 && type <= 23;
	return is_irap || type == 32 /* VPS */ || type == 33 /* SPS */;
}

static uint8_t h265_type(uint8_t header)
{
	return header >> 1 & 0x3f;
}

static bool h265_starts_picture(uint8_t header)
{
	return h265_type_starts_picture(h265_type(header));
}

bool keyframe_h265(struct bytes payload)
{
	enum {
		AP = 48,
		FU = 49
	};
	struct bytes header;
	uint8_t fragment;
	if (!bytes_take(&payload, 2, &header))
		return false;
	switch (h265_type(header.data[0])) {
	case AP:
		return any_unit(payload, h265_starts_picture);
	case FU:
		return bytes_take_u8(&payload, &fragment) && (fragment & 0x80) &&
		       h265_type_starts_picture(fragment & 0x3f);
	default:
		return h265_starts_picture(header.data[0]);
	}
}

/*
 *    |Z|Y| W |N|-|-|-|   Z: continues an OBU of the packet before   N: new coded video sequence
 */
bool keyframe_av1(struct bytes payload)
{
	uint8_t aggregation;
	if (!bytes_take_u8(&payload, &aggregation) || payload.len == 0)
		return false;
	return (aggregation & 0x88) == 0x08;
}
