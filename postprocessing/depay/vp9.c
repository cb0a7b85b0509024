/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VP9: the frames of all spatial layers of a picture, without their payload
 * descriptors. RFC 9628 §4.2. Where a picture has several frames, they become a
 * superframe (VP9 bitstream specification, annex B), which is what containers
 * hold and decoders split again.
 */
#include "postprocessing/depay/depay_ops.h"
#include "postprocessing/depay/vp9_header.h"

enum {
	LAYERS_MAX = 8,      /* SID has three bits, and so has a superframe's count */
	REFERENCES_MAX = 3,  /* P_DIFF in flexible mode */
	INDEX_MARKER = 0xc0, /* of a superframe's index: 110, then size - 1, then frames - 1 */
};

struct size {
	uint16_t width, height;
};

/* What the scalability structure says; `count` is 0 where it gives no sizes. */
struct structure {
	struct size sizes[LAYERS_MAX];
	unsigned count;
};

/*
 *      0 1 2 3 4 5 6 7
 *     |I|P|L|F|B|E|V|Z|
 *   I |M| picture id  |  one byte, or two when M is set
 *   L | TID |U| SID |D|  and TL0PICIDX where F is not set
 * P,F | P_DIFF      |N|  up to three while N is set
 *   V  the scalability structure
 */
struct descriptor {
	bool is_inter;         /* P */
	bool is_start, is_end; /* B, E: of a layer's frame */
	uint8_t layer;         /* SID */
	bool has_structure;
	struct structure structure;
};

static bool take_layer(struct descriptor *out, struct bytes *payload, bool is_flexible)
{
	uint8_t byte;
	if (!bytes_take_u8(payload, &byte))
		return false;
	out->layer = byte >> 1 & 7;
	return is_flexible || bytes_skip(payload, 1);
}

static bool skip_references(struct bytes *payload)
{
	uint8_t reference = 1;
	for (unsigned i = 0; i < REFERENCES_MAX && (reference & 1); i++) {
		if (!bytes_take_u8(payload, &reference))
			return false;
	}
	return !(reference & 1);
}

/* N_G, then for each picture of the group | TID |U| R |-|-| and R times P_DIFF. */
static bool skip_group(struct bytes *payload)
{
	uint8_t count, picture;
	if (!bytes_take_u8(payload, &count))
		return false;
	while (count-- > 0) {
		if (!bytes_take_u8(payload, &picture) || !bytes_skip(payload, picture >> 2 & 3))
			return false;
	}
	return true;
}

/* | N_S |Y|G|-|-|-|; Y: width and height of N_S + 1 layers; G: a group. */
static bool take_structure(struct structure *out, struct bytes *payload)
{
	uint8_t head;
	if (!bytes_take_u8(payload, &head))
		return false;
	out->count = head & 0x10 ? (head >> 5) + 1u : 0;
	for (unsigned i = 0; i < out->count; i++) {
		if (!bytes_take_u16(payload, &out->sizes[i].width) ||
			!bytes_take_u16(payload, &out->sizes[i].height))
			return false;
	}
	return !(head & 0x08) || skip_group(payload);
}

static bool take_descriptor(struct descriptor *out, struct bytes *payload)
{
	uint8_t first, id;
	if (!bytes_take_u8(payload, &first))
		return false;
	bool is_flexible = first & 0x10;
	*out = (struct descriptor){
		.is_inter = first & 0x40,
		.is_start = first & 0x08,
		.is_end = first & 0x04,
		.has_structure = first & 0x02,
	};
	if ((first & 0x80) &&
		(!bytes_take_u8(payload, &id) || ((id & 0x80) && !bytes_skip(payload, 1))))
		return false;
	if ((first & 0x20) && !take_layer(out, payload, is_flexible))
		return false;
	if (is_flexible && out->is_inter && !skip_references(payload))
		return false;
	if (out->has_structure && !take_structure(&out->structure, payload))
		return false;
	return payload->len > 0;
}

/* A layer's frame begins here, and it is the lowest that this sender may send. */
static bool vp9_is_start(struct bytes payload)
{
	struct descriptor descriptor;
	return take_descriptor(&descriptor, &payload) && descriptor.is_start &&
	       descriptor.layer == 0;
}

struct vp9_state {
	struct structure structure; /* of this picture */
	guint ends[LAYERS_MAX];     /* where the frames end in the unit */
	unsigned count;
	uint8_t layer;  /* of the last frame */
	bool is_inside; /* a frame whose end has not come */
	bool is_broken; /* what follows a gap cannot be decoded */
};

/* Whether the packet may come next: frames begin and end, and layers go up. */
static bool is_in_order(const struct vp9_state *vp9, const struct descriptor *descriptor)
{
	if (!descriptor->is_start)
		return vp9->is_inside && descriptor->layer == vp9->layer;
	bool is_higher = vp9->count == 0 || descriptor->layer > vp9->layer;
	return !vp9->is_inside && is_higher && vp9->count < LAYERS_MAX;
}

static void read_header(struct depay_builder *unit, struct bytes frame)
{
	struct vp9_header header;
	if (vp9_header_parse(&header, frame) < 0 || !header.is_keyframe)
		return;
	unit->is_keyframe = true;
	unit->width = header.width;
	unit->height = header.height;
}

static void vp9_push(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap)
{
	struct vp9_state *vp9 = state;
	struct descriptor descriptor;
	struct bytes data = payload;

	if (has_gap || !take_descriptor(&descriptor, &data) || !is_in_order(vp9, &descriptor))
		vp9->is_broken = true;
	if (vp9->is_broken) {
		unit->is_damaged = true;
		return;
	}
	if (descriptor.has_structure)
		vp9->structure = descriptor.structure;
	if (unit->data->len == 0 && !descriptor.is_inter)
		read_header(unit, data);
	g_byte_array_append(unit->data, data.data, (guint)data.len);
	vp9->layer = descriptor.layer;
	vp9->is_inside = !descriptor.is_end;
	if (descriptor.is_end)
		vp9->ends[vp9->count++] = unit->data->len;
}

/* Annex B: the marker, the size of each frame (little-endian), the marker. */
static void append_index(const struct vp9_state *vp9, struct depay_builder *unit)
{
	enum {
		SIZE_BYTES = 4
	};
	const uint8_t marker = (uint8_t)(INDEX_MARKER | (SIZE_BYTES - 1) << 3 | (vp9->count - 1));
	g_byte_array_append(unit->data, &marker, 1);
	for (unsigned i = 0; i < vp9->count; i++) {
		guint size = vp9->ends[i] - (i > 0 ? vp9->ends[i - 1] : 0);
		const uint8_t bytes[SIZE_BYTES] = {(uint8_t)size, (uint8_t)(size >> 8),
			(uint8_t)(size >> 16), (uint8_t)(size >> 24)};
		g_byte_array_append(unit->data, bytes, sizeof bytes);
	}
	g_byte_array_append(unit->data, &marker, 1);
}

/* The picture as shown is the highest layer's. */
static void take_layer_size(const struct vp9_state *vp9, struct depay_builder *unit)
{
	const struct size *size = &vp9->structure.sizes[vp9->layer];
	bool is_told = vp9->layer < vp9->structure.count && size->width > 0 && size->height > 0;
	bool is_known = vp9->count <= 1 && unit->width > 0;
	if (!is_told || is_known)
		return;
	unit->width = size->width;
	unit->height = size->height;
}

static void vp9_finish(void *state, struct depay_builder *unit)
{
	struct vp9_state *vp9 = state;
	if (vp9->is_inside)
		unit->is_damaged = true;
	take_layer_size(vp9, unit);
	if (vp9->count > 1)
		append_index(vp9, unit);
	*vp9 = (struct vp9_state){0};
}

const struct depay_ops vp9_depay = {
	.is_start = vp9_is_start,
	.push = vp9_push,
	.finish = vp9_finish,
	.state_size = sizeof(struct vp9_state),
};
