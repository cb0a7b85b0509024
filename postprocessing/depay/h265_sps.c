/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads bits up to the conformance window; what comes after it is of no use here. */
#include "postprocessing/depay/h265_sps.h"

#include <errno.h>

#include "postprocessing/depay/bits.h"

enum {
	NAL_SPS = 33,
	CHROMA_420 = 1,
	CHROMA_422 = 2,
	CHROMA_444 = 3,
	PROFILE_BITS = 88, /* of profile_tier_level(), without the level */
	LEVEL_BITS = 8,
	SUB_LAYERS_MAX = 7,
	SIZE_MAX_PIXELS = 16888, /* level 7.2 */
};

/* §7.3.3, for the layers below the highest */
static void skip_sub_layers(struct bits *b, unsigned count)
{
	unsigned skipped = 0;
	if (count == 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		if (bits_get(b, 1))
			skipped += PROFILE_BITS;
		if (bits_get(b, 1))
			skipped += LEVEL_BITS;
	}
	bits_skip(b, 2 * (SUB_LAYERS_MAX + 1 - count)); /* reserved: eight pairs in all */
	bits_skip(b, skipped);
}

/* From chroma_format_idc to the conformance window; §7.4.3.2.1 has the formulas. */
static int take_size(struct h265_sps *out, struct bits *b)
{
	uint32_t chroma = bits_get_ue(b);
	if (chroma == CHROMA_444)
		bits_skip(b, 1); /* separate_colour_plane_flag */
	uint32_t width = bits_get_ue(b), height = bits_get_ue(b);
	uint64_t crop_x = 0, crop_y = 0;
	if (bits_get(b, 1)) {
		crop_x = (uint64_t)bits_get_ue(b) + bits_get_ue(b);
		crop_y = (uint64_t)bits_get_ue(b) + bits_get_ue(b);
	}
	crop_x *= chroma == CHROMA_420 || chroma == CHROMA_422 ? 2 : 1;
	crop_y *= chroma == CHROMA_420 ? 2 : 1;
	if (b->is_short || chroma > CHROMA_444 || width > SIZE_MAX_PIXELS ||
		height > SIZE_MAX_PIXELS || crop_x >= width || crop_y >= height)
		return -EBADMSG;
	out->width = (uint16_t)(width - crop_x);
	out->height = (uint16_t)(height - crop_y);
	return 0;
}

int h265_sps_parse(struct h265_sps *out, struct bytes nal)
{
	struct bits b = {.bytes = nal, .has_escapes = true};

	if ((bits_get(&b, 8) >> 1 & 0x3f) != NAL_SPS)
		return -EBADMSG;
	bits_skip(&b, 8 + 4); /* layer and temporal id; sps_video_parameter_set_id */
	unsigned sub_layers = bits_get(&b, 3);
	bits_skip(&b, 1 + PROFILE_BITS + LEVEL_BITS); /* sps_temporal_id_nesting_flag first */
	if (sub_layers == SUB_LAYERS_MAX)
		return -EBADMSG;
	skip_sub_layers(&b, sub_layers);
	bits_get_ue(&b); /* sps_seq_parameter_set_id */
	return take_size(out, &b);
}
