/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bounded view read bit by bit, most significant first: parameter sets and
 * frame headers. Past the end, bits read as zero and `is_short` is set, so that
 * one check after the last read suffices.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

/* All zero but for `bytes` at the start, and `has_escapes` for a NAL unit. */
struct bits {
	struct bytes bytes;
	bool has_escapes; /* emulation prevention bytes are left out (H.264 §7.4.1.1) */
	bool is_short;
	unsigned zeros; /* run of zero bytes */
	unsigned left;  /* unread bits of `byte` */
	uint8_t byte;
};

/* `count` is 0…32. */
uint32_t bits_get(struct bits *b, unsigned count);
void bits_skip(struct bits *b, unsigned count);

/* ue(v) and se(v), H.264 §9.1; one that does not fit 32 bits is an error like a missing bit. */
uint32_t bits_get_ue(struct bits *b);
int32_t bits_get_se(struct bits *b);
