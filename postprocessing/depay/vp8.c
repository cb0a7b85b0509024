/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VP8: the payload descriptor goes, the rest is the picture. RFC 7741 §4.2. */
#include "common/keyframe.h"
#include "postprocessing/depay/depay_ops.h"

/*
 *    0 1 2 3 4 5 6 7
 *   |X|R|N|S|R| PID |
 * X |I|L|T|K| RSV   |
 * I |M| PictureID   |  one byte, or two when M is set
 * L |   TL0PICIDX   |
 * TK|TID|Y| KEYIDX  |
 */
struct descriptor {
	bool is_partition_start; /* S */
	uint8_t partition;       /* PID */
};

static bool take_descriptor(struct descriptor *out, struct bytes *payload)
{
	uint8_t first, flags = 0;
	if (!bytes_take_u8(payload, &first))
		return false;
	*out = (struct descriptor){.is_partition_start = first & 0x10, .partition = first & 7};
	if ((first & 0x80) && !bytes_take_u8(payload, &flags))
		return false;
	if (flags & 0x80) {
		uint8_t picture_id;
		if (!bytes_take_u8(payload, &picture_id))
			return false;
		if ((picture_id & 0x80) && !bytes_skip(payload, 1))
			return false;
	}
	size_t more = ((flags & 0x40) != 0) + ((flags & 0x30) != 0);
	return bytes_skip(payload, more) && payload->len > 0;
}

static bool vp8_is_start(struct bytes payload)
{
	struct descriptor descriptor;
	return take_descriptor(&descriptor, &payload) && descriptor.is_partition_start &&
	       descriptor.partition == 0;
}

/* What follows a gap cannot be decoded, and would be read as if it followed directly. */
struct vp8_state {
	bool is_broken;
};

static void vp8_push(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap)
{
	struct vp8_state *vp8 = state;
	struct descriptor descriptor;
	struct bytes data = payload;
	struct keyframe_size size;

	if (!take_descriptor(&descriptor, &data) || has_gap)
		vp8->is_broken = true;
	if (unit->data->len == 0 && !vp8_is_start(payload))
		vp8->is_broken = true;
	if (vp8->is_broken) {
		unit->is_damaged = true;
		return;
	}
	if (unit->data->len == 0) {
		unit->is_keyframe = keyframe_vp8(payload);
		if (keyframe_vp8_size(&size, payload) && size.width > 0 && size.height > 0) {
			unit->width = size.width;
			unit->height = size.height;
		}
	}
	g_byte_array_append(unit->data, data.data, (guint)data.len);
}

static void vp8_finish(void *state, struct depay_builder *unit)
{
	(void)unit;
	*(struct vp8_state *)state = (struct vp8_state){0};
}

const struct depay_ops vp8_depay = {
	.is_start = vp8_is_start,
	.push = vp8_push,
	.finish = vp8_finish,
	.state_size = sizeof(struct vp8_state),
};
