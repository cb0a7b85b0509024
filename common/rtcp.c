/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compound RTCP walking and sender reports. */
#include "common/rtcp.h"

#include <errno.h>

/*
 *   |V=2|P|  count  |     type      |   length in words, less one   |
 */
int rtcp_next(struct rtcp_packet *out, struct bytes *compound)
{
	struct bytes rest = *compound;
	struct bytes head, body;
	if (rest.len == 0)
		return -ENODATA;
	if (!bytes_take(&rest, 4, &head) || head.data[0] >> 6 != 2)
		return -EBADMSG;
	if (!bytes_take(&rest, (size_t)bytes_get_u16(head.data + 2) * 4, &body))
		return -EBADMSG;

	*compound = rest;
	*out = (struct rtcp_packet){
		.type = head.data[1],
		.count = head.data[0] & 0x1f,
		.body = body,
	};
	return 0;
}

int rtcp_parse_sender_report(struct rtcp_sender_report *out, const struct rtcp_packet *packet)
{
	struct bytes rest = packet->body;
	struct bytes report;
	if (packet->type != RTCP_SR || !bytes_take(&rest, 24, &report))
		return -EBADMSG;
	*out = (struct rtcp_sender_report){
		.ssrc = bytes_get_u32(report.data),
		.ntp = bytes_get_u64(report.data + 4),
		.timestamp = bytes_get_u32(report.data + 12),
		.packets = bytes_get_u32(report.data + 16),
		.octets = bytes_get_u32(report.data + 20),
	};
	return 0;
}

int64_t rtcp_ntp_to_us(uint64_t ntp)
{
	const int64_t unix_epoch_s = INT64_C(2208988800); /* 1970 in seconds since 1900 */
	int64_t seconds = (int64_t)(ntp >> 32) - unix_epoch_s;
	uint64_t fraction_us = ((ntp & UINT32_MAX) * 1000000 + (UINT64_C(1) << 31)) >> 32;
	return seconds * 1000000 + (int64_t)fraction_us;
}
