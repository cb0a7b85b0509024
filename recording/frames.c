/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See frames.h. */
#include "recording/frames.h"

#include <glib.h>
#include <string.h>

void frames_init(struct frames *frames, const struct iovec *runs, size_t count, uint8_t *scratch)
{
	*frames = (struct frames){.scratch = scratch};
	for (size_t i = 0; i < count; i++)
		frames->runs[i] = (struct bytes){runs[i].iov_base, runs[i].iov_len};
}

/* The end of the first run and as much of the second as a frame can reach. */
static struct bytes join(struct frames *frames)
{
	size_t first = frames->runs[0].len;
	size_t second = MIN(frames->runs[1].len, FRAMES_SCRATCH_SIZE - first);
	memcpy(frames->scratch, frames->runs[0].data, first);
	memcpy(frames->scratch + first, frames->runs[1].data, second);
	return (struct bytes){frames->scratch, first + second};
}

static void skip(struct frames *frames, size_t len)
{
	size_t first = MIN(len, frames->runs[0].len);
	bytes_skip(&frames->runs[0], first);
	if (len > first)
		bytes_skip(&frames->runs[1], len - first);
}

bool frames_next(struct mjr_frame *out, struct frames *frames)
{
	if (frames->runs[0].len == 0) {
		frames->runs[0] = frames->runs[1];
		frames->runs[1] = (struct bytes){0};
	}
	if (frames->runs[0].len == 0)
		return false;
	int err = mjr_frame_parse(out, frames->runs[0], MJR_VERSION_2);
	if (err < 0 && frames->runs[1].len > 0 && frames->runs[0].len < FRAMES_SCRATCH_SIZE)
		err = mjr_frame_parse(out, join(frames), MJR_VERSION_2);
	if (err < 0)
		return false;
	skip(frames, out->size);
	return true;
}
