/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads up to the size of a keyframe (§6.2, uncompressed_header). */
#include "postprocessing/depay/vp9_header.h"

#include <errno.h>

#include "postprocessing/depay/bits.h"

enum {
	FRAME_MARKER = 2,
	SYNC_CODE = 0x498342,
	COLOUR_RGB = 7,
};

/* §6.2.2, color_config(): of the profiles, 1 and 3 have the subsampling, 2 and 3 a bit depth. */
static void skip_colour(struct bits *b, unsigned profile)
{
	if (profile >= 2)
		bits_skip(b, 1); /* ten_or_twelve_bit */
	bool is_rgb = bits_get(b, 3) == COLOUR_RGB;
	if (!is_rgb)
		bits_skip(b, 1); /* color_range */
	if (profile % 2 == 1)
		bits_skip(b, is_rgb ? 1 : 3);
}

int vp9_header_parse(struct vp9_header *out, struct bytes frame)
{
	struct bits b = {.bytes = frame};

	*out = (struct vp9_header){0};
	if (bits_get(&b, 2) != FRAME_MARKER)
		return -EBADMSG;
	unsigned profile = bits_get(&b, 1);
	profile |= bits_get(&b, 1) << 1;
	if (profile == 3)
		bits_skip(&b, 1);
	if (bits_get(&b, 1)) /* show_existing_frame */
		return b.is_short ? -EBADMSG : 0;
	out->is_keyframe = bits_get(&b, 1) == 0;
	bits_skip(&b, 2); /* show_frame, error_resilient_mode */
	if (!out->is_keyframe)
		return b.is_short ? -EBADMSG : 0;
	if (bits_get(&b, 24) != SYNC_CODE)
		return -EBADMSG;
	skip_colour(&b, profile);
	uint32_t width = bits_get(&b, 16) + 1, height = bits_get(&b, 16) + 1;
	if (b.is_short || width > UINT16_MAX || height > UINT16_MAX)
		return -EBADMSG;
	out->width = (uint16_t)width;
	out->height = (uint16_t)height;
	return 0;
}
