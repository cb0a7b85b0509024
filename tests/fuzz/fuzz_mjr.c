/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is an .mjr file. What its header says must survive being built again. */
#include <glib.h>

#include "common/mjr_info.h"
#include "tests/fuzz/fuzz.h"

static void build_again(const struct mjr_info *info)
{
	uint8_t buf[MJR_HEADER_MAX];
	struct mjr_header header;
	struct mjr_info again;
	int len = mjr_info_build(buf, sizeof buf, info);
	if (len < 0)
		return;
	g_assert_cmpint(mjr_header_parse(&header, (struct bytes){buf, (size_t)len}), ==, 0);
	g_assert_cmpint(mjr_info_parse(&again, &header, NULL), ==, 0);
	g_assert_true(again.codec == info->codec);
	g_assert_cmpstr(again.fmtp, ==, info->fmtp);
	g_assert_cmpint(again.created_us, ==, info->created_us);
	g_assert_cmpint(again.first_frame_us, ==, info->first_frame_us);
	g_assert_cmpuint(again.red_payload_type, ==, info->red_payload_type);
	g_assert_cmpint(again.is_encrypted, ==, info->is_encrypted);
	mjr_info_fini(&again);
}

static void walk(struct bytes rest, enum mjr_version version)
{
	struct mjr_frame frame;
	while (mjr_frame_parse(&frame, rest, version) == 0) {
		g_assert_true(frame.payload.data + frame.payload.len == rest.data + frame.size);
		g_assert_true(bytes_skip(&rest, frame.size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = {data, size};
	struct mjr_header header;
	struct mjr_info info;
	const char *what = NULL;
	for (int version = MJR_VERSION_NONE; version <= MJR_VERSION_2; version++)
		walk(rest, (enum mjr_version)version);
	if (mjr_header_parse(&header, rest) < 0)
		return 0;
	if (mjr_info_parse(&info, &header, &what) == 0)
		build_again(&info);
	else
		g_assert_nonnull(what);
	mjr_info_fini(&info);
	g_assert_true(bytes_skip(&rest, header.size));
	walk(rest, header.version);
	return 0;
}
