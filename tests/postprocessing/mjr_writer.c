/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dumps byte by byte, through the same common/ functions as the recorder. */
#include "tests/postprocessing/mjr_writer.h"

#include <glib.h>
#include <stdio.h>

#include "common/mjr.h"
#include "common/rtp.h"

enum {
	SENDER_REPORT_SIZE = 28,
	PADDING = 4, /* bytes of a padding-only packet */
};

/* From 1900 to 1970 (RFC 5905, figure 4). */
static const uint64_t ntp_epoch_s = 2208988800;

struct mjr_writer {
	FILE *file;
};

static void put(struct mjr_writer *writer, const void *data, size_t len)
{
	if (len > 0 && fwrite(data, 1, len, writer->file) != len)
		g_error("writing a test dump: %s", g_strerror(errno));
}

struct mjr_writer *mjr_writer_open_info(const char *path, const struct mjr_info *info)
{
	uint8_t header[MJR_HEADER_MAX];
	struct mjr_writer *writer = g_new0(struct mjr_writer, 1);

	writer->file = fopen(path, "wb");
	if (!writer->file)
		g_error("%s: %s", path, g_strerror(errno));
	int size = mjr_info_build(header, sizeof header, info);
	if (size < 0)
		g_error("%s: building the header: %s", path, g_strerror(-size));
	put(writer, header, (size_t)size);
	return writer;
}

struct mjr_writer *mjr_writer_open(const char *path, const char *codec)
{
	struct mjr_info info = {
		.codec = codec_find(codec),
		.created_us = MJR_WRITER_START_US,
		.first_frame_us = MJR_WRITER_START_US,
	};
	return mjr_writer_open_info(path, &info);
}

void mjr_writer_close(struct mjr_writer *writer)
{
	if (fclose(writer->file) != 0)
		g_error("closing a test dump: %s", g_strerror(errno));
	g_free(writer);
}

void mjr_writer_put_bytes(struct mjr_writer *writer, struct bytes bytes)
{
	put(writer, bytes.data, bytes.len);
}

void mjr_writer_put_frame(struct mjr_writer *writer, uint32_t ms, struct bytes content)
{
	uint8_t head[MJR_FRAME_HEADER_SIZE];
	g_assert_cmpuint(content.len, <=, MJR_PAYLOAD_MAX);
	mjr_frame_put(head, ms, (uint16_t)content.len);
	put(writer, head, sizeof head);
	put(writer, content.data, content.len);
}

void mjr_writer_put(struct mjr_writer *writer, const struct mjr_writer_packet *packet)
{
	bool is_padding = packet->payload.len == 0;
	uint8_t type = packet->payload_type ? packet->payload_type : MJR_WRITER_PAYLOAD_TYPE;
	uint8_t head[RTP_HEADER_SIZE] = {
		(uint8_t)(RTP_VERSION << 6 | is_padding << 5),
		(uint8_t)(packet->has_marker << 7 | type),
	};
	static const uint8_t padding[PADDING] = {0, 0, 0, PADDING};

	rtp_rewrite(head, packet->seq, packet->timestamp,
		packet->ssrc ? packet->ssrc : MJR_WRITER_SSRC);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_byte_array_append(bytes, head, sizeof head);
	if (is_padding)
		g_byte_array_append(bytes, padding, sizeof padding);
	else
		g_byte_array_append(bytes, packet->payload.data, (guint)packet->payload.len);
	mjr_writer_put_frame(writer, packet->ms, (struct bytes){bytes->data, bytes->len});
}

void mjr_writer_put_data(
	struct mjr_writer *writer, uint32_t ms, int64_t real_us, struct bytes message)
{
	uint8_t time[MJR_DATA_TIME_SIZE];
	bytes_put_u64(time, (uint64_t)real_us);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_byte_array_append(bytes, time, sizeof time);
	g_byte_array_append(bytes, message.data, (guint)message.len);
	mjr_writer_put_frame(writer, ms, (struct bytes){bytes->data, bytes->len});
}

void mjr_writer_put_report(struct mjr_writer *writer, uint32_t ms, int64_t real_us, uint32_t ssrc,
	int64_t ntp_us, uint32_t timestamp)
{
	/* RFC 3550 §6.4.1: no report blocks; length in words minus one. */
	uint8_t report[SENDER_REPORT_SIZE] = {0x80, 200, 0, SENDER_REPORT_SIZE / 4 - 1};
	const int64_t second = 1000000;
	uint64_t seconds = (uint64_t)(ntp_us / second) + ntp_epoch_s;
	uint64_t fraction = ((uint64_t)(ntp_us % second) << 32) / (uint64_t)second;

	bytes_put_u32(report + 4, ssrc);
	bytes_put_u64(report + 8, seconds << 32 | fraction);
	bytes_put_u32(report + 16, timestamp);
	mjr_writer_put_data(writer, ms, real_us, (struct bytes){report, sizeof report});
}
