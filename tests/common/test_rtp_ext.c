/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header extension elements of both forms, and the ones that we read. */
#include "common/rtp_ext.h"

#include <glib.h>

#include "tests/common/support.h"

static const struct row {
	const char *name;
	uint16_t profile;
	const char *bytes;
	size_t len;
	uint8_t id;
	const char *found; /* NULL: not found */
} rows[] = {
#define ROW(name, profile, bytes, id, found)                       \
	{                                                          \
		name, profile, bytes, sizeof(bytes) - 1, id, found \
	}
	ROW("one-byte: the first", 0xbede,
		"\x10"
		"a\x21"
		"bc\0",
		1, "a"),
	ROW("one-byte: the last", 0xbede,
		"\x10"
		"a\x21"
		"bc\0",
		2, "bc"),
	ROW("one-byte: after padding", 0xbede,
		"\0\0\x10"
		"a\0\0\x30"
		"c",
		3, "c"),
	ROW("one-byte: the longest", 0xbede,
		"\x1f"
		"0123456789abcdef",
		1, "0123456789abcdef"),
	ROW("one-byte: absent", 0xbede,
		"\x10"
		"a\x21"
		"bc\0",
		3, NULL),
	ROW("one-byte: cut off", 0xbede,
		"\x10"
		"a\x22"
		"bc",
		2, NULL),
	ROW("one-byte: behind the reserved 15", 0xbede,
		"\xf0"
		"x\x10"
		"a",
		1, NULL),
	ROW("one-byte: the reserved 15 itself", 0xbede,
		"\xf0"
		"x",
		15, NULL),
	ROW("one-byte: behind a 0 with a length", 0xbede,
		"\x01xx\x10"
		"a",
		1, NULL),
	ROW("one-byte: the padding", 0xbede, "\0\0\0\0", 0, NULL),
	ROW("one-byte: nothing at all", 0xbede, "", 1, NULL),
	ROW("two-byte: the first", 0x1000, "\1\1a\2\2bc\0", 1, "a"),
	ROW("two-byte: the last", 0x100f, "\1\1a\2\2bc\0", 2, "bc"),
	ROW("two-byte: an empty one", 0x1000, "\1\0\2\2bc", 1, ""),
	ROW("two-byte: an id above 15", 0x1000, "\0\xc8\2bc", 200, "bc"),
	ROW("two-byte: cut off", 0x1000, "\1\3ab", 1, NULL),
	ROW("two-byte: no length", 0x1000, "\1", 1, NULL),
	ROW("two-byte: the padding", 0x1000, "\0\0\0\0", 0, NULL),
	ROW("another profile", 0x1010, "\1\1a", 1, NULL),
	ROW("no profile", 0,
		"\x10"
		"a",
		1, NULL),
};

static void finds(gconstpointer data)
{
	const struct row *row = data;
	struct bytes elements = support_copy(row->bytes, row->len);
	struct rtp_packet packet = {.ext_profile = row->profile, .extensions = elements};
	struct bytes found = {0};
	g_assert_cmpint(rtp_ext_find(&found, &packet, row->id), ==, row->found != NULL);
	if (row->found != NULL)
		g_assert_cmpmem(found.data, found.len, row->found, strlen(row->found));
	support_free(elements);
}

static void knows_its_uris(void)
{
	for (int kind = 0; kind < RTP_EXT_KIND_COUNT; kind++) {
		enum rtp_ext_kind parsed = RTP_EXT_KIND_COUNT;
		const char *uri = rtp_ext_uri((enum rtp_ext_kind)kind);
		g_assert_nonnull(uri);
		g_assert_true(rtp_ext_parse_uri(&parsed, uri));
		g_assert_cmpint(parsed, ==, kind);
	}
	g_assert_cmpstr(rtp_ext_uri(RTP_EXT_MID), ==, "urn:ietf:params:rtp-hdrext:sdes:mid");
	g_assert_cmpstr(rtp_ext_uri(RTP_EXT_VIDEO_ORIENTATION), ==, "urn:3gpp:video-orientation");
	g_assert_cmpstr(rtp_ext_uri(RTP_EXT_AUDIO_LEVEL), ==,
		"urn:ietf:params:rtp-hdrext:ssrc-audio-level");

	enum rtp_ext_kind kind = RTP_EXT_RID;
	g_assert_false(rtp_ext_parse_uri(&kind, "urn:ietf:params:rtp-hdrext:toffset"));
	g_assert_cmpint(kind, ==, RTP_EXT_RID);
}

static void reads_the_orientation(void)
{
	static const struct {
		uint8_t byte;
		struct rtp_orientation expected;
	} bytes[] = {
		{0x00, {0, false, false}},
		{0x01, {90, false, false}},
		{0x02, {180, false, false}},
		{0x03, {270, false, false}},
		{0x05, {90, true, false}},
		{0x0b, {270, false, true}},
		{0xfe, {180, true, true}},
	};
	struct rtp_orientation got;
	for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++) {
		g_assert_true(rtp_ext_orientation(&got, (struct bytes){&bytes[i].byte, 1}));
		g_assert_cmpuint(got.degrees, ==, bytes[i].expected.degrees);
		g_assert_cmpint(got.is_flipped, ==, bytes[i].expected.is_flipped);
		g_assert_cmpint(got.is_back_camera, ==, bytes[i].expected.is_back_camera);
	}
	g_assert_false(rtp_ext_orientation(&got, (struct bytes){NULL, 0}));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/rtp_ext/", rows[i].name, NULL);
		g_test_add_data_func(path, &rows[i], finds);
	}
	g_test_add_func("/rtp_ext/knows its URIs both ways", knows_its_uris);
	g_test_add_func("/rtp_ext/reads the orientation", reads_the_orientation);
	return g_test_run();
}
