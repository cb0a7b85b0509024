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

/* Milliseconds from time zero to the packet at this place of the order. */
static uint32_t arrival_ms(const struct truth_dump *dump, guint place, guint *index)
{
	*index = dump->order != NULL ? g_array_index(dump->order, guint, place) : place;
	size_t unit = g_array_index(dump->packets, struct truth_packet, *index).unit;
	return (uint32_t)(truth_unit(dump->truth, unit)->time * 1000 / dump->truth->clock_rate);
}

void truth_dump_write(const struct truth_dump *dump)
{
	guint index = 0;
	uint32_t first_ms = arrival_ms(dump, 0, &index);
	struct mjr_info info = {
		.codec = codec_find(dump->truth->codec),
		.fmtp = g_strdup(dump->fmtp),
		.created_us = dump->zero_us - 1000,
		.first_frame_us = dump->zero_us + (int64_t)first_ms * 1000,
	};
	struct mjr_writer *writer = mjr_writer_open_info(dump->path, &info);
	guint count = dump->order != NULL ? dump->order->len : dump->packets->len;
	uint32_t ms = first_ms;
	for (guint i = 0; i < count; i++) {
		ms = MAX(ms, arrival_ms(dump, i, &index));
		const struct truth_packet *packet =
			&g_array_index(dump->packets, struct truth_packet, index);
		mjr_writer_put_frame(
			writer, ms - first_ms, (struct bytes){packet->data, packet->len});
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
