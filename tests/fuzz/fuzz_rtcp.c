/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is one compound RTCP packet. */
#include <errno.h>
#include <glib.h>

#include "common/rtcp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = {data, size};
	struct rtcp_packet packet;
	struct rtcp_sender_report report;
	size_t used = 0;
	int err;
	while ((err = rtcp_next(&packet, &rest)) == 0) {
		g_assert_true(packet.body.data == data + used + 4);
		used += 4 + packet.body.len;
		g_assert_cmpuint(used + rest.len, ==, size);
		if (rtcp_parse_sender_report(&report, &packet) == 0)
			g_assert_cmpint(rtcp_ntp_to_us(report.ntp), >, G_MININT64 / 2);
	}
	g_assert_cmpint(err, ==, used == size ? -ENODATA : -EBADMSG);
	return 0;
}
