/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264: NAL units out of single packets, STAP-A and FU-A, joined as Annex B
 * with four-byte start codes. RFC 6184 §5.6, §5.7.1, §5.8. The interleaved forms
 * (STAP-B, MTAP, FU-B) are not negotiated in WebRTC, and count as damage.
 */
#include "postprocessing/depay/depay_ops.h"
#include "postprocessing/depay/h264_sps.h"

enum nal_type {
	NAL_SLICE = 1,
	NAL_IDR = 5,
	NAL_SEI = 6,
	NAL_SPS = 7,
	NAL_PPS = 8,
	NAL_DELIMITER = 9,
	NAL_SINGLE_MAX = 23,
	NAL_STAP_A = 24,
	NAL_FU_A = 28,
};

enum {
	TYPE_MASK = 0x1f,
	FU_START = 0x80,
	FU_END = 0x40,
	FIRST_MB_ZERO = 0x80, /* first_mb_in_slice is ue(v): a leading 1 bit is zero */
};

struct h264_state {
	bool is_in_fragment;
	guint fragment_at; /* where its start code stands in the unit */
};

static bool nal_is_start(enum nal_type type, const uint8_t *body, size_t len)
{
	switch (type) {
	case NAL_SLICE:
	case NAL_IDR:
		return len > 0 && (body[0] & FIRST_MB_ZERO);
	case NAL_SEI:
	case NAL_SPS:
	case NAL_PPS:
	case NAL_DELIMITER:
		return true;
	default:
		return false;
	}
}

static bool h264_is_start(struct bytes payload)
{
	const uint8_t *p = payload.data;
	if (payload.len < 2)
		return false;
	enum nal_type type = p[0] & TYPE_MASK;
	if (type == NAL_FU_A)
		return (p[1] & FU_START) && nal_is_start(p[1] & TYPE_MASK, p + 2, payload.len - 2);
	if (type == NAL_STAP_A)
		return payload.len > 3 && nal_is_start(p[3] & TYPE_MASK, p + 4, payload.len - 4);
	return nal_is_start(type, p + 1, payload.len - 1);
}

static void append_start_code(struct depay_builder *unit)
{
	static const uint8_t start_code[] = {0, 0, 0, 1};
	g_byte_array_append(unit->data, start_code, sizeof start_code);
}

static void read_sps(struct depay_builder *unit, struct bytes nal)
{
	struct h264_sps sps;
	if (h264_sps_parse(&sps, nal) == 0) {
		unit->width = sps.width;
		unit->height = sps.height;
	}
}

static void append_nal(struct depay_builder *unit, struct bytes nal)
{
	enum nal_type type = nal.data[0] & TYPE_MASK;
	if (type == NAL_SPS)
		read_sps(unit, nal);
	unit->is_keyframe |= type == NAL_IDR;
	append_start_code(unit);
	g_byte_array_append(unit->data, nal.data, (guint)nal.len);
}

static void push_aggregate(struct depay_builder *unit, struct bytes payload)
{
	uint16_t size;
	struct bytes nal;
	bytes_skip(&payload, 1);
	while (bytes_take_u16(&payload, &size)) {
		if (size == 0 || !bytes_take(&payload, size, &nal)) {
			unit->is_damaged = true;
			return;
		}
		append_nal(unit, nal);
	}
	unit->is_damaged |= payload.len > 0;
}

/* What there is of a NAL unit whose rest is missing is of no use, and goes. */
static void drop_fragment(struct h264_state *h264, struct depay_builder *unit)
{
	g_byte_array_set_size(unit->data, h264->fragment_at);
	h264->is_in_fragment = false;
	unit->is_damaged = true;
}

static void start_fragment(struct h264_state *h264, struct depay_builder *unit, uint8_t header)
{
	h264->is_in_fragment = true;
	h264->fragment_at = unit->data->len;
	append_start_code(unit);
	g_byte_array_append(unit->data, &header, 1);
}

static void end_fragment(struct h264_state *h264, struct depay_builder *unit)
{
	const size_t at = h264->fragment_at + 4;
	struct bytes nal = {unit->data->data + at, unit->data->len - at};
	enum nal_type type = nal.data[0] & TYPE_MASK;
	if (type == NAL_SPS)
		read_sps(unit, nal);
	unit->is_keyframe |= type == NAL_IDR;
	h264->is_in_fragment = false;
}

/* FU indicator |F|NRI| 28 |, FU header |S|E|R| type |, bytes of the NAL unit */
static void push_fragment(struct h264_state *h264, struct depay_builder *unit, struct bytes payload)
{
	uint8_t indicator, header;
	if (!bytes_take_u8(&payload, &indicator) || !bytes_take_u8(&payload, &header)) {
		unit->is_damaged = true;
		return;
	}
	if (header & FU_START) {
		if (h264->is_in_fragment)
			drop_fragment(h264, unit);
		start_fragment(h264, unit, (indicator & 0xe0) | (header & TYPE_MASK));
	}
	if (!h264->is_in_fragment) {
		unit->is_damaged = true;
		return;
	}
	g_byte_array_append(unit->data, payload.data, (guint)payload.len);
	if (header & FU_END)
		end_fragment(h264, unit);
}

static void h264_push(void *state, struct depay_builder *unit, struct bytes payload, bool has_gap)
{
	struct h264_state *h264 = state;
	enum nal_type type = payload.data[0] & TYPE_MASK;

	if (h264->is_in_fragment && (has_gap || type != NAL_FU_A))
		drop_fragment(h264, unit);
	if (type == NAL_FU_A)
		push_fragment(h264, unit, payload);
	else if (type == NAL_STAP_A)
		push_aggregate(unit, payload);
	else if (type > 0 && type <= NAL_SINGLE_MAX)
		append_nal(unit, payload);
	else
		unit->is_damaged = true;
}

static void h264_finish(void *state, struct depay_builder *unit)
{
	struct h264_state *h264 = state;
	if (h264->is_in_fragment)
		drop_fragment(h264, unit);
}

const struct depay_ops h264_depay = {
	.is_start = h264_is_start,
	.push = h264_push,
	.finish = h264_finish,
	.state_size = sizeof(struct h264_state),
};
