/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting is done by the stages; here is only what no single one of them knows. */
#include "postprocessing/depay/scan.h"

/* What is remembered from unit to unit; times in the track's own clock. */
struct span {
	bool has_begun;
	int64_t first, last; /* timestamps */
	uint32_t duration;   /* of the last */
	uint16_t width, height;
};

static void extend(struct span *span, int64_t timestamp, uint32_t duration)
{
	if (!span->has_begun)
		span->first = span->last = timestamp;
	span->has_begun = true;
	if (timestamp >= span->last) {
		span->last = timestamp;
		span->duration = duration;
	}
}

static int64_t ticks_to_us(const struct scan *scan, int64_t ticks)
{
	return ticks * 1000000 / scan->info.codec->clock_rate;
}

static void note_size(struct scan *out, const struct depay_unit *unit, struct span *span)
{
	if (unit->width == 0 || (unit->width == span->width && unit->height == span->height))
		return;
	span->width = unit->width;
	span->height = unit->height;
	if (out->size_count < SCAN_SIZES_MAX) {
		int64_t at_us = ticks_to_us(out, unit->timestamp - span->first);
		out->sizes[out->size_count] = (struct scan_size){unit->width, unit->height, at_us};
	}
	out->size_count++;
}

static int scan_units(struct scan *out, struct depay *depay, struct span *span)
{
	struct depay_unit unit;
	int err = 0;
	while ((err = depay_pull(depay, &unit)) == STAGE_OK) {
		extend(span, unit.timestamp, unit.duration);
		note_size(out, &unit, span);
	}
	out->depay = *depay_stats(depay);
	out->keyframes = out->depay.keyframes;
	return err;
}

/* For a codec without a depacketiser: pictures cannot be taken apart, but told apart. */
static int scan_packets(struct scan *out, struct reorder *reorder, struct span *span)
{
	struct reorder_packet packet;
	int64_t keyframe_at = INT64_MIN;
	int err = 0;
	while ((err = reorder_pull(reorder, &packet)) == STAGE_OK) {
		extend(span, packet.timestamp, 0);
		const struct codec *codec = out->info.codec;
		bool is_keyframe = codec->is_keyframe && codec->is_keyframe(packet.rtp.payload);
		if (is_keyframe && packet.timestamp != keyframe_at) {
			out->keyframes++;
			keyframe_at = packet.timestamp;
		}
	}
	return err;
}

static int scan_media(struct scan *out, struct reader *reader)
{
	struct reorder *reorder = reorder_create(reader);
	struct depay *depay = NULL;
	struct span span = {0};

	out->has_units =
		!out->info.is_encrypted && depay_create(&depay, reorder, out->info.codec) == 0;
	int err =
		out->has_units ? scan_units(out, depay, &span) : scan_packets(out, reorder, &span);
	out->reorder = *reorder_stats(reorder);
	out->ssrc = out->reorder.first_ssrc;
	out->duration_us = ticks_to_us(out, span.last - span.first + span.duration);
	depay_destroy(depay);
	reorder_destroy(reorder);
	return err;
}

static int scan_messages(struct scan *out, struct reader *reader)
{
	struct reader_frame frame;
	int err = 0;
	while ((err = reader_pull(reader, &frame)) == STAGE_OK) {
	}
	out->duration_us = (int64_t)reader_stats(reader)->last_ms * 1000;
	return err;
}

int scan_track(struct scan *out, const struct input_track *track, const char **what)
{
	struct reader *reader = NULL;

	*out = (struct scan){0};
	int err = reader_open_files(&reader, track->files, track->file_count, what);
	if (err)
		return err;
	mjr_info_copy(&out->info, reader_info(reader));
	out->version = reader_version(reader);
	bool is_media = out->info.codec->kind != CODEC_DATA;
	err = is_media ? scan_media(out, reader) : scan_messages(out, reader);
	out->reader = *reader_stats(reader);
	if (out->reader.frames > 0) {
		out->first_arrival_us = out->info.first_frame_us;
		out->last_arrival_us = out->first_arrival_us + (int64_t)out->reader.last_ms * 1000;
	}
	reader_close(reader);
	if (err != STAGE_END) {
		scan_fini(out);
		return err;
	}
	return 0;
}

void scan_fini(struct scan *scan)
{
	mjr_info_fini(&scan->info);
	*scan = (struct scan){0};
}

bool scan_has_loss(const struct scan *scan)
{
	const struct reader_stats *reader = &scan->reader;
	const struct reorder_stats *reorder = &scan->reorder;
	return reader->damages > 0 || reader->suspects > 0 || reader->is_torn ||
	       reader->unreadable_files > 0 || reorder->lost > 0 || reorder->strays > 0 ||
	       reorder->malformed > 0 || scan->depay.damaged > 0 || scan->depay.dropped > 0;
}
