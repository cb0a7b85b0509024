/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces of an AV1 stream: open bitstream units. AV1 specification §5.3 to §5.5, §5.9. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

enum av1_obu_type {
	AV1_OBU_SEQUENCE_HEADER = 1,
	AV1_OBU_TEMPORAL_DELIMITER = 2,
	AV1_OBU_FRAME_HEADER = 3,
	AV1_OBU_METADATA = 5,
	AV1_OBU_FRAME = 6,
	AV1_OBU_TILE_LIST = 8,
	AV1_OBU_PADDING = 15,
};

enum {
	AV1_OBU_HAS_SIZE = 0x02, /* in a unit's first byte */
	AV1_LEB128_MAX = 5,      /* bytes of a 32-bit number */
};

struct av1_obu {
	enum av1_obu_type type;
	uint8_t spatial_layer;
	size_t header_len; /* 1 or 2; the size, where there is one, comes after it */
	struct bytes body;
};

/* leb128(), §4.10.5. False: cut off, or beyond 32 bits. */
bool av1_obu_take_leb128(struct bytes *bytes, uint32_t *out);

/* Returns how many bytes were written. */
size_t av1_obu_put_leb128(uint8_t out[static AV1_LEB128_MAX], uint32_t value);

/* One unit, with its size or without. 0, or -EBADMSG; then `out` is unspecified. */
int av1_obu_parse(struct av1_obu *out, struct bytes unit);

struct av1_obu_sequence {
	bool is_reduced; /* a still picture: frame headers lack their beginning */
	uint16_t width, height;
};

/* The body of a sequence header. 0, or -EBADMSG; then `out` is unspecified. */
int av1_obu_parse_sequence(struct av1_obu_sequence *out, struct bytes body);

/* Whether the body of a frame or frame header begins a keyframe. */
bool av1_obu_is_keyframe(struct bytes body, bool is_reduced);
