/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTP packets are taken apart exactly, and refused one byte short. */
#include "common/rtp.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/support.h"
#include "tests/common/vectors.h"

static const struct vector *find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors_rtp); i++) {
		if (strcmp(vectors_rtp[i].name, name) == 0)
			return &vectors_rtp[i];
	}
	g_assert_not_reached();
}

static const struct row {
	const char *vector;
	bool has_marker;
	uint8_t payload_type;
	uint16_t ext_profile;
	size_t extension_len;
	const char *payload;
	uint8_t padding;
	size_t needed; /* the shortest prefix that is a packet; 0: only the whole */
} rows[] = {
	{"opus", false, 111, 0, 0, "\xf8\xff\xfe", 0, 12},
	{"header-only", false, 0, 0, 0, "", 0, 12},
	{"two-csrcs", true, 0, 0, 0, "payload", 0, 20},
	{"one-byte-extensions", true, 111, 0xbede, 12, "payload", 0, 28},
	{"two-byte-extensions", true, 111, 0x1000, 8, "payload", 0, 24},
	{"padding", false, 96, 0, 0, "data", 4, 0},
	{"padding-only", false, 96, 0, 0, "", 3, 0},
	{"everything", true, 96, 0xbede, 4, "data", 2, 0},
};

static void takes_apart(gconstpointer data)
{
	const struct row *row = data;
	const struct vector *vector = find(row->vector);
	struct bytes bytes = support_copy(vector->bytes, vector->len);
	struct rtp_packet packet;
	g_assert_cmpint(rtp_parse(&packet, bytes), ==, 0);
	g_assert_cmphex(packet.seq, ==, 0x1234);
	g_assert_cmphex(packet.timestamp, ==, 0x00010203);
	g_assert_cmphex(packet.ssrc, ==, 0xcafebabe);
	g_assert_cmpint(packet.has_marker, ==, row->has_marker);
	g_assert_cmpuint(packet.payload_type, ==, row->payload_type);
	g_assert_cmphex(packet.ext_profile, ==, row->ext_profile);
	g_assert_cmpuint(packet.extensions.len, ==, row->extension_len);
	g_assert_cmpmem(
		packet.payload.data, packet.payload.len, row->payload, strlen(row->payload));
	g_assert_cmpuint(packet.padding, ==, row->padding);
	support_free(bytes);
}

/*
 * Without padding, a prefix is a packet once the headers are whole; with padding, a prefix's last
 * byte is read as the count, and these vectors have none there that could be one.
 */
static void refuses_truncations(gconstpointer data)
{
	const struct row *row = data;
	const struct vector *vector = find(row->vector);
	size_t needed = row->needed != 0 ? row->needed : vector->len;
	struct rtp_packet packet;
	for (size_t len = 0; len <= vector->len; len++) {
		struct bytes bytes = support_copy(vector->bytes, len);
		g_assert_cmpint(rtp_parse(&packet, bytes), ==, len >= needed ? 0 : -EBADMSG);
		support_free(bytes);
	}
}

static void refuses_bad_packets(void)
{
	static const struct vector bad[] = {
		VECTOR("version 0", RTP_FIXED("\x00", "\x6f") "x"),
		VECTOR("version 1", RTP_FIXED("\x40", "\x6f") "x"),
		VECTOR("version 3", RTP_FIXED("\xc0", "\x6f") "x"),
		VECTOR("padding of 0", RTP_FIXED("\xa0", "\x6f") "data\x00"),
		VECTOR("padding longer than the payload", RTP_FIXED("\xa0", "\x6f") "data\x06"),
		VECTOR("padding of nothing", RTP_FIXED("\xa0", "\x6f")),
		VECTOR("padding that would eat the extension",
			RTP_FIXED("\xb0", "\x6f") "\xbe\xde\0\1\x10v\0\0"
						  "x\x03"),
		VECTOR("an extension past the end", RTP_FIXED("\x90", "\x6f") "\xbe\xde\xff\xff"
									      "payload"),
		VECTOR("15 CSRCs past the end", RTP_FIXED("\x8f", "\x6f") "payload"),
	};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct bytes bytes = support_copy(bad[i].bytes, bad[i].len);
		struct rtp_packet packet;
		g_test_message("%s", bad[i].name);
		g_assert_cmpint(rtp_parse(&packet, bytes), ==, -EBADMSG);
		support_free(bytes);
	}
}

static void measures_distances_over_the_wrap(void)
{
	g_assert_cmpint(rtp_seq_diff(1, 3), ==, 2);
	g_assert_cmpint(rtp_seq_diff(3, 1), ==, -2);
	g_assert_cmpint(rtp_seq_diff(65535, 0), ==, 1);
	g_assert_cmpint(rtp_seq_diff(0, 65535), ==, -1);
	g_assert_cmpint(rtp_seq_diff(0, 32767), ==, 32767);
	g_assert_cmpint(rtp_seq_diff(0, 32768), ==, -32768);
	g_assert_cmpint(rtp_timestamp_diff(UINT32_MAX, 959), ==, 960);
	g_assert_cmpint(rtp_timestamp_diff(959, UINT32_MAX), ==, -960);
	g_assert_cmpint(rtp_timestamp_diff(0, UINT32_C(1) << 31), ==, INT32_MIN);
}

static void rewrites_three_fields_only(void)
{
	uint8_t packet[] = RTP_FIXED("\x80", "\xef") "payload";
	uint8_t expected[] = "\x80\xef\xff\xfe\x01\x02\x03\x04\x05\x06\x07\x08payload";
	rtp_rewrite(packet, 0xfffe, 0x01020304, 0x05060708);
	g_assert_cmpmem(packet, sizeof packet, expected, sizeof expected);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *parts = g_strconcat("/rtp/takes apart ", rows[i].vector, NULL);
		g_autofree char *cuts = g_strconcat("/rtp/refuses to cut ", rows[i].vector, NULL);
		g_test_add_data_func(parts, &rows[i], takes_apart);
		g_test_add_data_func(cuts, &rows[i], refuses_truncations);
	}
	g_test_add_func("/rtp/refuses bad packets", refuses_bad_packets);
	g_test_add_func("/rtp/measures distances over the wrap", measures_distances_over_the_wrap);
	g_test_add_func("/rtp/rewrites three fields and no more", rewrites_three_fields_only);
	return g_test_run();
}
