/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An input is a codec and packets:
 *
 *   u8 codec, then for each packet: u8 step of the sequence, u8 step of the timestamp with the
 *   marker in its high bit, u8 length, payload
 *
 * so that mutation stays within payloads that arrive. Parameter sets are tried as they are, too.
 */
#include "postprocessing/depay/depay.h"

#include "postprocessing/depay/av1_obu.h"
#include "postprocessing/depay/h264_sps.h"
#include "postprocessing/depay/h265_sps.h"
#include "postprocessing/depay/vp9_header.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mjr_file.h"

enum {
	TICKS_PER_STEP = 480,
	RED_PAYLOAD_TYPE = 63,
	PAYLOAD_TYPE = 96,
};

static void append_packet(
	GByteArray *dump, uint16_t seq, uint32_t timestamp, bool has_marker, struct bytes payload)
{
	uint8_t head[MJR_FRAME_HEADER_SIZE + RTP_HEADER_SIZE] = {0};
	uint8_t *rtp = head + MJR_FRAME_HEADER_SIZE;
	bool is_red = seq % 4 == 0;
	mjr_frame_put(head, timestamp / 48, (uint16_t)(RTP_HEADER_SIZE + payload.len));
	rtp[0] = RTP_VERSION << 6;
	rtp[1] = (uint8_t)(has_marker << 7 | (is_red ? RED_PAYLOAD_TYPE : PAYLOAD_TYPE));
	rtp_rewrite(rtp, seq, timestamp, 1);
	g_byte_array_append(dump, head, sizeof head);
	g_byte_array_append(dump, payload.data, (guint)payload.len);
}

static GByteArray *make_dump(const struct codec *codec, struct bytes input)
{
	uint8_t header[MJR_HEADER_MAX];
	uint8_t seq_step, time_step, len;
	uint16_t seq = 0;
	uint32_t timestamp = 0;
	struct bytes payload;
	struct mjr_info info = {
		.codec = codec, .created_us = 1, .first_frame_us = 1, .red_payload_type = 63};
	int size = mjr_info_build(header, sizeof header, &info);
	g_assert_cmpint(size, >, 0);

	GByteArray *dump = g_byte_array_new();
	g_byte_array_append(dump, header, (guint)size);
	while (bytes_take_u8(&input, &seq_step) && bytes_take_u8(&input, &time_step) &&
		bytes_take_u8(&input, &len)) {
		if (!bytes_take(&input, MIN(len, input.len), &payload))
			break;
		seq += seq_step;
		timestamp += (time_step & 0x7fu) * TICKS_PER_STEP;
		append_packet(dump, seq, timestamp, time_step & 0x80, payload);
	}
	return dump;
}

static void check_units(const char *path)
{
	struct reader *reader = NULL;
	struct depay *depay = NULL;
	struct depay_unit unit;
	int err = 0;

	g_assert_cmpint(reader_open(&reader, path, NULL), ==, 0);
	struct reorder *reorder = reorder_create(reader);
	if (depay_create(&depay, reorder, reader_info(reader)->codec) == 0) {
		while ((err = depay_pull(depay, &unit)) == STAGE_OK) {
			g_assert_cmpuint(unit.data.len, >, 0);
			g_assert_cmpuint(unit.data.len, <=, DEPAY_UNIT_MAX);
			g_assert_cmpint(unit.width == 0, ==, unit.height == 0);
		}
		g_assert_cmpint(err, ==, STAGE_END);
	}
	depay_destroy(depay);
	reorder_destroy(reorder);
	reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[MJR_FILE_PATH_SIZE];
	struct bytes input = {data, size};
	struct av1_obu_sequence av1;
	struct h264_sps sps;
	struct h265_sps h265;
	struct vp9_header vp9;
	uint8_t choice = 0;

	if (!bytes_take_u8(&input, &choice))
		return 0;
	const struct codec *codec = codec_at(choice);
	if (!codec || codec->kind == CODEC_DATA)
		return 0;
	(void)av1_obu_parse_sequence(&av1, input);
	(void)h264_sps_parse(&sps, input);
	(void)h265_sps_parse(&h265, input);
	(void)vp9_header_parse(&vp9, input);
	g_autoptr(GByteArray) dump = make_dump(codec, input);
	int fd = mjr_file_create(path, (struct bytes){dump->data, dump->len});
	check_units(path);
	close(fd);
	return 0;
}
