/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever happens to a dump, the frames that were not touched come out, in
 * order; tried by changing or cutting it at every byte.
 */
#include "postprocessing/core/reader.h"

#include <glib.h>
#include <string.h>

#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

enum {
	FRAME_COUNT = 9,
	FRAME_MS = 20,
};

/* Sizes without a common factor, so that no wrong length leads to a frame by chance. */
static const size_t sizes[FRAME_COUNT] = {31, 17, 64, 1, 45, 7, 103, 23, 38};

/* A dump in memory, and where its frames are. */
struct dump {
	GByteArray *bytes;
	size_t header;
	size_t at[FRAME_COUNT + 1]; /* the last is the end */
};

static void frame_content(uint8_t *out, size_t index)
{
	for (size_t i = 0; i < sizes[index]; i++)
		out[i] = (uint8_t)(index * 16 + i);
}

static void append_tag(GByteArray *bytes, enum mjr_version version, size_t index)
{
	uint8_t head[MJR_FRAME_HEADER_SIZE];
	mjr_frame_put(head, (uint32_t)index * FRAME_MS, (uint16_t)sizes[index]);
	if (version == MJR_VERSION_1)
		memcpy(head, MJR_FRAME_TAG_V1, strlen(MJR_FRAME_TAG_V1));
	g_byte_array_append(bytes, head, sizeof head);
}

static struct dump make_dump(enum mjr_version version)
{
	static const char json[] = "{\"t\":\"a\",\"c\":\"opus\",\"s\":1,\"u\":2}";
	struct dump dump = {.bytes = g_byte_array_new()};
	const char *magic = version == MJR_VERSION_2 ? MJR_MAGIC : MJR_MAGIC_V1;
	uint8_t length[] = {0, sizeof json - 1};

	g_byte_array_append(dump.bytes, (const uint8_t *)magic, MJR_MAGIC_SIZE);
	g_byte_array_append(dump.bytes, length, sizeof length);
	g_byte_array_append(dump.bytes, (const uint8_t *)json, sizeof json - 1);
	dump.header = dump.bytes->len;
	for (size_t i = 0; i < FRAME_COUNT; i++) {
		uint8_t content[128];
		dump.at[i] = dump.bytes->len;
		append_tag(dump.bytes, version, i);
		frame_content(content, i);
		g_byte_array_append(dump.bytes, content, (guint)sizes[i]);
	}
	dump.at[FRAME_COUNT] = dump.bytes->len;
	return dump;
}

static void free_dump(struct dump *dump)
{
	g_byte_array_unref(dump->bytes);
}

/* What came out of a file. */
struct outcome {
	int err; /* of opening */
	bool is_whole[FRAME_COUNT];
	uint32_t ms[FRAME_COUNT];
	size_t foreign;         /* frames with a content of none */
	size_t trusted_foreign; /* of those, not marked as suspect */
	struct reader_stats stats;
};

static void note_frame(struct outcome *out, const struct reader_frame *frame, size_t *next)
{
	for (size_t i = *next; i < FRAME_COUNT; i++) {
		uint8_t content[128];
		frame_content(content, i);
		if (frame->payload.len != sizes[i] ||
			memcmp(frame->payload.data, content, sizes[i]) != 0)
			continue;
		out->is_whole[i] = true;
		out->ms[i] = frame->ms;
		*next = i + 1;
		return;
	}
	out->foreign++;
	out->trusted_foreign += !frame->is_suspect;
}

static struct outcome read_file(const char *path)
{
	struct outcome out = {0};
	struct reader *reader = NULL;
	struct reader_frame frame;
	uint32_t last_ms = 0;
	size_t next = 0;
	int err = 0;

	out.err = reader_open(&reader, path, NULL);
	if (out.err)
		return out;
	while ((err = reader_pull(reader, &frame)) == STAGE_OK) {
		g_assert_cmpuint(frame.ms, >=, last_ms);
		last_ms = frame.ms;
		note_frame(&out, &frame, &next);
	}
	g_assert_cmpint(err, ==, STAGE_END);
	out.stats = *reader_stats(reader);
	reader_close(reader);
	return out;
}

static struct outcome read_bytes(struct bytes bytes)
{
	char *folder = scratch_create();
	g_autofree char *path = g_build_filename(folder, "a.mjr", NULL);
	scratch_write(path, bytes);
	struct outcome out = read_file(path);
	scratch_destroy(folder);
	return out;
}

static struct bytes all_of(const struct dump *dump)
{
	return (struct bytes){dump->bytes->data, dump->bytes->len};
}

static void test_whole(gconstpointer data)
{
	struct dump dump = make_dump((enum mjr_version)GPOINTER_TO_INT(data));
	struct outcome out = read_bytes(all_of(&dump));
	g_assert_cmpint(out.err, ==, 0);
	for (size_t i = 0; i < FRAME_COUNT; i++)
		g_assert_true(out.is_whole[i]);
	g_assert_cmpuint(out.foreign, ==, 0);
	g_assert_cmpuint(out.stats.frames, ==, FRAME_COUNT);
	g_assert_cmpuint(out.stats.bytes, ==, dump.bytes->len);
	g_assert_cmpuint(out.stats.damages, ==, 0);
	g_assert_false(out.stats.is_torn);
	free_dump(&dump);
}

/*
 * The frame that holds byte `at` may be lost, and no other; nor is another's time of arrival moved
 * beyond its neighbours'. Version 1 has no times.
 */
static void check_flip(const struct dump *dump, size_t at, uint8_t mask)
{
	dump->bytes->data[at] ^= mask;
	struct outcome out = read_bytes(all_of(dump));
	dump->bytes->data[at] ^= mask;
	g_assert_cmpint(out.err, ==, 0);
	for (size_t i = 0; i < FRAME_COUNT; i++) {
		bool is_touched = at >= dump->at[i] && at < dump->at[i + 1];
		if (!is_touched && !out.is_whole[i])
			g_error("byte %zu ^ %#x: frame %zu is lost", at, mask, i);
		if (!is_touched && out.ms[i] != 0 &&
			ABS((int)out.ms[i] - (int)i * FRAME_MS) > FRAME_MS)
			g_error("byte %zu ^ %#x: frame %zu came at %u", at, mask, i, out.ms[i]);
		bool is_payload = at >= dump->at[i] + MJR_FRAME_HEADER_SIZE;
		if (is_touched && !is_payload && out.trusted_foreign > 0)
			g_error("byte %zu ^ %#x: a wrong frame is trusted", at, mask);
	}
}

static void test_flips(gconstpointer data)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	struct dump dump = make_dump((enum mjr_version)GPOINTER_TO_INT(data));
	for (size_t at = dump.header; at < dump.bytes->len; at++) {
		for (size_t i = 0; i < sizeof masks; i++)
			check_flip(&dump, at, masks[i]);
	}
	free_dump(&dump);
}

static void test_header_flips(void)
{
	struct dump dump = make_dump(MJR_VERSION_2);
	for (size_t at = 0; at < dump.header; at++) {
		dump.bytes->data[at] ^= 0xff;
		struct outcome out = read_bytes(all_of(&dump));
		dump.bytes->data[at] ^= 0xff;
		g_assert_true(out.err == 0 || out.err == -EBADMSG || out.err == -ENOTSUP);
	}
	free_dump(&dump);
}

static void test_cuts(gconstpointer data)
{
	struct dump dump = make_dump((enum mjr_version)GPOINTER_TO_INT(data));
	for (size_t len = 0; len < dump.bytes->len; len++) {
		struct outcome out = read_bytes((struct bytes){dump.bytes->data, len});
		g_assert_cmpint(out.err, ==, len < dump.header ? -EBADMSG : 0);
		if (out.err)
			continue;
		bool is_torn = true;
		for (size_t i = 0; i <= FRAME_COUNT; i++)
			is_torn &= len != dump.at[i];
		for (size_t i = 0; i < FRAME_COUNT; i++)
			g_assert_cmpint(out.is_whole[i], ==, len >= dump.at[i + 1]);
		g_assert_cmpuint(out.foreign, ==, 0);
		g_assert_cmpint(out.stats.is_torn, ==, is_torn);
	}
	free_dump(&dump);
}

/* Foreign bytes between any two frames cost no frame, whatever they are. */
static void check_insertion(const struct dump *dump, size_t frame, struct bytes foreign)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_byte_array_append(bytes, dump->bytes->data, (guint)dump->at[frame]);
	g_byte_array_append(bytes, foreign.data, (guint)foreign.len);
	g_byte_array_append(bytes, dump->bytes->data + dump->at[frame],
		dump->bytes->len - (guint)dump->at[frame]);
	struct outcome out = read_bytes((struct bytes){bytes->data, bytes->len});
	for (size_t i = 0; i < FRAME_COUNT; i++)
		g_assert_true(out.is_whole[i]);
	g_assert_cmpuint(out.stats.damages + out.stats.suspects, >, 0);
}

static void test_insertions(void)
{
	static uint8_t zeros[300000]; /* longer than the reader looks ahead */
	static const uint8_t lie[] = "MEET\0\0\0\0\xff\xff a tag with a length that leads nowhere";
	static const uint8_t tags[] = "MEETMEETMEETMEETMEETMEETMEET";
	struct dump dump = make_dump(MJR_VERSION_2);
	for (size_t i = 0; i <= FRAME_COUNT - 1; i++) {
		check_insertion(&dump, i, (struct bytes){zeros, 1});
		check_insertion(&dump, i, (struct bytes){zeros, sizeof zeros});
		check_insertion(&dump, i, (struct bytes){lie, sizeof lie});
		check_insertion(&dump, i, (struct bytes){tags, sizeof tags});
	}
	free_dump(&dump);
}

/* A dump that was sent over a data channel is content, as long as nothing is damaged. */
static void test_dump_within_dump(void)
{
	struct dump inner = make_dump(MJR_VERSION_2);
	char *folder = scratch_create();
	g_autofree char *path = g_build_filename(folder, "a.mjr", NULL);
	struct mjr_writer *writer = mjr_writer_open(path, "binary");
	for (uint32_t i = 0; i < 3; i++)
		mjr_writer_put_data(writer, i, MJR_WRITER_START_US, all_of(&inner));
	mjr_writer_close(writer);
	struct outcome out = read_file(path);
	g_assert_cmpuint(out.stats.frames, ==, 3);
	g_assert_cmpuint(out.stats.damages, ==, 0);
	scratch_destroy(folder);
	free_dump(&inner);
}

static void test_longest_frames(void)
{
	static uint8_t content[MJR_PAYLOAD_MAX];
	char *folder = scratch_create();
	g_autofree char *path = g_build_filename(folder, "a.mjr", NULL);
	struct mjr_writer *writer = mjr_writer_open(path, "binary");
	for (uint32_t i = 0; i < 40; i++) {
		memset(content, (int)i, sizeof content);
		mjr_writer_put_frame(writer, i, (struct bytes){content, sizeof content});
	}
	mjr_writer_close(writer);
	struct reader *reader = NULL;
	struct reader_frame frame;
	g_assert_cmpint(reader_open(&reader, path, NULL), ==, 0);
	for (uint32_t i = 0; i < 40; i++) {
		g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_OK);
		g_assert_cmpuint(frame.payload.len, ==, sizeof content);
		g_assert_cmpuint(frame.payload.data[0], ==, i);
		g_assert_cmpuint(frame.payload.data[sizeof content - 1], ==, i);
		g_assert_false(frame.is_suspect);
	}
	g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_END);
	reader_close(reader);
	scratch_destroy(folder);
}

static void test_not_a_dump(void)
{
	static const struct {
		const char *bytes, *what;
	} rows[] = {
		{"", "the file is empty"},
		{"MJR00002", "only the 8 bytes of the magic: no packet was ever recorded"},
		{"MJR00002\1\1{", "the file ends inside its header"},
		{"RIFF....WAVE", "not an .mjr file"},
	};
	char *folder = scratch_create();
	g_autofree char *path = g_build_filename(folder, "a.mjr", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct reader *reader = NULL;
		const char *what = NULL;
		scratch_write(path,
			(struct bytes){(const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)});
		g_assert_cmpint(reader_open(&reader, path, &what), ==, -EBADMSG);
		g_assert_cmpstr(what, ==, rows[i].what);
		g_assert_null(reader);
	}
	struct reader *reader = NULL;
	g_assert_cmpint(reader_open(&reader, folder, NULL), ==, -EISDIR);
	g_assert_cmpint(reader_open(&reader, "/nonexistent/a.mjr", NULL), ==, -ENOENT);
	scratch_destroy(folder);
}

/* ---- several files ---- */

static void write_part(
	const char *path, int64_t first_frame_us, uint32_t first_ms, uint16_t first_seq)
{
	struct mjr_info info = {
		.codec = codec_find("opus"),
		.created_us = first_frame_us,
		.first_frame_us = first_frame_us,
	};
	struct mjr_writer *writer = mjr_writer_open_info(path, &info);
	for (uint16_t i = 0; i < 2; i++)
		mjr_writer_put(writer, &(struct mjr_writer_packet){
					       .ms = first_ms + i * 20u,
					       .seq = first_seq + i,
					       .payload = {(const uint8_t *)"x", 1},
				       });
	mjr_writer_close(writer);
}

static void test_parts_are_one(void)
{
	static const uint32_t ms[] = {0, 20, 40, 60, 5040, 5060};
	char *folder = scratch_create();
	g_autofree char *a = g_build_filename(folder, "a", NULL);
	g_autofree char *b = g_build_filename(folder, "b", NULL);
	g_autofree char *missing = g_build_filename(folder, "missing", NULL);
	g_autofree char *c = g_build_filename(folder, "c", NULL);
	char *paths[] = {a, b, missing, c};
	struct reader *reader = NULL;
	struct reader_frame frame;

	write_part(a, MJR_WRITER_START_US, 0, 0);
	write_part(b, MJR_WRITER_START_US + 40000, 0, 2);
	write_part(c, MJR_WRITER_START_US + 5040000, 0, 4);
	g_assert_cmpint(reader_open_files(&reader, paths, G_N_ELEMENTS(paths), NULL), ==, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(ms); i++) {
		g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_OK);
		g_assert_cmpuint(frame.ms, ==, ms[i]);
		g_assert_cmpuint(bytes_get_u16(frame.payload.data + 2), ==, i);
		g_assert_cmpint(frame.is_after_damage, ==, i == 4);
	}
	g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_END);
	g_assert_cmpuint(reader_stats(reader)->unreadable_files, ==, 1);
	g_assert_cmpuint(reader_file_size(reader), ==, reader_stats(reader)->bytes);
	reader_close(reader);
	scratch_destroy(folder);
}

/* As in rotated recordings: every header is that of the first. */
static void test_parts_that_count_from_the_first(void)
{
	char *folder = scratch_create();
	g_autofree char *a = g_build_filename(folder, "a", NULL);
	g_autofree char *b = g_build_filename(folder, "b", NULL);
	g_autofree char *c = g_build_filename(folder, "c", NULL);
	char *paths[] = {a, b, c};
	struct reader *reader = NULL;
	struct reader_frame frame;

	for (uint16_t i = 0; i < G_N_ELEMENTS(paths); i++)
		write_part(paths[i], MJR_WRITER_START_US, i * 40u, 2 * i);
	g_assert_cmpint(reader_open_files(&reader, paths, G_N_ELEMENTS(paths), NULL), ==, 0);
	for (uint32_t i = 0; i < 2 * G_N_ELEMENTS(paths); i++) {
		g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_OK);
		g_assert_cmpuint(frame.ms, ==, i * 20);
		g_assert_false(frame.is_after_damage);
	}
	g_assert_cmpint(reader_pull(reader, &frame), ==, STAGE_END);
	reader_close(reader);
	scratch_destroy(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	const void *v1 = GINT_TO_POINTER(MJR_VERSION_1), *v2 = GINT_TO_POINTER(MJR_VERSION_2);
	g_test_add_data_func("/reader/reads_a_whole_file", v2, test_whole);
	g_test_add_data_func("/reader/reads_a_whole_file_of_version_1", v1, test_whole);
	g_test_add_data_func("/reader/any_byte_may_be_flipped", v2, test_flips);
	g_test_add_data_func("/reader/any_byte_may_be_flipped_in_version_1", v1, test_flips);
	g_test_add_func("/reader/a_flipped_header_is_refused_or_read", test_header_flips);
	g_test_add_data_func("/reader/any_prefix_is_read", v2, test_cuts);
	g_test_add_data_func("/reader/any_prefix_is_read_in_version_1", v1, test_cuts);
	g_test_add_func("/reader/foreign_bytes_cost_no_frame", test_insertions);
	g_test_add_func("/reader/a_dump_within_a_dump_is_content", test_dump_within_dump);
	g_test_add_func("/reader/the_longest_frames_pass", test_longest_frames);
	g_test_add_func("/reader/what_is_no_dump_is_told_apart", test_not_a_dump);
	g_test_add_func("/reader/parts_are_read_as_one", test_parts_are_one);
	g_test_add_func(
		"/reader/parts_may_count_from_the_first", test_parts_that_count_from_the_first);
	return g_test_run();
}
