/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of codecs is the one that Janus's recorder knows. */
#include "common/codec.h"

#include <glib.h>

static const struct {
	const char *name;
	enum codec_kind kind;
	uint32_t clock_rate;
	uint8_t channels;
} rows[] = {
	{"opus", CODEC_AUDIO, 48000, 2},
	{"multiopus", CODEC_AUDIO, 48000, 0},
	{"pcmu", CODEC_AUDIO, 8000, 1},
	{"pcma", CODEC_AUDIO, 8000, 1},
	{"g722", CODEC_AUDIO, 8000, 1},
	{"l16", CODEC_AUDIO, 16000, 1},
	{"l16-48", CODEC_AUDIO, 48000, 1},
	{"vp8", CODEC_VIDEO, 90000, 0},
	{"vp9", CODEC_VIDEO, 90000, 0},
	{"h264", CODEC_VIDEO, 90000, 0},
	{"h265", CODEC_VIDEO, 90000, 0},
	{"av1", CODEC_VIDEO, 90000, 0},
	{"text", CODEC_DATA, 0, 0},
	{"binary", CODEC_DATA, 0, 0},
};

static void finds_every_codec(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct codec *codec = codec_find(rows[i].name);
		g_assert_nonnull(codec);
		g_assert_cmpstr(codec->name, ==, rows[i].name);
		g_assert_cmpint(codec->kind, ==, rows[i].kind);
		g_assert_cmpuint(codec->clock_rate, ==, rows[i].clock_rate);
		g_assert_cmpuint(codec->channels, ==, rows[i].channels);
		g_assert_true((codec->is_keyframe != NULL) == (codec->kind == CODEC_VIDEO));
	}
}

static void lists_every_codec_once(void)
{
	size_t count = 0;
	for (const struct codec *codec; (codec = codec_at(count)) != NULL; count++)
		g_assert_true(codec_find(codec->name) == codec);
	g_assert_cmpuint(count, ==, G_N_ELEMENTS(rows));
	g_assert_null(codec_at(SIZE_MAX));
}

static void names_are_forgiving_but_whole(void)
{
	g_assert_true(codec_find("VP8") == codec_find("vp8"));
	g_assert_true(codec_find("g711") == codec_find("pcmu"));
	g_assert_true(codec_find("G711") == codec_find("pcmu"));
	g_assert_null(codec_find(""));
	g_assert_null(codec_find("vp"));
	g_assert_null(codec_find("vp80"));
	g_assert_null(codec_find("rtx"));
}

static void kinds_have_names_and_letters(void)
{
	static const struct {
		enum codec_kind kind;
		const char *name;
		char letter;
	} kinds[] = {
		{CODEC_AUDIO, "audio", 'a'},
		{CODEC_VIDEO, "video", 'v'},
		{CODEC_DATA, "data", 'd'},
	};
	enum codec_kind kind;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_assert_cmpstr(codec_kind_name(kinds[i].kind), ==, kinds[i].name);
		g_assert_cmpint(codec_kind_letter(kinds[i].kind), ==, kinds[i].letter);
		g_assert_true(codec_kind_parse(&kind, kinds[i].name));
		g_assert_cmpint(kind, ==, kinds[i].kind);
	}
	kind = CODEC_VIDEO;
	g_assert_false(codec_kind_parse(&kind, "application"));
	g_assert_cmpint(kind, ==, CODEC_VIDEO);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/codec/finds every codec of Janus", finds_every_codec);
	g_test_add_func("/codec/lists every codec once", lists_every_codec_once);
	g_test_add_func("/codec/names are forgiving but whole", names_are_forgiving_but_whole);
	g_test_add_func("/codec/kinds have names and letters", kinds_have_names_and_letters);
	return g_test_run();
}
