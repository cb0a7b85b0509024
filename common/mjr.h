/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of an .mjr packet dump (Janus: src/record.c, MJR00002).
 *
 *   file  := header frame*
 *   header:= "MJR00002" u16:length JSON            (JSON: see mjr_info.h)
 *   frame := "MEET" u32:ms u16:length payload      (ms since the first frame, monotonic)
 *
 * All integers are big-endian. The payload of audio and video is an RTP packet;
 * of data and RTCP it is i64 wall-clock microseconds, then the message.
 * Older forms that readers accept: "MJR00001", whose frames begin "MEETECHO"
 * u16:length without a time; before 2015 a file begins "MEETECHO" u16:5 and the
 * word "audio" or "video".
 *
 * Thread: any; mjr_frame_put() runs on the media thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

#define MJR_MAGIC        "MJR00002"
#define MJR_MAGIC_V1     "MJR00001"
#define MJR_FRAME_TAG    "MEET"
#define MJR_FRAME_TAG_V1 "MEETECHO"

enum {
	MJR_MAGIC_SIZE = 8,
	MJR_PREFIX_SIZE = MJR_MAGIC_SIZE + 2, /* magic and the JSON's length */
	MJR_JSON_MAX = 1499,                  /* longer ones abort the Janus 1.1.2 tools */
	MJR_HEADER_MAX = MJR_PREFIX_SIZE + MJR_JSON_MAX,
	MJR_FRAME_HEADER_SIZE = 10,
	MJR_FRAME_V1_HEADER_SIZE = 10,
	MJR_PAYLOAD_MAX = UINT16_MAX,
	MJR_DATA_TIME_SIZE = 8, /* the i64 before a data message */
	MJR_DATA_MAX = MJR_PAYLOAD_MAX - MJR_DATA_TIME_SIZE,
};

/* Writes the ten bytes before a payload. */
static inline void mjr_frame_put(
	uint8_t out[static MJR_FRAME_HEADER_SIZE], uint32_t ms, uint16_t len)
{
	memcpy(out, MJR_FRAME_TAG, 4);
	bytes_put_u32(out + 4, ms);
	bytes_put_u16(out + 8, len);
}

enum mjr_version {
	MJR_VERSION_NONE, /* not an .mjr file */
	MJR_VERSION_2015, /* MEETECHO, 5, "audio" or "video" */
	MJR_VERSION_1,
	MJR_VERSION_2,
};

struct mjr_header {
	enum mjr_version version;
	struct bytes json; /* borrowed; for MJR_VERSION_2015 the five-letter word */
	size_t size;       /* bytes before the first frame */
};

/*
 * Reads the start of a file. 0; -EAGAIN: all of it fits so far but more bytes are needed
 * (fewer than MJR_HEADER_READ_MAX always suffice); -EBADMSG: not an .mjr file.
 */
enum {
	MJR_HEADER_READ_MAX = MJR_PREFIX_SIZE + UINT16_MAX
};
int mjr_header_parse(struct mjr_header *out, struct bytes start);

struct mjr_frame {
	uint32_t ms;          /* since the file's first frame; 0 in version 1 files */
	struct bytes payload; /* borrowed */
	size_t size;          /* header and payload */
};

/*
 * Reads one frame at the start of `bytes`. 0; -EAGAIN: a good frame so far, cut off; -EBADMSG: no
 * frame tag here. MJR_VERSION_2 files may hold no version 1 frames, nor the other way round.
 */
int mjr_frame_parse(struct mjr_frame *out, struct bytes bytes, enum mjr_version version);
