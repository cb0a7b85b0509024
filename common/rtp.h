/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One RTP packet, taken apart without copying. Source: RFC 3550 §5.1, §5.3.1.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |                          CSRC × CC                            |
 *   |  extension profile (X=1)      |  length in 32-bit words       |
 *
 * Thread: any. Called on the media thread: bounded, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

enum {
	RTP_HEADER_SIZE = 12,
	RTP_VERSION = 2,
};

struct rtp_packet {
	uint16_t seq;
	uint32_t timestamp;
	uint32_t ssrc;
	uint8_t payload_type;
	bool has_marker;
	uint16_t
		ext_profile; /* 0xBEDE one-byte, 0x1000…0x100F two-byte (RFC 8285); 0 when absent */
	struct bytes extensions; /* elements after the 4-byte extension header; empty when absent */
	struct bytes payload;    /* without padding; empty for a padding-only packet */
	uint8_t padding;         /* bytes of padding, 0 when P=0 */
};

/*
 * Views into `packet` are borrowed: they live as long as its bytes.
 * 0, or -EBADMSG: shorter than its header, CSRCs, extension or padding say; or version ≠ 2.
 * On failure `out` is unspecified.
 */
int rtp_parse(struct rtp_packet *out, struct bytes packet);

/* Signed distance from `a` to `b` on the 16-bit circle: positive when b is newer (RFC 1982). */
static inline int16_t rtp_seq_diff(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(b - a);
}

/* The same on the 32-bit timestamp circle. */
static inline int32_t rtp_timestamp_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

/* In-place rewriting of a raw packet that rtp_parse() accepted. */
void rtp_rewrite(uint8_t *packet, uint16_t seq, uint32_t timestamp, uint32_t ssrc);
