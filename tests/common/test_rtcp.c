/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compound RTCP is walked to its end and no further. */
#include "common/rtcp.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/support.h"
#include "tests/common/vectors.h"

enum {
	PACKETS_MAX = 4
};

static const struct row {
	const char *vector;
	struct {
		uint8_t type, count;
		size_t body;
	} packets[PACKETS_MAX]; /* ends with a row of zeros */
} rows[] = {
	{"compound", {{RTCP_SR, 0, 24}, {RTCP_SDES, 1, 12}, {RTCP_PSFB, 1, 8}}},
	{"sr-with-report-block", {{RTCP_SR, 1, 48}}},
	{"rr-and-bye", {{RTCP_RR, 0, 4}, {RTCP_BYE, 1, 4}}},
	{"no-body", {{255, 0, 0}}},
};

static const struct vector *find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors_rtcp); i++) {
		if (strcmp(vectors_rtcp[i].name, name) == 0)
			return &vectors_rtcp[i];
	}
	g_assert_not_reached();
}

/* Every prefix of a compound gives its whole packets, then the end or a refusal. */
static void walks(gconstpointer data)
{
	const struct row *row = data;
	const struct vector *vector = find(row->vector);
	for (size_t len = 0; len <= vector->len; len++) {
		struct bytes copy = support_copy(vector->bytes, len);
		struct bytes rest = copy;
		struct rtcp_packet packet;
		size_t n = 0, used = 0;
		for (; n < PACKETS_MAX && row->packets[n].type != 0; n++) {
			if (used + 4 + row->packets[n].body > len)
				break;
			g_assert_cmpint(rtcp_next(&packet, &rest), ==, 0);
			g_assert_cmpuint(packet.type, ==, row->packets[n].type);
			g_assert_cmpuint(packet.count, ==, row->packets[n].count);
			g_assert_cmpuint(packet.body.len, ==, row->packets[n].body);
			g_assert_true(packet.body.data == copy.data + used + 4);
			used += 4 + row->packets[n].body;
		}
		struct bytes before = rest;
		g_assert_cmpint(rtcp_next(&packet, &rest), ==, used == len ? -ENODATA : -EBADMSG);
		g_assert_true(rest.data == before.data && rest.len == before.len);
		support_free(copy);
	}
}

static void refuses_other_versions(void)
{
	for (int version = 0; version < 4; version++) {
		uint8_t packet[] = {(uint8_t)(version << 6), RTCP_RR, 0, 0};
		struct bytes rest = {packet, sizeof packet};
		struct rtcp_packet out;
		g_assert_cmpint(rtcp_next(&out, &rest), ==, version == 2 ? 0 : -EBADMSG);
	}
}

static void reads_a_sender_report(void)
{
	const struct vector *vector = find("compound");
	struct bytes rest = {(const uint8_t *)vector->bytes, vector->len};
	struct rtcp_packet packet;
	struct rtcp_sender_report report;
	g_assert_cmpint(rtcp_next(&packet, &rest), ==, 0);
	g_assert_cmpint(rtcp_parse_sender_report(&report, &packet), ==, 0);
	g_assert_cmphex(report.ssrc, ==, 0xcafebabe);
	g_assert_cmphex(report.ntp, ==, UINT64_C(0xe900000080000000));
	g_assert_cmphex(report.timestamp, ==, 0x00abcdef);
	g_assert_cmpuint(report.packets, ==, 10);
	g_assert_cmpuint(report.octets, ==, 1600);

	g_assert_cmpint(rtcp_next(&packet, &rest), ==, 0);
	g_assert_cmpint(rtcp_parse_sender_report(&report, &packet), ==, -EBADMSG);
}

static void refuses_a_short_sender_report(void)
{
	static const uint8_t zeros[24];
	struct rtcp_sender_report report;
	for (size_t len = 0; len <= sizeof zeros; len++) {
		struct bytes body = support_copy(zeros, len);
		struct rtcp_packet packet = {.type = RTCP_SR, .body = body};
		int expected = len == sizeof zeros ? 0 : -EBADMSG;
		g_assert_cmpint(rtcp_parse_sender_report(&report, &packet), ==, expected);
		support_free(body);
	}
}

static void converts_ntp(void)
{
	static const struct {
		uint64_t ntp;
		int64_t us;
	} times[] = {
		{UINT64_C(0x83aa7e8000000000), 0},
		{UINT64_C(0x83aa7e8080000000), 500000},
		{UINT64_C(0x83aa7e8100000000), 1000000},
		{UINT64_C(0x83aa7e80000010c7), 1},
		{UINT64_C(0x83aa7e80ffffffff), 1000000},
		{UINT64_C(0x83aa7e7f00000000), -1000000},
		{0, INT64_C(-2208988800000000)},
		{UINT64_MAX, INT64_C(2085978496000000)},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
		g_assert_cmpint(rtcp_ntp_to_us(times[i].ntp), ==, times[i].us);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/rtcp/walks ", rows[i].vector, NULL);
		g_test_add_data_func(path, &rows[i], walks);
	}
	g_test_add_func("/rtcp/refuses other versions", refuses_other_versions);
	g_test_add_func("/rtcp/reads a sender report", reads_a_sender_report);
	g_test_add_func("/rtcp/refuses a short sender report", refuses_a_short_sender_report);
	g_test_add_func("/rtcp/converts NTP time to the microsecond", converts_ntp);
	return g_test_run();
}
