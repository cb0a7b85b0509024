/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which payloads start a picture that decodes by itself. */
#include "common/keyframe.h"

#include <glib.h>

#include "tests/common/support.h"

typedef bool (*keyframe_fn)(struct bytes payload);

static const struct row {
	const char *name;
	keyframe_fn is_keyframe;
	const char *bytes;
	size_t len;
	bool expected;
	size_t enough; /* the fewest leading bytes that already tell, when expected */
} rows[] = {
#define ROW(name, fn, bytes, expected, enough)                                  \
	{                                                                       \
		name, keyframe_##fn, bytes, sizeof(bytes) - 1, expected, enough \
	}
	ROW("vp8: a key picture", vp8, "\x10\x10\x02\x00", true, 2),
	ROW("vp8: an inter picture", vp8, "\x10\x11\x02\x00", false, 0),
	ROW("vp8: the middle of a partition", vp8, "\x00\x10\x02\x00", false, 0),
	ROW("vp8: the start of partition 1", vp8, "\x11\x10\x02\x00", false, 0),
	ROW("vp8: a 7-bit picture id", vp8, "\x90\x80\x01\x10", true, 4),
	ROW("vp8: a 15-bit picture id", vp8, "\x90\x80\x81\x01\x10", true, 5),
	ROW("vp8: a 15-bit picture id, inter", vp8, "\x90\x80\x81\x10\x01", false, 0),
	ROW("vp8: all optional bytes", vp8, "\x90\xf0\x81\x01\x05\x20\x10", true, 7),
	ROW("vp8: all optional bytes, inter", vp8, "\x90\xf0\x81\x00\x00\x00\x11", false, 0),
	ROW("vp9: flexible, no layers", vp9, "\x98\x05\x82", true, 2),
	ROW("vp9: non-flexible, no layers", vp9, "\x88\x05\x82", true, 2),
	ROW("vp9: no picture id", vp9, "\x0c\x82", true, 1),
	ROW("vp9: an inter picture", vp9, "\xc8\x05\x82", false, 0),
	ROW("vp9: not the beginning", vp9, "\x84\x05\x82", false, 0),
	ROW("vp9: the lowest spatial layer", vp9, "\xa8\x81\x05\x40\x00\x82", true, 4),
	ROW("vp9: a higher spatial layer", vp9, "\xa8\x81\x05\x02\x00\x82", false, 0),
	ROW("h264: one IDR slice", h264, "\x65\x88", true, 1),
	ROW("h264: an SPS", h264, "\x67\x42\xc0\x1f", true, 1),
	ROW("h264: a PPS", h264, "\x68\xce", false, 0),
	ROW("h264: a slice", h264, "\x41\x9a", false, 0),
	ROW("h264: an SPS in a STAP-A", h264, "\x78\0\2\x67\x42\0\2\x68\xce", true, 5),
	ROW("h264: an IDR last in a STAP-A", h264, "\x78\0\2\x06\x05\0\2\x65\x88", true, 9),
	ROW("h264: slices in a STAP-A", h264, "\x78\0\2\x41\x9a\0\2\x41\x9a", false, 0),
	ROW("h264: an empty unit in a STAP-A", h264, "\x78\0\0\0\2\x65\x88", false, 0),
	ROW("h264: a unit past the end of a STAP-A", h264, "\x78\0\3\x65\x88", false, 0),
	ROW("h264: an FU-A start of an IDR", h264, "\x7c\x85\x88", true, 2),
	ROW("h264: an FU-A middle of an IDR", h264, "\x7c\x05\x88", false, 0),
	ROW("h264: an FU-A end of an IDR", h264, "\x7c\x45\x88", false, 0),
	ROW("h264: an FU-A start of a slice", h264, "\x7c\x81\x9a", false, 0),
	ROW("h265: IDR_W_RADL", h265, "\x26\x01\xaf", true, 2),
	ROW("h265: CRA", h265, "\x2a\x01\xaf", true, 2),
	ROW("h265: BLA_W_LP", h265, "\x20\x01\xaf", true, 2),
	ROW("h265: TRAIL_R", h265, "\x02\x01\xd0", false, 0),
	ROW("h265: VPS", h265, "\x40\x01\x0c", true, 2),
	ROW("h265: SPS", h265, "\x42\x01\x01", true, 2),
	ROW("h265: PPS", h265, "\x44\x01\xc1", false, 0),
	ROW("h265: an SPS in an AP", h265, "\x60\x01\0\2\x44\x01\0\2\x42\x01", true, 10),
	ROW("h265: trailing pictures in an AP", h265, "\x60\x01\0\2\x02\x01\0\2\x02\x01", false, 0),
	ROW("h265: an FU start of an IDR", h265, "\x62\x01\x93\xaf", true, 3),
	ROW("h265: an FU middle of an IDR", h265, "\x62\x01\x13\xaf", false, 0),
	ROW("h265: an FU start of a trailing picture", h265, "\x62\x01\x81\xd0", false, 0),
	ROW("av1: a new coded video sequence", av1, "\x28\x0a\x0b", true, 2),
	ROW("av1: the same sequence", av1, "\x20\x0a\x0b", false, 0),
	ROW("av1: a continued unit", av1, "\xa8\x0a\x0b", false, 0),
	ROW("av1: nothing after the header", av1, "\x08", false, 0),
};

static bool ask(const struct row *row, size_t len)
{
	struct bytes payload = support_copy(row->bytes, len);
	bool answer = row->is_keyframe(payload);
	support_free(payload);
	return answer;
}

static void tells_keyframes(gconstpointer data)
{
	const struct row *row = data;
	g_assert_cmpint(ask(row, row->len), ==, row->expected);
}

static void truncated_payloads_answer_false(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t enough = rows[i].expected ? rows[i].enough : rows[i].len + 1;
		for (size_t len = 0; len <= rows[i].len; len++)
			g_assert_cmpint(ask(&rows[i], len), ==, len >= enough);
	}
}

static void reads_the_size_of_vp8(void)
{
	static const char packet[] = "\x90\x80\x05\x10\x02\x00\x9d\x01\x2a\x80\x42\xe0\x81";
	struct keyframe_size size = {0};
	for (size_t len = 0; len < sizeof packet - 1; len++) {
		struct bytes cut = support_copy(packet, len);
		g_assert_false(keyframe_vp8_size(&size, cut));
		support_free(cut);
	}
	struct bytes whole = support_copy(packet, sizeof packet - 1);
	g_assert_true(keyframe_vp8_size(&size, whole));
	g_assert_cmpuint(size.width, ==, 640);
	g_assert_cmpuint(size.height, ==, 480);
	support_free(whole);
}

static void only_keyframes_have_a_size(void)
{
	static const char *const packets[] = {
		"\x10\x11\x02\x02\x9d\x01\x2a\x80\x42\xe0\x81", /* inter */
		"\x10\x10\x02\x02\x9d\x01\x2b\x80\x42\xe0\x81", /* wrong start code */
		"\x30\x11\x02\x02\x9d\x01\x2a\x80\x42\xe0\x81",
	};
	struct keyframe_size size;
	for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
		struct bytes payload = support_copy(packets[i], strlen(packets[i]));
		g_assert_false(keyframe_vp8_size(&size, payload));
		support_free(payload);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/keyframe/", rows[i].name, NULL);
		g_test_add_data_func(path, &rows[i], tells_keyframes);
	}
	g_test_add_func(
		"/keyframe/truncated payloads answer false", truncated_payloads_answer_false);
	g_test_add_func("/keyframe/the size of a VP8 picture is read", reads_the_size_of_vp8);
	g_test_add_func("/keyframe/only key pictures have a size", only_keyframes_have_a_size);
	return g_test_run();
}
