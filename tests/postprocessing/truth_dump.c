/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Built from the same format functions that the recorder uses.
 */
#include "tests/postprocessing/truth_dump.h"

#include "common/mjr_info.h"
#include "tests/postprocessing/mjr_writer.h"

GArray *truth_order(guint count)
{
	GArray *order = g_array_new(FALSE, FALSE, sizeof(guint));
	for (guint i = 0; i < count; i++)
		g_array_append_val(order, i);
	return order;
}

void truth_dump_write(const struct truth_dump *dump)
{
	struct mjr_info info = {
		.codec = codec_find(dump->truth->codec),
		.fmtp = g_strdup(dump->fmtp),
		.created_us = dump->first_us - 1000,
		.first_frame_us = dump->first_us,
	};
	struct mjr_writer *writer = mjr_writer_open_info(dump->path, &info);
	guint count = dump->order != NULL ? dump->order->len : dump->packets->len;
	uint32_t ms = 0;
	for (guint i = 0; i < count; i++) {
		guint index = dump->order != NULL ? g_array_index(dump->order, guint, i) : i;
		const struct truth_packet *packet =
			&g_array_index(dump->packets, struct truth_packet, index);
		int64_t time = truth_unit(dump->truth, packet->unit)->time;
		ms = MAX(ms, (uint32_t)(time * 1000 / dump->truth->clock_rate));
		mjr_writer_put_frame(writer, ms, (struct bytes){packet->data, packet->len});
	}
	mjr_writer_close(writer);
	mjr_info_fini(&info);
}

void truth_dump_reports(const char *path, const struct truth_report *reports, size_t count)
{
	struct mjr_info info = {
		.codec = codec_find("binary"),
		.created_us = reports[0].arrival_us,
		.first_frame_us = reports[0].arrival_us,
	};
	struct mjr_writer *writer = mjr_writer_open_info(path, &info);
	for (size_t i = 0; i < count; i++) {
		int64_t since_us = reports[i].arrival_us - reports[0].arrival_us;
		mjr_writer_put_report(writer, (uint32_t)(since_us / 1000), reports[i].arrival_us,
			reports[i].ssrc, reports[i].sender_us, reports[i].timestamp);
	}
	mjr_writer_close(writer);
}
