/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of an .mjr header, against our reader and against Janus's own tool. */
#include "common/mjr_info.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/support.h"

enum {
	FRAMES = 25
};

/* A text of `len` letters; the caller frees it. */
static char *letters(size_t len)
{
	return g_strnfill(len, 'x');
}

static int parse(struct mjr_info *out, const char *json, const char **what)
{
	struct bytes copy = support_copy(json, strlen(json));
	struct mjr_header header = {.version = MJR_VERSION_2, .json = copy};
	int err = mjr_info_parse(out, &header, what);
	support_free(copy);
	return err;
}

static void fill(struct mjr_info *info)
{
	*info = (struct mjr_info){
		.codec = codec_find("h264"),
		.fmtp = g_strdup("profile-level-id=42e01f;packetization-mode=1"),
		.description = g_strdup("a \"camera\", \xc3\xa9t\xc3\xa9"),
		.created_us = INT64_C(1785000000123456),
		.first_frame_us = INT64_C(1785000000234567),
		.red_payload_type = 63,
		.is_encrypted = true,
	};
	info->extmap[1] = g_strdup("urn:ietf:params:rtp-hdrext:sdes:mid");
	info->extmap[15] = g_strdup("urn:3gpp:video-orientation");
}

static void assert_equal(const struct mjr_info *a, const struct mjr_info *b)
{
	g_assert_true(a->codec == b->codec);
	g_assert_cmpstr(a->fmtp, ==, b->fmtp);
	g_assert_cmpstr(a->description, ==, b->description);
	for (size_t id = 0; id <= MJR_EXTMAP_MAX; id++)
		g_assert_cmpstr(a->extmap[id], ==, b->extmap[id]);
	g_assert_cmpint(a->created_us, ==, b->created_us);
	g_assert_cmpint(a->first_frame_us, ==, b->first_frame_us);
	g_assert_cmpuint(a->red_payload_type, ==, b->red_payload_type);
	g_assert_cmpint(a->is_encrypted, ==, b->is_encrypted);
}

/* Builds into an allocation of exactly `cap` bytes, then reads that back. */
static int build_and_parse(struct mjr_info *out, const struct mjr_info *info, size_t cap)
{
	uint8_t *buf = malloc(cap);
	struct mjr_header header;
	int len = mjr_info_build(buf, cap, info);
	if (len >= 0) {
		g_assert_cmpuint(len, <=, cap);
		g_assert_cmpint(mjr_header_parse(&header, (struct bytes){buf, (size_t)len}), ==, 0);
		g_assert_cmpint(header.version, ==, MJR_VERSION_2);
		g_assert_cmpuint(header.size, ==, len);
		g_assert_cmpuint(header.json.len, <=, MJR_JSON_MAX);
		g_assert_cmpint(mjr_info_parse(out, &header, NULL), ==, 0);
	}
	free(buf);
	return len;
}

static void every_member_survives(void)
{
	struct mjr_info info, copy, back;
	fill(&info);
	mjr_info_copy(&copy, &info);
	assert_equal(&copy, &info);
	g_assert_true(copy.fmtp != info.fmtp && copy.extmap[15] != info.extmap[15]);
	g_assert_cmpint(build_and_parse(&back, &info, MJR_HEADER_MAX), >, 0);
	assert_equal(&back, &info);
	mjr_info_fini(&back);
	mjr_info_fini(&copy);
	mjr_info_fini(&info);
	mjr_info_fini(&info);
}

static void keys_stand_in_janus_order(void)
{
	static const char expected[] =
		"MJR00002\x01\x02"
		"{\"t\": \"v\", \"c\": \"h264\", "
		"\"f\": \"profile-level-id=42e01f;packetization-mode=1\", "
		"\"d\": \"a \\\"camera\\\", \xc3\xa9t\xc3\xa9\", "
		"\"x\": {\"1\": \"urn:ietf:params:rtp-hdrext:sdes:mid\", "
		"\"15\": \"urn:3gpp:video-orientation\"}, "
		"\"s\": 1785000000123456, \"u\": 1785000000234567, \"or\": 63, \"e\": true}";
	uint8_t buf[MJR_HEADER_MAX];
	struct mjr_info info;
	fill(&info);
	int len = mjr_info_build(buf, sizeof buf, &info);
	g_assert_cmpmem(buf, len, expected, sizeof expected - 1);
	mjr_info_fini(&info);
}

static void a_small_buffer_is_refused(void)
{
	struct mjr_info info, back;
	fill(&info);
	uint8_t whole[MJR_HEADER_MAX];
	size_t len = (size_t)mjr_info_build(whole, sizeof whole, &info);
	for (size_t cap = 0; cap < len; cap++)
		g_assert_cmpint(build_and_parse(&back, &info, cap), ==, -ENOBUFS);
	g_assert_cmpint(build_and_parse(&back, &info, len), ==, len);
	mjr_info_fini(&back);
	mjr_info_fini(&info);
}

/* What is left out, by the lengths of the three texts that can grow. */
static void long_headers_lose_description_then_extmap(void)
{
	static const struct {
		size_t fmtp, description, uri;
		bool keeps_description, keeps_extmap;
	} sizes[] = {
		{100, 100, 100, true, true},
		{100, 2000, 100, false, true},
		{100, 2000, 2000, false, false},
		{100, 100, 2000, false, false},
		{1400, 100, 10, false, true},
		{1400, 1, 100, false, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		struct mjr_info back, info = {.codec = codec_find("vp8")};
		info.fmtp = letters(sizes[i].fmtp);
		info.description = letters(sizes[i].description);
		info.extmap[3] = letters(sizes[i].uri);
		g_assert_cmpint(build_and_parse(&back, &info, MJR_HEADER_MAX), >, 0);
		g_assert_cmpstr(back.fmtp, ==, info.fmtp);
		g_assert_cmpstr(
			back.description, ==, sizes[i].keeps_description ? info.description : NULL);
		g_assert_cmpstr(back.extmap[3], ==, sizes[i].keeps_extmap ? info.extmap[3] : NULL);
		mjr_info_fini(&back);
		mjr_info_fini(&info);
	}
}

/* An fmtp with which the JSON of a header without other texts has MJR_JSON_MAX bytes. */
static char *longest_fmtp(const struct codec *codec)
{
	uint8_t buf[MJR_HEADER_MAX];
	char letter[] = "x";
	struct mjr_info info = {.codec = codec, .fmtp = letter};
	int shortest = mjr_info_build(buf, sizeof buf, &info);
	return letters(MJR_HEADER_MAX - (size_t)shortest + 1);
}

static void the_json_ends_at_its_limit(void)
{
	struct mjr_info back, info = {.codec = codec_find("vp8")};
	info.fmtp = longest_fmtp(info.codec);
	g_assert_cmpint(build_and_parse(&back, &info, MJR_HEADER_MAX), ==, MJR_HEADER_MAX);
	g_assert_cmpstr(back.fmtp, ==, info.fmtp);
	mjr_info_fini(&back);

	g_autofree char *one_more = g_strconcat(info.fmtp, "x", NULL);
	g_free(info.fmtp);
	info.fmtp = g_steal_pointer(&one_more);
	g_assert_cmpint(build_and_parse(&back, &info, MJR_HEADER_MAX), ==, -EOVERFLOW);
	mjr_info_fini(&info);
}

static void a_header_needs_a_codec(void)
{
	uint8_t buf[MJR_HEADER_MAX];
	struct mjr_info info = {.created_us = 1};
	g_assert_cmpint(mjr_info_build(buf, sizeof buf, &info), ==, -EINVAL);
}

static void text_that_is_not_utf8_is_left_out(void)
{
	struct mjr_info back, info = {.codec = codec_find("vp8")};
	info.description = g_strdup("\xff\xfe");
	g_assert_cmpint(build_and_parse(&back, &info, MJR_HEADER_MAX), >, 0);
	g_assert_null(back.description);
	mjr_info_fini(&back);
	mjr_info_fini(&info);
}

static const struct refusal {
	const char *name;
	const char *json;
	int err;
} refusals[] = {
	{"no JSON", "", -EBADMSG},
	{"half a JSON", "{\"t\": \"a\", ", -EBADMSG},
	{"a list", "[\"t\", \"a\"]", -EBADMSG},
	{"no type", "{\"c\": \"opus\", \"s\": 1, \"u\": 2}", -EBADMSG},
	{"no codec", "{\"t\": \"a\", \"s\": 1, \"u\": 2}", -EBADMSG},
	{"no creation", "{\"t\": \"a\", \"c\": \"opus\", \"u\": 2}", -EBADMSG},
	{"no first frame", "{\"t\": \"a\", \"c\": \"opus\", \"s\": 1}", -EBADMSG},
	{"a number for a type", "{\"t\": 1, \"c\": \"opus\", \"s\": 1, \"u\": 2}", -EBADMSG},
	{"text for a time", "{\"t\": \"a\", \"c\": \"opus\", \"s\": \"1\", \"u\": 2}", -EBADMSG},
	{"a time before 1970", "{\"t\": \"a\", \"c\": \"opus\", \"s\": -1, \"u\": 2}", -EBADMSG},
	{"a time after 9999",
		"{\"t\": \"a\", \"c\": \"opus\", \"s\": 1, \"u\": 9223372036854775807}", -EBADMSG},
	{"a type that is not the codec's", "{\"t\": \"v\", \"c\": \"opus\", \"s\": 1, \"u\": 2}",
		-EBADMSG},
	{"a type of two letters", "{\"t\": \"aa\", \"c\": \"opus\", \"s\": 1, \"u\": 2}", -EBADMSG},
	{"an unknown codec", "{\"t\": \"a\", \"c\": \"mp3\", \"s\": 1, \"u\": 2}", -ENOTSUP},
};

static void refuses(gconstpointer data)
{
	const struct refusal *row = data;
	const char *what = NULL;
	struct mjr_info info, zeros = {0};
	g_assert_cmpint(parse(&info, row->json, &what), ==, row->err);
	g_assert_nonnull(what);
	assert_equal(&info, &zeros);
	g_assert_cmpint(parse(&info, row->json, NULL), ==, row->err);
}

static void odd_optional_keys_are_passed_over(void)
{
	static const char json[] =
		"{\"t\": \"A\", \"c\": \"G711\", \"s\": 1, \"u\": 2, \"f\": 3, \"d\": [], "
		"\"x\": {\"0\": \"zero\", \"1\": 7, \"2\": \"two\", \"16\": \"sixteen\"}, "
		"\"or\": 300, \"e\": 1, \"new\": {}}";
	struct mjr_info info;
	struct mjr_info expected = {.codec = codec_find("pcmu"), .created_us = 1};
	expected.first_frame_us = 2;
	expected.extmap[2] = g_strdup("two");
	g_assert_cmpint(parse(&info, json, NULL), ==, 0);
	assert_equal(&info, &expected);
	mjr_info_fini(&info);
	mjr_info_fini(&expected);
}

static void files_of_2015_have_fixed_codecs(void)
{
	static const struct {
		const char *word, *codec;
	} files[] = {{"audio", "opus"}, {"video", "vp8"}};
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		struct bytes word = support_copy(files[i].word, 5);
		struct mjr_header header = {.version = MJR_VERSION_2015, .json = word};
		struct mjr_info info;
		g_assert_cmpint(mjr_info_parse(&info, &header, NULL), ==, 0);
		g_assert_true(info.codec == codec_find(files[i].codec));
		mjr_info_fini(&info);
		support_free(word);
	}
}

/* RFC 3551 §6: Janus's tool passes over packets of these codecs with another type. */
static uint8_t payload_type(const struct codec *codec)
{
	static const struct {
		const char *codec;
		uint8_t type;
	} fixed[] = {{"pcmu", 0}, {"pcma", 8}, {"g722", 9}};
	for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++) {
		if (codec == codec_find(fixed[i].codec))
			return fixed[i].type;
	}
	return 96;
}

static void append_frame(GByteArray *file, const struct codec *codec, uint16_t n)
{
	uint8_t frame[MJR_FRAME_HEADER_SIZE + 13] = {0};
	uint8_t *payload = frame + MJR_FRAME_HEADER_SIZE;
	mjr_frame_put(frame, n * 20u, 13);
	payload[12] = 'x';
	if (codec->kind == CODEC_DATA) {
		bytes_put_u64(payload, UINT64_C(1785000000000000) + n * 20000u);
	} else {
		payload[0] = 0x80;
		payload[1] = payload_type(codec);
		bytes_put_u16(payload + 2, n);
		bytes_put_u32(payload + 4, n * codec->clock_rate / 50);
		bytes_put_u32(payload + 8, 0x1234);
	}
	g_byte_array_append(file, frame, sizeof frame);
}

/* Janus's tool on `path` with one option; its output, which the caller frees. */
static char *post_process(const char *option, const char *path)
{
	const char *argv[] = {"janus-pp-rec", option, path, NULL};
	char *out = NULL;
	int status = -1;
	g_assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
		NULL, &out, NULL, &status, NULL));
	g_assert_cmpint(status, ==, 0);
	return out;
}

static void check_with_janus(const char *folder, const struct mjr_info *info)
{
	g_autofree char *path = g_build_filename(folder, "test.mjr", NULL);
	GByteArray *file = g_byte_array_new();
	uint8_t buf[MJR_HEADER_MAX];
	int len = mjr_info_build(buf, sizeof buf, info);
	g_assert_cmpint(len, >, 0);
	g_byte_array_append(file, buf, (guint)len);
	for (uint16_t n = 0; n < FRAMES; n++)
		append_frame(file, info->codec, n);
	g_assert_true(g_file_set_contents(path, (char *)file->data, file->len, NULL));
	g_byte_array_unref(file);

	g_autofree char *header = post_process("-j", path);
	g_autofree char *expected =
		g_strdup_printf("%.*s\n", len - MJR_PREFIX_SIZE, (char *)buf + MJR_PREFIX_SIZE);
	g_assert_cmpstr(header, ==, expected);

	/* The report of a whole pass over the file; for data it counts nothing. */
	g_autofree char *report = post_process("-e", path);
	g_autofree char *count = g_strdup_printf("\"packets\":%d", FRAMES);
	if (info->codec->kind != CODEC_DATA)
		g_assert_nonnull(strstr(report, count));
}

static void janus_reads_what_we_build(void)
{
	g_autofree char *tool = g_find_program_in_path("janus-pp-rec");
	if (tool == NULL) {
		g_test_skip("janus-pp-rec is not installed");
		return;
	}
	g_autofree char *folder = support_folder();
	for (size_t i = 0; codec_at(i) != NULL; i++) {
		g_test_message("%s", codec_at(i)->name);
		struct mjr_info full, longest = {.codec = codec_at(i)};
		fill(&full);
		full.codec = codec_at(i);
		full.is_encrypted = false; /* its tool stops there */
		check_with_janus(folder, &full);
		longest.fmtp = longest_fmtp(longest.codec);
		check_with_janus(folder, &longest);
		mjr_info_fini(&full);
		mjr_info_fini(&longest);
	}
	support_remove(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autofree char *path = g_strconcat("/mjr_info/refuses ", refusals[i].name, NULL);
		g_test_add_data_func(path, &refusals[i], refuses);
	}
	g_test_add_func("/mjr_info/every member survives", every_member_survives);
	g_test_add_func("/mjr_info/keys stand in Janus's order", keys_stand_in_janus_order);
	g_test_add_func("/mjr_info/a small buffer is refused", a_small_buffer_is_refused);
	g_test_add_func("/mjr_info/long headers lose description, then extmap",
		long_headers_lose_description_then_extmap);
	g_test_add_func("/mjr_info/a header needs a codec", a_header_needs_a_codec);
	g_test_add_func("/mjr_info/the JSON ends at its limit", the_json_ends_at_its_limit);
	g_test_add_func(
		"/mjr_info/text that is not UTF-8 is left out", text_that_is_not_utf8_is_left_out);
	g_test_add_func(
		"/mjr_info/odd optional keys are passed over", odd_optional_keys_are_passed_over);
	g_test_add_func(
		"/mjr_info/files of 2015 have fixed codecs", files_of_2015_have_fixed_codecs);
	g_test_add_func("/mjr_info/Janus reads what we build", janus_reads_what_we_build);
	return g_test_run();
}
