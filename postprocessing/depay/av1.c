/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AV1: the open bitstream units of a temporal unit, each with its size, without
 * delimiters and padding: the form that containers hold. RTP Payload Format For
 * AV1 §4.
 */
#include "postprocessing/depay/av1_obu.h"
#include "postprocessing/depay/depay_ops.h"

enum {
	CONTINUES = 0x80, /* Z: the first element is the rest of the last packet's last */
	GOES_ON = 0x40,   /* Y: the last element goes on in the next packet */
	COUNT_SHIFT = 4,  /* W: elements, of which the last has no size; 0: all have */
	COUNT_MASK = 3,
};

struct av1_state {
	struct av1_obu_sequence sequence;
	bool has_sequence;   /* in this unit */
	bool has_frame;      /* in this unit */
	bool is_in_fragment; /* its bytes end the unit */
	guint fragment_at;   /* where they begin */
};

/* The last of a counted number has no size: it is the rest of the packet. */
static bool take_element(struct bytes *out, struct bytes *payload, bool has_size)
{
	uint32_t size = (uint32_t)payload->len;
	if (has_size && !av1_obu_take_leb128(payload, &size))
		return false;
	return bytes_take(payload, size, out);
}

/* A frame of the lowest layer may be the second of its unit, but never in a call. */
static bool av1_is_start(struct bytes payload)
{
	uint8_t head;
	struct bytes element;
	struct av1_obu obu;
	if (!bytes_take_u8(&payload, &head) || (head & CONTINUES))
		return false;
	bool has_size = (head >> COUNT_SHIFT & COUNT_MASK) != 1;
	if (!take_element(&element, &payload, has_size) || element.len == 0)
		return false;
	/* Its size is beyond a fragment's end: only the header is needed. */
	uint8_t first[2] = {element.data[0] & (uint8_t)~AV1_OBU_HAS_SIZE,
		element.len > 1 ? element.data[1] : 0};
	if (av1_obu_parse(&obu, (struct bytes){first, MIN(element.len, sizeof first)}) < 0)
		return false;
	switch (obu.type) {
	case AV1_OBU_SEQUENCE_HEADER:
	case AV1_OBU_TEMPORAL_DELIMITER:
		return true;
	case AV1_OBU_METADATA:
	case AV1_OBU_FRAME_HEADER:
	case AV1_OBU_FRAME:
		return obu.spatial_layer == 0;
	default:
		return false;
	}
}

static void drop_fragment(struct av1_state *av1, struct depay_builder *unit)
{
	g_byte_array_set_size(unit->data, av1->fragment_at);
	av1->is_in_fragment = false;
	unit->is_damaged = true;
}

static void note(struct av1_state *av1, struct depay_builder *unit, const struct av1_obu *obu)
{
	bool is_frame = obu->type == AV1_OBU_FRAME || obu->type == AV1_OBU_FRAME_HEADER;
	if (obu->type == AV1_OBU_SEQUENCE_HEADER &&
		av1_obu_parse_sequence(&av1->sequence, obu->body) == 0) {
		av1->has_sequence = true;
		unit->width = av1->sequence.width;
		unit->height = av1->sequence.height;
	}
	if (is_frame && !av1->has_frame)
		unit->is_keyframe = av1->has_sequence &&
				    av1_obu_is_keyframe(obu->body, av1->sequence.is_reduced);
	av1->has_frame |= is_frame;
}

/* Delimiters and padding are the container's business; nobody may send tile lists here. */
static bool is_wanted(enum av1_obu_type type)
{
	return type != AV1_OBU_TEMPORAL_DELIMITER && type != AV1_OBU_TILE_LIST &&
	       type != AV1_OBU_PADDING;
}

/* The bytes from `fragment_at` on are a whole unit of the stream: gives it a size. */
static void end_fragment(struct av1_state *av1, struct depay_builder *unit)
{
	const guint at = av1->fragment_at;
	struct bytes raw = {unit->data->data + at, unit->data->len - at};
	uint8_t size[AV1_LEB128_MAX];
	struct av1_obu obu;

	if (av1_obu_parse(&obu, raw) < 0) {
		drop_fragment(av1, unit);
		return;
	}
	av1->is_in_fragment = false;
	if (!is_wanted(obu.type)) {
		g_byte_array_set_size(unit->data, at);
		return;
	}
	note(av1, unit, &obu);
	const size_t from = (size_t)(obu.body.data - unit->data->data), len = obu.body.len;
	const size_t size_len = av1_obu_put_leb128(size, (uint32_t)len);
	const size_t to = at + obu.header_len + size_len;
	g_byte_array_set_size(unit->data, (guint)(MAX(from, to) + len));
	uint8_t *data = unit->data->data;
	memmove(data + to, data + from, len);
	memcpy(data + at + obu.header_len, size, size_len);
	data[at] |= AV1_OBU_HAS_SIZE;
	g_byte_array_set_size(unit->data, (guint)(to + len));
}

static void push_element(
	struct av1_state *av1, struct depay_builder *unit, struct bytes element, bool goes_on)
{
	if (!av1->is_in_fragment) {
		if (element.len == 0)
			return;
		av1->is_in_fragment = true;
		av1->fragment_at = unit->data->len;
	}
	g_byte_array_append(unit->data, element.data, (guint)element.len);
	if (!goes_on)
		end_fragment(av1, unit);
}

/*
 *   |Z|Y| W |N|-|-|-|, then elements: leb128 size, bytes
 */
static void av1_push(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap)
{
	struct av1_state *av1 = state;
	struct bytes element;
	uint8_t head;

	if (!bytes_take_u8(&payload, &head) || payload.len == 0) {
		unit->is_damaged = true;
		return;
	}
	bool is_rest = head & CONTINUES;
	if (av1->is_in_fragment && (has_gap || !is_rest))
		drop_fragment(av1, unit);
	const unsigned count = head >> COUNT_SHIFT & COUNT_MASK;
	for (unsigned i = 1; payload.len > 0; i++) {
		if (!take_element(&element, &payload, i != count)) {
			unit->is_damaged = true;
			return;
		}
		bool is_lost = i == 1 && is_rest && !av1->is_in_fragment;
		unit->is_damaged |= is_lost || (payload.len == 0 && i < count);
		if (!is_lost)
			push_element(av1, unit, element, payload.len == 0 && (head & GOES_ON));
	}
}

static void av1_finish(void *state, struct depay_builder *unit)
{
	struct av1_state *av1 = state;
	if (av1->is_in_fragment)
		drop_fragment(av1, unit);
	*av1 = (struct av1_state){0};
}

const struct depay_ops av1_depay = {
	.is_start = av1_is_start,
	.push = av1_push,
	.finish = av1_finish,
	.state_size = sizeof(struct av1_state),
};
