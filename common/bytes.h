/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Big-endian integers in memory, and a bounded view from which they are taken.
 *
 * Every parser in the project reads through `struct bytes`: a take that would
 * pass the end fails and leaves the view as it was, so no parser computes a
 * remaining length by hand. Thread: any. Nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t bytes_get_u24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t bytes_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t bytes_get_u64(const uint8_t *p)
{
	return (uint64_t)bytes_get_u32(p) << 32 | bytes_get_u32(p + 4);
}

static inline void bytes_put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void bytes_put_u32(uint8_t *p, uint32_t value)
{
	bytes_put_u16(p, (uint16_t)(value >> 16));
	bytes_put_u16(p + 2, (uint16_t)value);
}

static inline void bytes_put_u64(uint8_t *p, uint64_t value)
{
	bytes_put_u32(p, (uint32_t)(value >> 32));
	bytes_put_u32(p + 4, (uint32_t)value);
}

/* A borrowed, read-only run of bytes; what has been taken is no longer in it. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

/* Each take returns false, changing nothing, when fewer bytes are left. */
static inline bool bytes_take(struct bytes *b, size_t len, struct bytes *out)
{
	if (b->len < len)
		return false;
	*out = (struct bytes){b->data, len};
	b->data += len;
	b->len -= len;
	return true;
}

static inline bool bytes_skip(struct bytes *b, size_t len)
{
	struct bytes skipped;
	return bytes_take(b, len, &skipped);
}

static inline bool bytes_take_u8(struct bytes *b, uint8_t *out)
{
	struct bytes taken;
	if (!bytes_take(b, 1, &taken))
		return false;
	*out = taken.data[0];
	return true;
}

static inline bool bytes_take_u16(struct bytes *b, uint16_t *out)
{
	struct bytes taken;
	if (!bytes_take(b, 2, &taken))
		return false;
	*out = bytes_get_u16(taken.data);
	return true;
}

static inline bool bytes_take_u32(struct bytes *b, uint32_t *out)
{
	struct bytes taken;
	if (!bytes_take(b, 4, &taken))
		return false;
	*out = bytes_get_u32(taken.data);
	return true;
}
