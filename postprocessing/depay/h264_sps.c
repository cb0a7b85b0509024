/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads bits up to the cropping window; what comes after it (VUI) is of no use here. */
#include "postprocessing/depay/h264_sps.h"

#include <errno.h>
#include <stdbool.h>

enum {
	NAL_SPS = 7,
	CHROMA_400 = 0,
	CHROMA_420 = 1,
	CHROMA_444 = 3,
	CYCLE_MAX = 255,   /* num_ref_frames_in_pic_order_cnt_cycle, §7.4.2.1.1 */
	SIZE_MAX_MB = 1055 /* 16,880 pixels: beyond level 6.2 */
};

/* Past the end, bits read as zero and `is_short` is set: one check at the end suffices. */
struct bits {
	struct bytes bytes;
	unsigned zeros; /* run of zero bytes, to find emulation prevention bytes (§7.4.1.1) */
	unsigned left;  /* unread bits of `byte` */
	uint8_t byte;
	bool is_short;
};

static void load_byte(struct bits *b)
{
	b->left = 8;
	if (!bytes_take_u8(&b->bytes, &b->byte)) {
		b->byte = 0;
		b->is_short = true;
		return;
	}
	if (b->zeros >= 2 && b->byte == 3) {
		b->zeros = 0;
		load_byte(b);
		return;
	}
	b->zeros = b->byte == 0 ? b->zeros + 1 : 0;
}

static uint32_t get_bits(struct bits *b, unsigned count)
{
	uint32_t value = 0;
	while (count-- > 0) {
		if (b->left == 0)
			load_byte(b);
		b->left--;
		value = value << 1 | (b->byte >> b->left & 1);
	}
	return value;
}

/* ue(v), §9.1; one that does not fit 32 bits is an error like a missing bit. */
static uint32_t get_ue(struct bits *b)
{
	unsigned zeros = 0;
	while (zeros < 32 && !b->is_short && get_bits(b, 1) == 0)
		zeros++;
	if (zeros >= 32) {
		b->is_short = true;
		return 0;
	}
	return (1u << zeros) - 1 + get_bits(b, zeros);
}

static int32_t get_se(struct bits *b)
{
	uint32_t code = get_ue(b);
	int32_t half = (int32_t)(code / 2 + code % 2);
	return code % 2 ? half : -half;
}

/* §7.3.2.1.1.1 */
static void skip_scaling_list(struct bits *b, unsigned size)
{
	int32_t last = 8, next = 8;
	for (unsigned i = 0; i < size && !b->is_short; i++) {
		if (next != 0)
			next = (last + get_se(b) % 256 + 256) % 256;
		last = next == 0 ? last : next;
	}
}

static bool is_high_profile(uint8_t profile)
{
	static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134};
	return memchr(profiles, profile, sizeof profiles) != NULL;
}

/* The members that only the high profiles have; returns chroma_format_idc. */
static uint32_t take_chroma(struct bits *b, bool *is_separate)
{
	uint32_t chroma = get_ue(b);
	if (chroma == CHROMA_444)
		*is_separate = get_bits(b, 1);
	get_ue(b);      /* bit_depth_luma_minus8 */
	get_ue(b);      /* bit_depth_chroma_minus8 */
	get_bits(b, 1); /* qpprime_y_zero_transform_bypass_flag */
	if (get_bits(b, 1)) {
		unsigned lists = chroma == CHROMA_444 ? 12 : 8;
		for (unsigned i = 0; i < lists; i++) {
			if (get_bits(b, 1))
				skip_scaling_list(b, i < 6 ? 16 : 64);
		}
	}
	return chroma;
}

static void skip_picture_order(struct bits *b)
{
	uint32_t type = get_ue(b);
	if (type == 0)
		get_ue(b); /* log2_max_pic_order_cnt_lsb_minus4 */
	if (type != 1)
		return;
	get_bits(b, 1); /* delta_pic_order_always_zero_flag */
	get_se(b);      /* offset_for_non_ref_pic */
	get_se(b);      /* offset_for_top_to_bottom_field */
	uint32_t count = get_ue(b);
	if (count > CYCLE_MAX)
		b->is_short = true;
	for (uint32_t i = 0; i < count && !b->is_short; i++)
		get_se(b);
}

struct crop {
	uint32_t left, right, top, bottom;
};

/* Takes `cropped` units of `unit` pixels off `size`; false when nothing would be left. */
static bool shown_size(uint16_t *out, uint32_t size, uint64_t cropped, uint32_t unit)
{
	if (cropped * unit >= size)
		return false;
	*out = (uint16_t)(size - cropped * unit);
	return true;
}

/* From pic_width_in_mbs_minus1 to the cropping window; §7.4.2.1.1 has the formulas. */
static int take_size(struct h264_sps *out, struct bits *b, uint32_t chroma)
{
	struct crop crop = {0};
	uint32_t width = get_ue(b), height = get_ue(b);
	uint32_t fields = get_bits(b, 1) ? 1 : 2; /* frame_mbs_only_flag */
	if (b->is_short || width >= SIZE_MAX_MB || height >= SIZE_MAX_MB)
		return -EBADMSG;
	if (fields == 2)
		get_bits(b, 1); /* mb_adaptive_frame_field_flag */
	get_bits(b, 1);         /* direct_8x8_inference_flag */
	if (get_bits(b, 1)) {
		crop.left = get_ue(b);
		crop.right = get_ue(b);
		crop.top = get_ue(b);
		crop.bottom = get_ue(b);
	}
	if (b->is_short)
		return -EBADMSG;
	uint32_t unit_x = chroma == CHROMA_400 || chroma == CHROMA_444 ? 1 : 2;
	uint32_t unit_y = (chroma == CHROMA_420 ? 2 : 1) * fields;
	bool is_sane = shown_size(&out->width, (width + 1) * 16, (uint64_t)crop.left + crop.right,
			       unit_x) &&
		       shown_size(&out->height, (height + 1) * 16 * fields,
			       (uint64_t)crop.top + crop.bottom, unit_y);
	return is_sane ? 0 : -EBADMSG;
}

int h264_sps_parse(struct h264_sps *out, struct bytes nal)
{
	struct bits b = {.bytes = nal};
	uint32_t chroma = CHROMA_420;
	bool is_separate = false;

	if ((get_bits(&b, 8) & 0x1f) != NAL_SPS)
		return -EBADMSG;
	out->profile = (uint8_t)get_bits(&b, 8);
	out->constraints = (uint8_t)get_bits(&b, 8);
	out->level = (uint8_t)get_bits(&b, 8);
	get_ue(&b); /* seq_parameter_set_id */
	if (is_high_profile(out->profile))
		chroma = take_chroma(&b, &is_separate);
	if (is_separate)
		chroma = CHROMA_400; /* ChromaArrayType */
	get_ue(&b);                  /* log2_max_frame_num_minus4 */
	skip_picture_order(&b);
	get_ue(&b);      /* max_num_ref_frames */
	get_bits(&b, 1); /* gaps_in_frame_num_value_allowed_flag */
	return take_size(out, &b, chroma);
}
