/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes packet dumps for tests: any sequence, arrival or damage that a test
 * wants. Errors abort the test program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/mjr_info.h"

struct mjr_writer;

/* The wall clock of the first frame in dumps from mjr_writer_open(). */
#define MJR_WRITER_START_US INT64_C(1700000000000000)

/* A dump of this codec, and the general form with a header of the caller's. */
struct mjr_writer *mjr_writer_open(const char *path, const char *codec);
struct mjr_writer *mjr_writer_open_info(const char *path, const struct mjr_info *info);
void mjr_writer_close(struct mjr_writer *writer);

/* Zero members are fine; a zero payload type is 96, a zero SSRC is MJR_WRITER_SSRC. */
struct mjr_writer_packet {
	uint32_t ms; /* of arrival, since the first frame */
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
	uint8_t payload_type;
	bool has_marker;
	struct bytes payload; /* empty: a padding-only packet */
};

enum {
	MJR_WRITER_SSRC = 0x5eed,
	MJR_WRITER_PAYLOAD_TYPE = 96,
};

void mjr_writer_put(struct mjr_writer *writer, const struct mjr_writer_packet *packet);

/* A frame with any content, and bytes outside any frame. */
void mjr_writer_put_frame(struct mjr_writer *writer, uint32_t ms, struct bytes content);
void mjr_writer_put_bytes(struct mjr_writer *writer, struct bytes bytes);

/* A message of a data track, received at `real_us`. */
void mjr_writer_put_data(
	struct mjr_writer *writer, uint32_t ms, int64_t real_us, struct bytes message);

/* A sender report in an rtcp track: at `ntp_us` (since 1970) the clock of `ssrc` was `timestamp`.
 */
void mjr_writer_put_report(struct mjr_writer *writer, uint32_t ms, int64_t real_us, uint32_t ssrc,
	int64_t ntp_us, uint32_t timestamp);
