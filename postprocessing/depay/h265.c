/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.265: NAL units out of single packets, aggregation packets and fragments,
 * joined as Annex B with four-byte start codes. RFC 7798 §4.4. Decoding order
 * numbers are not negotiated in WebRTC, so there are none in the packets; PACI
 * packets count as damage.
 */
#include "postprocessing/depay/depay_ops.h"
#include "postprocessing/depay/h265_sps.h"

enum nal_type {
	NAL_SLICE_MAX = 31, /* slices are 0…31, of which… */
	NAL_IRAP = 16,      /* …these begin a sequence */
	NAL_IRAP_MAX = 23,
	NAL_VPS = 32,
	NAL_SPS = 33,
	NAL_PPS = 34,
	NAL_DELIMITER = 35,
	NAL_PREFIX_SEI = 39,
	NAL_SINGLE_MAX = 47,
	NAL_AGGREGATE = 48,
	NAL_FRAGMENT = 49,
};

enum {
	HEADER_SIZE = 2,
	CODE_SIZE = 4,
	FU_START = 0x80,
	FU_END = 0x40,
	FU_TYPE = 0x3f,
	TYPE_SHIFT = 1,
	NOT_TYPE = 0x81,      /* of a NAL unit's first byte */
	FIRST_SEGMENT = 0x80, /* first_slice_segment_in_pic_flag */
};

struct h265_state {
	bool is_in_fragment;
	guint fragment_at; /* where its start code stands in the unit */
};

static enum nal_type type_of(uint8_t header)
{
	return header >> TYPE_SHIFT & FU_TYPE;
}

/* `body` is what follows the NAL unit's header. */
static bool nal_is_start(enum nal_type type, struct bytes body)
{
	if (type <= NAL_SLICE_MAX)
		return body.len > 0 && (body.data[0] & FIRST_SEGMENT);
	return type <= NAL_DELIMITER || type == NAL_PREFIX_SEI;
}

static bool h265_is_start(struct bytes payload)
{
	struct bytes header;
	uint8_t fragment;
	if (!bytes_take(&payload, HEADER_SIZE, &header))
		return false;
	enum nal_type type = type_of(header.data[0]);
	if (type == NAL_FRAGMENT)
		return bytes_take_u8(&payload, &fragment) && (fragment & FU_START) &&
		       nal_is_start(fragment & FU_TYPE, payload);
	if (type == NAL_AGGREGATE &&
		(!bytes_skip(&payload, 2) || !bytes_take(&payload, HEADER_SIZE, &header)))
		return false;
	return nal_is_start(type_of(header.data[0]), payload);
}

static void append_start_code(struct depay_builder *unit)
{
	static const uint8_t start_code[CODE_SIZE] = {0, 0, 0, 1};
	g_byte_array_append(unit->data, start_code, sizeof start_code);
}

static void note(struct depay_builder *unit, struct bytes nal)
{
	enum nal_type type = type_of(nal.data[0]);
	struct h265_sps sps;
	if (type == NAL_SPS && h265_sps_parse(&sps, nal) == 0) {
		unit->width = sps.width;
		unit->height = sps.height;
	}
	unit->is_keyframe |= type >= NAL_IRAP && type <= NAL_IRAP_MAX;
}

static void append_nal(struct depay_builder *unit, struct bytes nal)
{
	note(unit, nal);
	append_start_code(unit);
	g_byte_array_append(unit->data, nal.data, (guint)nal.len);
}

static void push_aggregate(struct depay_builder *unit, struct bytes payload)
{
	uint16_t size;
	struct bytes nal;
	bytes_skip(&payload, HEADER_SIZE);
	while (bytes_take_u16(&payload, &size)) {
		if (size < HEADER_SIZE || !bytes_take(&payload, size, &nal)) {
			unit->is_damaged = true;
			return;
		}
		append_nal(unit, nal);
	}
	unit->is_damaged |= payload.len > 0;
}

/* What there is of a NAL unit whose rest is missing is of no use, and goes. */
static void drop_fragment(struct h265_state *h265, struct depay_builder *unit)
{
	g_byte_array_set_size(unit->data, h265->fragment_at);
	h265->is_in_fragment = false;
	unit->is_damaged = true;
}

static void start_fragment(
	struct h265_state *h265, struct depay_builder *unit, const uint8_t header[HEADER_SIZE])
{
	h265->is_in_fragment = true;
	h265->fragment_at = unit->data->len;
	append_start_code(unit);
	g_byte_array_append(unit->data, header, HEADER_SIZE);
}

static void end_fragment(struct h265_state *h265, struct depay_builder *unit)
{
	const size_t at = h265->fragment_at + CODE_SIZE;
	note(unit, (struct bytes){unit->data->data + at, unit->data->len - at});
	h265->is_in_fragment = false;
}

/* The payload's header as a NAL unit's, of type 49; |S|E| type |; bytes of the NAL unit */
static void push_fragment(struct h265_state *h265, struct depay_builder *unit, struct bytes payload)
{
	struct bytes outer;
	uint8_t header;
	if (!bytes_take(&payload, HEADER_SIZE, &outer) || !bytes_take_u8(&payload, &header)) {
		unit->is_damaged = true;
		return;
	}
	if (header & FU_START) {
		if (h265->is_in_fragment)
			drop_fragment(h265, unit);
		const uint8_t inner[HEADER_SIZE] = {
			(uint8_t)((outer.data[0] & NOT_TYPE) | (header & FU_TYPE) << TYPE_SHIFT),
			outer.data[1]};
		start_fragment(h265, unit, inner);
	}
	if (!h265->is_in_fragment) {
		unit->is_damaged = true;
		return;
	}
	g_byte_array_append(unit->data, payload.data, (guint)payload.len);
	if (header & FU_END)
		end_fragment(h265, unit);
}

static void h265_push(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap)
{
	struct h265_state *h265 = state;
	enum nal_type type = type_of(payload.data[0]);

	if (h265->is_in_fragment && (has_gap || type != NAL_FRAGMENT))
		drop_fragment(h265, unit);
	if (type == NAL_FRAGMENT)
		push_fragment(h265, unit, payload);
	else if (type == NAL_AGGREGATE)
		push_aggregate(unit, payload);
	else if (type <= NAL_SINGLE_MAX && payload.len >= HEADER_SIZE)
		append_nal(unit, payload);
	else
		unit->is_damaged = true;
}

static void h265_finish(void *state, struct depay_builder *unit)
{
	struct h265_state *h265 = state;
	if (h265->is_in_fragment)
		drop_fragment(h265, unit);
}

const struct depay_ops h265_depay = {
	.is_start = h265_is_start,
	.push = h265_push,
	.finish = h265_finish,
	.state_size = sizeof(struct h265_state),
};
