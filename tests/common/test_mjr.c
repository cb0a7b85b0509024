/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers and frames of .mjr files of every age, whole and cut. */
#include "common/mjr.h"

#include <errno.h>
#include <glib.h>

#include "tests/common/support.h"
#include "tests/common/vectors.h"

static const struct row {
	const char *vector;
	enum mjr_version version;
	const char *json;
	size_t frames;
	uint32_t last_ms;
	int end; /* what the parser says after the last frame */
} rows[] = {
	{"2015-audio", MJR_VERSION_2015, "audio", 1, 0, -EAGAIN},
	{"version-1", MJR_VERSION_1, "{\"t\":\"v\",\"c\":\"vp8\",\"s\":1000,\"u\":2000}     ", 1, 0,
		-EAGAIN},
	{"version-2", MJR_VERSION_2, NULL, 2, 20, -EAGAIN},
	{"torn", MJR_VERSION_2, "{\"t\": \"d\", \"c\": \"text\", \"s\": 1000, \"u\": 2000}", 1, 0,
		-EAGAIN},
};

static const struct vector *find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors_mjr); i++) {
		if (strcmp(vectors_mjr[i].name, name) == 0)
			return &vectors_mjr[i];
	}
	g_assert_not_reached();
}

static void reads_the_whole_file(gconstpointer data)
{
	const struct row *row = data;
	const struct vector *vector = find(row->vector);
	struct bytes copy = support_copy(vector->bytes, vector->len);
	struct bytes rest = copy;
	struct mjr_header header;
	struct mjr_frame frame = {0};
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_cmpint(header.version, ==, row->version);
	if (row->json != NULL)
		g_assert_cmpmem(header.json.data, header.json.len, row->json, strlen(row->json));
	g_assert_cmpuint(header.size, ==, MJR_PREFIX_SIZE + header.json.len);
	g_assert_true(bytes_skip(&rest, header.size));

	for (size_t i = 0; i < row->frames; i++) {
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_cmpuint(frame.size, ==, MJR_FRAME_HEADER_SIZE + frame.payload.len);
		g_assert_true(bytes_skip(&rest, frame.size));
	}
	g_assert_cmpuint(frame.ms, ==, row->last_ms);
	g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, row->end);
	support_free(copy);
}

static void a_cut_header_wants_more(gconstpointer data)
{
	const struct row *row = data;
	const struct vector *vector = find(row->vector);
	struct mjr_header header;
	g_assert_cmpint(mjr_header_parse(&header,
				(struct bytes){(const uint8_t *)vector->bytes, vector->len}),
		==, 0);
	size_t size = header.size;
	for (size_t len = 0; len <= size; len++) {
		struct bytes cut = support_copy(vector->bytes, len);
		g_assert_cmpint(mjr_header_parse(&header, cut), ==, len < size ? -EAGAIN : 0);
		support_free(cut);
	}
}

static void refuses_other_files(void)
{
	static const struct vector others[] = {
		VECTOR("text", "Hello"),
		VECTOR("one wrong letter", "X"),
		VECTOR("version 3", "MJR00003\x00\x02{}"),
		VECTOR("a lower-case magic", "mjr00002\x00\x02{}"),
		VECTOR("a frame without a header", "MEET\x00\x00\x00\x00\x00\x01x"),
		VECTOR("a version 1 frame without a header", "MEETECHO\x00\x0c"),
		VECTOR("a 2015 file of a third kind", "MEETECHO\x00\x05"
						      "other"),
		VECTOR("a 2015 file, cut in a wrong word", "MEETECHO\x00\x05"
							   "audx"),
	};
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		struct bytes bytes = support_copy(others[i].bytes, others[i].len);
		struct mjr_header header;
		g_test_message("%s", others[i].name);
		g_assert_cmpint(mjr_header_parse(&header, bytes), ==, -EBADMSG);
		support_free(bytes);
	}
}

static void the_longest_header_fits(void)
{
	uint8_t *file = g_malloc0(MJR_HEADER_READ_MAX);
	struct bytes start = {file, MJR_HEADER_READ_MAX};
	struct mjr_header header;
	memcpy(file, MJR_MAGIC, MJR_MAGIC_SIZE);
	bytes_put_u16(file + MJR_MAGIC_SIZE, UINT16_MAX);
	g_assert_cmpint(mjr_header_parse(&header, start), ==, 0);
	g_assert_cmpuint(header.size, ==, MJR_HEADER_READ_MAX);
	start.len--;
	g_assert_cmpint(mjr_header_parse(&header, start), ==, -EAGAIN);
	g_free(file);
}

static void writes_what_it_reads(void)
{
	uint8_t file[MJR_FRAME_HEADER_SIZE + 3];
	struct mjr_frame frame;
	mjr_frame_put(file, 0x01020304, 3);
	memcpy(file + MJR_FRAME_HEADER_SIZE, "abc", 3);
	g_assert_cmpmem(file, sizeof file, "MEET\1\2\3\4\0\3abc", 13);
	struct bytes bytes = support_copy(file, sizeof file);
	g_assert_cmpint(mjr_frame_parse(&frame, bytes, MJR_VERSION_2), ==, 0);
	g_assert_cmphex(frame.ms, ==, 0x01020304);
	g_assert_cmpmem(frame.payload.data, frame.payload.len, "abc", 3);
	support_free(bytes);
}

static void a_cut_frame_wants_more(void)
{
	static const struct {
		const char *bytes;
		enum mjr_version version;
	} frames[] = {
		{"MEET\1\2\3\4\0\3abc", MJR_VERSION_2},
		{"MEETECHO\0\3abc", MJR_VERSION_1},
		{"MEETECHO\0\3abc", MJR_VERSION_2015},
	};
	struct mjr_frame frame;
	for (size_t i = 0; i < G_N_ELEMENTS(frames); i++) {
		for (size_t len = 0; len <= 13; len++) {
			struct bytes cut = support_copy(frames[i].bytes, len);
			g_assert_cmpint(mjr_frame_parse(&frame, cut, frames[i].version), ==,
				len < 13 ? -EAGAIN : 0);
			support_free(cut);
		}
	}
}

static void the_version_decides_about_frames(void)
{
	/* A frame that came 13 days, 10:47:17.327 after the first looks like one of version 1. */
	const struct bytes echo = {(const uint8_t *)"MEETECHO\0\3abc", 13};
	const struct bytes meet = {(const uint8_t *)"MEET\1\2\3\4\0\3abc", 13};
	const struct bytes noise = {(const uint8_t *)"noise", 5};
	struct mjr_frame frame;
	g_assert_cmpint(mjr_frame_parse(&frame, echo, MJR_VERSION_2), ==, 0);
	g_assert_cmpuint(frame.ms, ==, 1162037327);
	g_assert_cmpint(mjr_frame_parse(&frame, meet, MJR_VERSION_1), ==, -EBADMSG);
	g_assert_cmpint(mjr_frame_parse(&frame, meet, MJR_VERSION_2015), ==, -EBADMSG);
	g_assert_cmpint(mjr_frame_parse(&frame, noise, MJR_VERSION_2), ==, -EBADMSG);
	g_assert_cmpint(mjr_frame_parse(&frame, meet, MJR_VERSION_NONE), ==, -EBADMSG);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *whole = g_strconcat("/mjr/reads ", rows[i].vector, NULL);
		g_autofree char *cut = g_strconcat("/mjr/waits for ", rows[i].vector, NULL);
		g_test_add_data_func(whole, &rows[i], reads_the_whole_file);
		g_test_add_data_func(cut, &rows[i], a_cut_header_wants_more);
	}
	g_test_add_func("/mjr/refuses other files", refuses_other_files);
	g_test_add_func("/mjr/the longest header fits its limit", the_longest_header_fits);
	g_test_add_func("/mjr/writes the frames that it reads", writes_what_it_reads);
	g_test_add_func("/mjr/a cut frame wants more", a_cut_frame_wants_more);
	g_test_add_func("/mjr/the version decides about frames", the_version_decides_about_frames);
	return g_test_run();
}
