/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads no further than what a container must know. */
#include "postprocessing/depay/av1_obu.h"

#include <errno.h>

#include "postprocessing/depay/bits.h"

bool av1_obu_take_leb128(struct bytes *bytes, uint32_t *out)
{
	struct bytes rest = *bytes;
	uint64_t value = 0;
	uint8_t byte = 0x80;
	for (unsigned shift = 0; (byte & 0x80) && shift < 56; shift += 7) {
		if (!bytes_take_u8(&rest, &byte))
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
	}
	if ((byte & 0x80) || value > UINT32_MAX)
		return false;
	*bytes = rest;
	*out = (uint32_t)value;
	return true;
}

size_t av1_obu_put_leb128(uint8_t out[static AV1_LEB128_MAX], uint32_t value)
{
	size_t len = 0;
	do {
		out[len] = value & 0x7f;
		value >>= 7;
		if (value > 0)
			out[len] |= 0x80;
		len++;
	} while (value > 0);
	return len;
}

/*
 *   |F| type  |X|S|-|      X: | temporal |spatial| - |      S: leb128 size
 */
int av1_obu_parse(struct av1_obu *out, struct bytes unit)
{
	uint8_t header, layers = 0;
	if (!bytes_take_u8(&unit, &header) || (header & 0x80))
		return -EBADMSG;
	bool has_layers = header & 0x04;
	if (has_layers && !bytes_take_u8(&unit, &layers))
		return -EBADMSG;
	uint32_t size = 0;
	if (header & AV1_OBU_HAS_SIZE) {
		if (!av1_obu_take_leb128(&unit, &size) || size > unit.len)
			return -EBADMSG;
		unit.len = size;
	}
	*out = (struct av1_obu){
		.type = header >> 3 & 15,
		.spatial_layer = layers >> 3 & 3,
		.header_len = has_layers ? 2 : 1,
		.body = unit,
	};
	return 0;
}

/* What the sequence header says of its own operating points. */
struct timing {
	bool has_decoder_model;
	unsigned delay_bits;
};

/* §5.5.3, §5.5.4: timing_info(), decoder_model_info() */
static struct timing take_timing(struct bits *b)
{
	struct timing timing = {false, 0};
	if (!bits_get(b, 1))
		return timing;
	bits_skip(b, 32 + 32);
	if (bits_get(b, 1)) /* equal_picture_interval */
		bits_get_ue(b);
	timing.has_decoder_model = bits_get(b, 1);
	if (timing.has_decoder_model) {
		timing.delay_bits = bits_get(b, 5) + 1;
		bits_skip(b, 32 + 5 + 5);
	}
	return timing;
}

static void skip_operating_points(struct bits *b)
{
	struct timing timing = take_timing(b);
	bool has_display_delay = bits_get(b, 1);
	unsigned count = bits_get(b, 5) + 1;
	while (count-- > 0 && !b->is_short) {
		bits_skip(b, 12);        /* operating_point_idc */
		if (bits_get(b, 5) > 7)  /* seq_level_idx */
			bits_skip(b, 1); /* seq_tier */
		if (timing.has_decoder_model && bits_get(b, 1))
			bits_skip(b, 2 * timing.delay_bits + 1);
		if (has_display_delay && bits_get(b, 1))
			bits_skip(b, 4);
	}
}

int av1_obu_parse_sequence(struct av1_obu_sequence *out, struct bytes body)
{
	struct bits b = {.bytes = body};

	bits_skip(&b, 3 + 1); /* seq_profile, still_picture */
	out->is_reduced = bits_get(&b, 1);
	if (out->is_reduced)
		bits_skip(&b, 5); /* seq_level_idx */
	else
		skip_operating_points(&b);
	unsigned width_bits = bits_get(&b, 4) + 1, height_bits = bits_get(&b, 4) + 1;
	uint32_t width = bits_get(&b, width_bits) + 1, height = bits_get(&b, height_bits) + 1;
	if (b.is_short || width > UINT16_MAX || height > UINT16_MAX)
		return -EBADMSG;
	out->width = (uint16_t)width;
	out->height = (uint16_t)height;
	return 0;
}

/* §5.9.2: show_existing_frame, frame_type */
bool av1_obu_is_keyframe(struct bytes body, bool is_reduced)
{
	struct bits b = {.bytes = body};
	if (is_reduced)
		return body.len > 0;
	bool is_new = bits_get(&b, 1) == 0;
	return is_new && bits_get(&b, 2) == 0 && !b.is_short;
}
