/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Big-endian integers, and the view that refuses to pass its end. */
#include "common/bytes.h"

#include <glib.h>

#include "tests/common/support.h"

static void puts_what_it_gets(void)
{
	uint8_t buf[8];
	bytes_put_u16(buf, 0xabcd);
	g_assert_cmpmem(buf, 2, "\xab\xcd", 2);
	g_assert_cmphex(bytes_get_u16(buf), ==, 0xabcd);
	bytes_put_u32(buf, 0x89abcdef);
	g_assert_cmpmem(buf, 4, "\x89\xab\xcd\xef", 4);
	g_assert_cmphex(bytes_get_u32(buf), ==, 0x89abcdef);
	g_assert_cmphex(bytes_get_u24(buf), ==, 0x89abcd);
	bytes_put_u64(buf, UINT64_C(0xfedcba9876543210));
	g_assert_cmpmem(buf, 8, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
	g_assert_cmphex(bytes_get_u64(buf), ==, UINT64_C(0xfedcba9876543210));
}

static void takes_in_order(void)
{
	struct bytes copy = support_copy("\x01\x02\x03\x04\x05\x06\x07\x08\x09", 9);
	struct bytes view = copy, taken;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	g_assert_true(bytes_take_u8(&view, &u8));
	g_assert_true(bytes_take_u16(&view, &u16));
	g_assert_true(bytes_take_u32(&view, &u32));
	g_assert_true(bytes_skip(&view, 1));
	g_assert_true(bytes_take(&view, 1, &taken));
	g_assert_cmphex(u8, ==, 0x01);
	g_assert_cmphex(u16, ==, 0x0203);
	g_assert_cmphex(u32, ==, 0x04050607);
	g_assert_cmpmem(taken.data, taken.len, "\x09", 1);
	g_assert_cmpuint(view.len, ==, 0);
	support_free(copy);
}

static void refuses_past_the_end(void)
{
	for (size_t len = 0; len < 4; len++) {
		struct bytes copy = support_copy("\x01\x02\x03", len);
		struct bytes view = copy, taken = {0};
		uint8_t u8 = 9;
		uint16_t u16 = 9;
		uint32_t u32 = 9;
		g_assert_false(bytes_take(&view, len + 1, &taken));
		g_assert_false(bytes_take(&view, SIZE_MAX, &taken));
		g_assert_false(bytes_skip(&view, len + 1));
		g_assert_false(bytes_take_u32(&view, &u32));
		g_assert_true(len >= 2 || !bytes_take_u16(&view, &u16));
		g_assert_true(len >= 1 || !bytes_take_u8(&view, &u8));
		g_assert_true(view.data == copy.data && view.len == len);
		g_assert_true(taken.data == NULL && u8 == 9 && u16 == 9 && u32 == 9);
		support_free(copy);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bytes/puts what it gets", puts_what_it_gets);
	g_test_add_func("/bytes/takes in order", takes_in_order);
	g_test_add_func("/bytes/a take past the end changes nothing", refuses_past_the_end);
	return g_test_run();
}
