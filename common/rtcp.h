/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walking a compound RTCP packet, and its sender reports. Source: RFC 3550 §6.1,
 * §6.4.1. Thread: any; no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	RTCP_APP = 204,
	RTCP_RTPFB = 205,
	RTCP_PSFB = 206,
};

struct rtcp_packet {
	uint8_t type;      /* enum rtcp_type, or one unknown to us */
	uint8_t count;     /* RC, SC or FMT */
	struct bytes body; /* after the first four bytes; borrowed */
};

/*
 * Takes the next packet off `compound`. 0; -ENODATA at the end; -EBADMSG for a wrong version
 * or a length past the end (then `compound` is left as it was).
 */
int rtcp_next(struct rtcp_packet *out, struct bytes *compound);

struct rtcp_sender_report {
	uint32_t ssrc;
	uint64_t ntp;       /* 32.32 fixed point, seconds since 1900-01-01 UTC */
	uint32_t timestamp; /* RTP, the same instant as `ntp` */
	uint32_t packets;
	uint32_t octets;
};

/* -EBADMSG when `packet` is not an SR or is shorter than one. */
int rtcp_parse_sender_report(struct rtcp_sender_report *out, const struct rtcp_packet *packet);

/* NTP 32.32 to microseconds since 1970; negative before then. */
int64_t rtcp_ntp_to_us(uint64_t ntp);
