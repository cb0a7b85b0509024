/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One byte at a time is fast enough for headers. */
#include "postprocessing/depay/bits.h"

static void load_byte(struct bits *b)
{
	b->left = 8;
	if (!bytes_take_u8(&b->bytes, &b->byte)) {
		b->byte = 0;
		b->is_short = true;
		return;
	}
	if (b->has_escapes && b->zeros >= 2 && b->byte == 3) {
		b->zeros = 0;
		load_byte(b);
		return;
	}
	b->zeros = b->byte == 0 ? b->zeros + 1 : 0;
}

uint32_t bits_get(struct bits *b, unsigned count)
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

void bits_skip(struct bits *b, unsigned count)
{
	while (count-- > 0 && !b->is_short)
		bits_get(b, 1);
}

uint32_t bits_get_ue(struct bits *b)
{
	unsigned zeros = 0;
	while (zeros < 32 && !b->is_short && bits_get(b, 1) == 0)
		zeros++;
	if (zeros >= 32) {
		b->is_short = true;
		return 0;
	}
	return (1u << zeros) - 1 + bits_get(b, zeros);
}

int32_t bits_get_se(struct bits *b)
{
	uint32_t code = bits_get_ue(b);
	int32_t half = (int32_t)(code / 2 + code % 2);
	return code % 2 ? half : -half;
}
