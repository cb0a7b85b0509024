/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads just enough of a recording's files to tie their clocks together. */
#include "postprocessing/core/sync.h"

#include <glib.h>

#include "postprocessing/core/reader.h"
#include "postprocessing/core/reorder.h"

static void add_reports(struct timeline *timeline, struct bytes payload)
{
	struct bytes time, compound = payload;
	struct rtcp_packet packet;
	struct rtcp_sender_report report;

	if (!bytes_take(&compound, MJR_DATA_TIME_SIZE, &time))
		return;
	while (rtcp_next(&packet, &compound) == 0) {
		if (rtcp_parse_sender_report(&report, &packet) == 0)
			timeline_add_report(timeline, &report, (int64_t)bytes_get_u64(time.data));
	}
}

static void read_reports(struct timeline *timeline, const struct input_track *track)
{
	struct reader *reader = NULL;
	struct reader_frame frame;

	if (reader_open_files(&reader, track->files, track->file_count, NULL) != 0)
		return;
	bool is_rtcp = reader_info(reader)->codec == codec_find("binary");
	while (is_rtcp && reader_pull(reader, &frame) == STAGE_OK)
		add_reports(timeline, frame.payload);
	reader_close(reader);
}

/*
 * False when there is no packet. Files without arrival times have only the first one to go by.
 */
static bool read_start(struct timeline_track_start *out, struct reorder *reorder, bool has_arrivals)
{
	const struct mjr_info *info = reorder_info(reorder);
	const int64_t rate = info->codec->clock_rate;
	struct reorder_packet packet;

	if (reorder_pull(reorder, &packet) != STAGE_OK)
		return false;
	uint32_t first_ms = packet.arrival_ms;
	*out = (struct timeline_track_start){
		.ssrc = packet.rtp.ssrc,
		.clock_rate = info->codec->clock_rate,
		.timestamp = packet.timestamp,
		.arrival_us = INT64_MAX,
	};
	do {
		int64_t media_us = (packet.timestamp - out->timestamp) * 1000000 / rate;
		int64_t arrival_us =
			info->first_frame_us + (int64_t)packet.arrival_ms * 1000 - media_us;
		out->arrival_us = MIN(out->arrival_us, arrival_us);
	} while (has_arrivals && reorder_pull(reorder, &packet) == STAGE_OK &&
		 !packet.is_discontinuity && packet.arrival_ms - first_ms < SYNC_START_MS);
	return true;
}

static bool open_start(struct timeline_track_start *out, const struct input_track *track)
{
	struct reader *reader = NULL;
	bool has_start = false;

	if (track->is_rtcp || reader_open_files(&reader, track->files, track->file_count, NULL))
		return false;
	struct reorder *reorder = reorder_create(reader);
	if (reader_info(reader)->codec->kind != CODEC_DATA)
		has_start = read_start(out, reorder, reader_version(reader) == MJR_VERSION_2);
	reorder_destroy(reorder);
	reader_close(reader);
	return has_start;
}

struct timeline *sync_create(const struct input *input, struct sync_track *tracks)
{
	struct timeline *timeline = timeline_create();
	const struct input_track *rtcp = input_rtcp(input);

	if (rtcp)
		read_reports(timeline, rtcp);
	for (size_t i = 0; i < input->track_count; i++) {
		struct timeline_track_start start;
		tracks[i] = (struct sync_track){0};
		if (!open_start(&start, &input->tracks[i]))
			continue;
		tracks[i].is_on_timeline = true;
		tracks[i].number = timeline_add_track(timeline, &start);
	}
	timeline_settle(timeline);
	return timeline;
}
