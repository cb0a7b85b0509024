/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input is an .mjr file. Every byte of it is accounted for, every frame, every packet. */
#include "postprocessing/core/reader.h"
#include "postprocessing/core/reorder.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mjr_file.h"

static uint64_t read_frames(struct reader *reader)
{
	struct reader_frame frame;
	uint64_t payload = 0;
	uint32_t last_ms = 0;
	int err = 0;
	while ((err = reader_pull(reader, &frame)) == STAGE_OK) {
		g_assert_cmpuint(frame.ms - last_ms, <=, INT32_MAX);
		last_ms = frame.ms;
		payload += frame.payload.len;
	}
	g_assert_cmpint(err, ==, STAGE_END);
	return payload;
}

static void check_reader(const char *path, size_t size)
{
	struct reader *reader = NULL;
	if (reader_open(&reader, path, NULL) != 0)
		return;
	uint64_t payload = read_frames(reader);
	const struct reader_stats *stats = reader_stats(reader);
	g_assert_cmpuint(stats->bytes, ==, size);
	uint64_t told = payload + stats->frames * MJR_FRAME_HEADER_SIZE + stats->bytes_skipped;
	g_assert_cmpuint(told, <=, size);
	g_assert_cmpuint(stats->damages, <=, stats->bytes_skipped);
	reader_close(reader);
}

static void check_reorder(const char *path)
{
	struct reader *reader = NULL;
	if (reader_open(&reader, path, NULL) != 0)
		return;
	struct reorder *reorder = reorder_create(reader);
	struct reorder_packet packet;
	int64_t last = INT64_MIN;
	uint64_t out = 0, lost = 0;
	int err = 0;
	while ((err = reorder_pull(reorder, &packet)) == STAGE_OK) {
		g_assert_cmpint(packet.seq, >, last);
		g_assert_cmpuint(packet.rtp.payload.len, >, 0);
		last = packet.seq;
		lost += packet.lost_before;
		out++;
	}
	g_assert_cmpint(err, ==, STAGE_END);
	const struct reorder_stats *stats = reorder_stats(reorder);
	g_assert_cmpuint(stats->received + stats->malformed, ==, reader_stats(reader)->frames);
	g_assert_cmpuint(lost, <=, stats->lost);
	g_assert_cmpuint(
		out + stats->duplicated + stats->late + stats->strays, <=, stats->received);
	g_assert_cmpuint(out + stats->duplicated + stats->late + stats->strays + stats->padding, >=,
		stats->received);
	reorder_destroy(reorder);
	reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MJR_FILE_PATH_SIZE];
	int fd = mjr_file_create(path, (struct bytes){data, size});
	check_reader(path, size);
	check_reorder(path);
	close(fd);
	return 0;
}
