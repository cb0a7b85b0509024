/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter sets of x264 in many shapes; the sizes are those that were asked of it. */
#include "postprocessing/depay/h264_sps.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>

static const struct row {
	const char *name;
	const char *bytes;
	size_t len;
	uint16_t width, height;
} rows[] = {
#define ROW(name, bytes, width, height)                       \
	{                                                     \
		name, bytes, sizeof(bytes) - 1, width, height \
	}
	ROW("/h264_sps/baseline_cropped_below",
		"\x67\x42\xc0\x1e\xd9\x00\xa0\x2f\xf9\x70\x11\x00\x00\x03\x00\x01\x00\x00\x03\x00"
		"\x32\x0f\x16\x2e\x48",
		640, 360),
	ROW("/h264_sps/high_1080p",
		"\x67\x64\x00\x28\xac\xd9\x40\x78\x02\x27\xe5\xc0\x44\x00\x00\x03\x00\x04\x00\x00"
		"\x03\x00\xc8\x3c\x60\xc6\x58",
		1920, 1080),
	ROW("/h264_sps/fields_count_twice",
		"\x67\x64\x00\x28\xac\xd9\x40\x78\x04\x4f\xde\x02\x20\x00\x00\x03\x00\x20\x00\x00"
		"\x06\x43\xe2\xc5\xb2\xc0",
		1920, 1080),
	ROW("/h264_sps/main_cropped_on_both_sides",
		"\x67\x4d\x40\x0d\xec\xa0\xa8\xcf\x11\x36\x02\x20\x00\x00\x03\x00\x20\x00\x00\x06"
		"\x41\xe2\x85\x32\xc0",
		322, 182),
	ROW("/h264_sps/chroma_422",
		"\x67\x7a\x00\x0d\xbc\xd9\x41\x51\x9e\x22\x2f\x01\x10\x00\x00\x03\x00\x10\x00\x00"
		"\x03\x03\x20\xf1\x42\x99\x60",
		322, 182),
	ROW("/h264_sps/chroma_444_crops_single_pixels",
		"\x67\xf4\x00\x0d\x91\x9b\x28\x2a\x33\xc7\x46\x7f\xe1\x6a\x01\x6b\x62\x00\x00\x03"
		"\x00\x02\x00\x00\x03\x00\x64\x1e\x28\x53\x2c",
		323, 181),
	ROW("/h264_sps/monochrome",
		"\x67\x64\x00\x0d\xf3\x65\x05\x46\x78\xf8\xbc\x05\xb2\x00\x00\x03\x00\x02\x00\x00"
		"\x03\x00\x64\x1e\x28\x53\x2c",
		322, 182),
	ROW("/h264_sps/one_macroblock",
		"\x67\x64\x00\x0a\xac\xd9\x5e\xc0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\xc8\x3c"
		"\x48\x96\x58",
		16, 16),
	ROW("/h264_sps/an_emulation_prevention_byte_within_the_size",
		"\x67\x64\x00\x33\xac\xd9\x40\x10\x00\x10\xfb\x01\x10\x00\x00\x03\x00\x10\x00\x00"
		"\x03\x03\x20\xf1\x83\x19\x60",
		4096, 2160),
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct h264_sps sps;
	struct bytes nal = {(const uint8_t *)row->bytes, row->len};
	g_assert_cmpint(h264_sps_parse(&sps, nal), ==, 0);
	g_assert_cmpuint(sps.width, ==, row->width);
	g_assert_cmpuint(sps.height, ==, row->height);
	g_assert_cmpuint(sps.profile, ==, nal.data[1]);
	g_assert_cmpuint(sps.level, ==, nal.data[3]);
}

/* Cut anywhere, it is refused or already tells the right size; never a wrong one. */
static void test_cuts(gconstpointer data)
{
	const struct row *row = data;
	for (size_t len = 0; len < row->len; len++) {
		struct h264_sps sps;
		g_autofree uint8_t *copy = g_memdup2(row->bytes, len);
		if (h264_sps_parse(&sps, (struct bytes){copy, len}) == 0) {
			g_assert_cmpuint(sps.width, ==, row->width);
			g_assert_cmpuint(sps.height, ==, row->height);
		}
	}
}

static void test_flips(gconstpointer data)
{
	const struct row *row = data;
	g_autofree uint8_t *copy = g_memdup2(row->bytes, row->len);
	for (size_t bit = 0; bit < row->len * 8; bit++) {
		struct h264_sps sps;
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (h264_sps_parse(&sps, (struct bytes){copy, row->len}) == 0) {
			g_assert_cmpuint(sps.width, >, 0);
			g_assert_cmpuint(sps.height, >, 0);
		}
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void test_other_nal(void)
{
	struct h264_sps sps;
	static const uint8_t pps[] = {0x68, 0xce, 0x3c, 0x80};
	g_assert_cmpint(h264_sps_parse(&sps, (struct bytes){pps, sizeof pps}), ==, -EBADMSG);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *cut = g_strconcat(rows[i].name, "_cut", NULL);
		g_autofree char *flipped = g_strconcat(rows[i].name, "_flipped", NULL);
		g_test_add_data_func(rows[i].name, &rows[i], test_row);
		g_test_add_data_func(cut, &rows[i], test_cuts);
		g_test_add_data_func(flipped, &rows[i], test_flips);
	}
	g_test_add_func("/h264_sps/other_units_are_refused", test_other_nal);
	return g_test_run();
}
