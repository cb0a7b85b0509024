/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an input of fuzz_ring is: a ring that a killed process left, and the part
 * that it was drained to.
 *
 *      u32 size of the ring's file   u16 bytes of the part's file, 0: none
 *      the part's file   the ring's file, as far as it is not zero
 */
#pragma once

#include "common/bytes.h"

enum {
	RING_FILE_PREFIX = 6,
	RING_FILE_SIZE_MAX = 1 << 20, /* what is larger is taken modulo */
};

#define RING_FILE_NAME "camera.ring"
#define RING_FILE_PART "camera-rtcp.mjr" /* of sample_minimal()'s track */
