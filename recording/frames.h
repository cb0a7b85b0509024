/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks the .mjr frames in what ring_peek() returned. A frame may lie across
 * the ring's end; it is then handed out as a copy. Thread: writer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/mjr.h"

enum {
	FRAMES_SCRATCH_SIZE = MJR_FRAME_HEADER_SIZE + MJR_PAYLOAD_MAX
};

struct frames {
	struct bytes runs[2];
	uint8_t *scratch; /* borrowed, FRAMES_SCRATCH_SIZE bytes: the copy */
};

void frames_init(struct frames *frames, const struct iovec *runs, size_t count, uint8_t *scratch);

/*
 * False when no whole frame is left. The payload lives until the next call, and no longer than
 * the runs.
 */
bool frames_next(struct mjr_frame *out, struct frames *frames);
