/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads bits up to the cropping window; what comes after it (VUI) is of no use here. */
#include "postprocessing/depay/h264_sps.h"

#include <errno.h>
#include <stdbool.h>

#include "postprocessing/depay/bits.h"

enum {
	NAL_SPS = 7,
	CHROMA_400 = 0,
	CHROMA_420 = 1,
	CHROMA_444 = 3,
	CYCLE_MAX = 255,   /* num_ref_frames_in_pic_order_cnt_cycle, §7.4.2.1.1 */
	SIZE_MAX_MB = 1055 /* 16,880 pixels: beyond level 6.2 */
};

/* §7.3.2.1.1.1 */
static void skip_scaling_list(struct bits *b, unsigned size)
{
	int32_t last = 8, next = 8;
	for (unsigned i = 0; i < size && !b->is_short; i++) {
		if (next != 0)
			next = (last + bits_get_se(b) % 256 + 256) % 256;
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
	uint32_t chroma = bits_get_ue(b);
	if (chroma == CHROMA_444)
		*is_separate = bits_get(b, 1);
	bits_get_ue(b); /* bit_depth_luma_minus8 */
	bits_get_ue(b); /* bit_depth_chroma_minus8 */
	bits_get(b, 1); /* qpprime_y_zero_transform_bypass_flag */
	if (bits_get(b, 1)) {
		unsigned lists = chroma == CHROMA_444 ? 12 : 8;
		for (unsigned i = 0; i < lists; i++) {
			if (bits_get(b, 1))
				skip_scaling_list(b, i < 6 ? 16 : 64);
		}
	}
	return chroma;
}

static void skip_picture_order(struct bits *b)
{
	uint32_t type = bits_get_ue(b);
	if (type == 0)
		bits_get_ue(b); /* log2_max_pic_order_cnt_lsb_minus4 */
	if (type != 1)
		return;
	bits_get(b, 1); /* delta_pic_order_always_zero_flag */
	bits_get_se(b); /* offset_for_non_ref_pic */
	bits_get_se(b); /* offset_for_top_to_bottom_field */
	uint32_t count = bits_get_ue(b);
	if (count > CYCLE_MAX)
		b->is_short = true;
	for (uint32_t i = 0; i < count && !b->is_short; i++)
		bits_get_se(b);
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
	uint32_t width = bits_get_ue(b), height = bits_get_ue(b);
	uint32_t fields = bits_get(b, 1) ? 1 : 2; /* frame_mbs_only_flag */
	if (b->is_short || width >= SIZE_MAX_MB || height >= SIZE_MAX_MB)
		return -EBADMSG;
	if (fields == 2)
		bits_get(b, 1); /* mb_adaptive_frame_field_flag */
	bits_get(b, 1);         /* direct_8x8_inference_flag */
	if (bits_get(b, 1)) {
		crop.left = bits_get_ue(b);
		crop.right = bits_get_ue(b);
		crop.top = bits_get_ue(b);
		crop.bottom = bits_get_ue(b);
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
	struct bits b = {.bytes = nal, .has_escapes = true};
	uint32_t chroma = CHROMA_420;
	bool is_separate = false;

	if ((bits_get(&b, 8) & 0x1f) != NAL_SPS)
		return -EBADMSG;
	out->profile = (uint8_t)bits_get(&b, 8);
	out->constraints = (uint8_t)bits_get(&b, 8);
	out->level = (uint8_t)bits_get(&b, 8);
	bits_get_ue(&b); /* seq_parameter_set_id */
	if (is_high_profile(out->profile))
		chroma = take_chroma(&b, &is_separate);
	if (is_separate)
		chroma = CHROMA_400; /* ChromaArrayType */
	bits_get_ue(&b);             /* log2_max_frame_num_minus4 */
	skip_picture_order(&b);
	bits_get_ue(&b); /* max_num_ref_frames */
	bits_get(&b, 1); /* gaps_in_frame_num_value_allowed_flag */
	return take_size(out, &b, chroma);
}
