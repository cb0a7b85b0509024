/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps, in the order of pipeline_run():
 *
 *   timeline → open each track → plan → first usable unit of each →
 *   transforms, output file → merge → finish
 *
 * A lane is one track that is to be in the output. It always holds the next unit
 * of its track, so that the lane whose unit is earliest can be chosen.
 */
#include "postprocessing/media/pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <libavcodec/avcodec.h>

#include "postprocessing/core/sync.h"
#include "postprocessing/core/timeline.h"
#include "postprocessing/media/audio.h"
#include "postprocessing/media/copy.h"
#include "postprocessing/media/mux.h"
#include "postprocessing/media/parameters.h"
#include "postprocessing/media/track.h"
#include "postprocessing/media/video.h"

struct lane {
	struct track *track;
	size_t report_index;
	size_t clock; /* the track's number in the timeline */
	struct format_plan plan;
	AVCodecParameters *parameters;
	struct transform *transform;
	size_t mux_track;
	struct depay_unit unit; /* the next; borrowed from the track */
	bool has_unit;
	bool is_used;             /* there was a unit to begin with */
	int64_t pts_us;           /* of `unit` */
	int64_t start_us, end_us; /* of what was written */
};

struct pipeline {
	const struct pipeline_options *options;
	struct report *report;
	struct timeline *timeline;
	struct lane *lanes;
	size_t lane_count;
	int64_t base_us; /* of the timeline, at the output's zero */
	uint64_t size;   /* of all input files */
	struct mux *mux;
	AVPacket *packet;
};

static bool is_wanted(const struct pipeline *pipeline, enum codec_kind kind)
{
	const char *codec = kind == CODEC_VIDEO ? pipeline->options->video_codec
						: pipeline->options->audio_codec;
	return kind != CODEC_DATA && (codec == NULL || strcmp(codec, "none") != 0);
}

/* ---- opening ---- */

static void leave_out(struct report_track *row, bool is_loss, const char *why)
{
	row->unused = g_strdup(why);
	row->is_loss = is_loss;
}

/* Why the open track is not to be in the output; NULL when it is. */
static const char *reason_against(
	const struct pipeline *pipeline, const struct mjr_info *info, bool is_on_timeline)
{
	if (info->codec->kind == CODEC_DATA)
		return "data is neither sound nor picture";
	if (!is_wanted(pipeline, info->codec->kind))
		return "not wanted";
	if (info->is_encrypted)
		return "it is encrypted end to end";
	return is_on_timeline ? NULL : "it holds no packet";
}

/* A track that cannot be used is no failure while another can. */
static void open_lane(struct pipeline *pipeline, const struct input_track *input,
	const struct sync_track *sync, struct fault *fault)
{
	/* A file that was named by somebody else may have no label. */
	g_autofree char *name = input->label[0] != '\0' ? g_strdup(input->label)
							: g_path_get_basename(input->files[0]);
	struct report_track *row = report_add_track(pipeline->report, name);
	struct lane lane = {
		.report_index = pipeline->report->tracks->len - 1,
		.clock = sync->number,
	};
	if (track_open(&lane.track, input, fault) < 0) {
		leave_out(row, true, fault->text);
		return;
	}
	const struct mjr_info *info = track_info(lane.track);
	row->codec = info->codec;
	const char *why = reason_against(pipeline, info, sync->is_on_timeline);
	if (why != NULL) {
		bool is_expected =
			info->codec->kind == CODEC_DATA || !is_wanted(pipeline, info->codec->kind);
		leave_out(row, !is_expected, why);
		track_close(lane.track);
		return;
	}
	pipeline->size += track_file_size(lane.track);
	pipeline->lanes[pipeline->lane_count++] = lane;
}

static void open_lanes(struct pipeline *pipeline, const struct input *input, struct fault *fault)
{
	g_autofree struct sync_track *sync = g_new0(struct sync_track, input->track_count);
	pipeline->timeline = sync_create(input, sync);
	for (size_t i = 0; i < input->track_count; i++)
		if (!input->tracks[i].is_rtcp)
			open_lane(pipeline, &input->tracks[i], &sync[i], fault);
}

/* ---- first units ---- */

static int pull_unit(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	int err = track_pull(lane->track, &lane->unit, fault);
	lane->has_unit = err == STAGE_OK;
	if (lane->has_unit)
		lane->pts_us =
			timeline_pts_us(pipeline->timeline, lane->clock, lane->unit.timestamp);
	return err == STAGE_END ? 0 : err;
}

static int plan_lane(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	const struct pipeline_options *options = pipeline->options;
	const struct mjr_info *info = track_info(lane->track);
	bool is_video = info->codec->kind == CODEC_VIDEO;
	struct format_wish wish = {
		.codec = is_video ? options->video_codec : options->audio_codec,
		.is_encoded = is_video ? options->video_bitrate != 0
				       : options->audio_bitrate != 0 || options->audio_rate != 0,
	};
	return format_plan(&lane->plan, options->format, info->codec, &wish, fault);
}

/* Pulls until there is a unit from which the stream can be understood. */
static int begin_lane(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	const struct mjr_info *info = track_info(lane->track);
	int err = plan_lane(pipeline, lane, fault);
	if (err == 0)
		err = track_begin(lane->track, fault);
	while (err == 0 && (err = pull_unit(pipeline, lane, fault)) == 0 && lane->has_unit) {
		err = parameters_read(
			&lane->parameters, lane->plan.from, lane->unit.data, info->fmtp, fault);
		if (err != -EBADMSG)
			return err;
		track_reject(lane->track);
		err = 0;
	}
	return err;
}

static void fill_report(const struct pipeline *pipeline, const struct lane *lane)
{
	struct report_track *row = report_track(pipeline->report, lane->report_index);
	row->bytes = *track_bytes(lane->track);
	row->packets = *track_packets(lane->track);
	row->units = *track_stats(lane->track);
	row->is_synchronised = timeline_is_synchronised(pipeline->timeline, lane->clock);
	row->to = lane->plan.to;
	row->transcoded_because = lane->plan.reason;
	row->start_us = lane->start_us;
	row->end_us = lane->end_us;
	if (lane->transform != NULL)
		row->transform = lane->transform->stats;
}

static void close_lane(struct lane *lane)
{
	transform_destroy(lane->transform);
	avcodec_parameters_free(&lane->parameters);
	track_close(lane->track);
}

/* "audio: why; video: why", when there is nothing to convert. */
static char *join_reasons(const struct report *report)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < report->tracks->len; i++) {
		const struct report_track *row = report_track(report, i);
		g_string_append_printf(
			text, "%s%s: %s", i > 0 ? "; " : "", row->label, row->unused);
	}
	if (text->len == 0)
		g_string_append(text, "there is neither sound nor picture");
	return g_string_free(text, FALSE);
}

/* Time zero is the earliest unit of all lanes; those without a single usable unit stay unused. */
static int begin_lanes(struct pipeline *pipeline, struct fault *fault)
{
	bool has_any = false;
	pipeline->base_us = INT64_MAX;
	for (size_t i = 0; i < pipeline->lane_count; i++) {
		struct lane *lane = &pipeline->lanes[i];
		int err = begin_lane(pipeline, lane, fault);
		if (err < 0)
			return err;
		lane->is_used = lane->has_unit;
		has_any |= lane->is_used;
		if (lane->is_used)
			pipeline->base_us = MIN(pipeline->base_us, lane->pts_us);
		else
			leave_out(report_track(pipeline->report, lane->report_index), true,
				"nothing of it can be shown");
	}
	if (has_any)
		return 0;
	g_autofree char *reasons = join_reasons(pipeline->report);
	return fault_set(fault, FAULT_INPUT, -ENODATA, "%s", reasons);
}

/* ---- the output ---- */

static int create_transform(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	const struct pipeline_options *options = pipeline->options;
	bool has_global_header = mux_needs_global_headers(pipeline->mux);
	if (lane->plan.is_copy)
		return copy_create(&lane->transform, lane->parameters, fault);
	if (lane->plan.to->kind == CODEC_AUDIO) {
		struct audio_options audio = {lane->plan.to, options->audio_rate,
			options->audio_bitrate, has_global_header};
		return audio_create(&lane->transform, lane->parameters, &audio, fault);
	}
	struct video_options video = {lane->plan.to, options->video_bitrate, has_global_header};
	return video_create(&lane->transform, lane->parameters, &video, fault);
}

static void tell_plan(const struct pipeline *pipeline, const struct lane *lane)
{
	const struct format_plan *plan = &lane->plan;
	if (plan->is_copy)
		return;
	g_autofree char *sentence = g_strdup_printf("%s is transcoded from %s to %s: %s",
		report_track(pipeline->report, lane->report_index)->label, plan->from->name,
		plan->to->name, plan->reason);
	pipeline->options->notice(pipeline->options->ctx, sentence);
}

static int open_output(struct pipeline *pipeline, struct fault *fault)
{
	const struct pipeline_options *options = pipeline->options;
	struct mux_options mux_options = {
		options->output, options->format, options->may_overwrite, options->created_us};
	int err = mux_open(&pipeline->mux, &mux_options, fault);
	for (size_t i = 0; err == 0 && i < pipeline->lane_count; i++) {
		struct lane *lane = &pipeline->lanes[i];
		if (!lane->is_used)
			continue;
		tell_plan(pipeline, lane);
		if ((err = create_transform(pipeline, lane, fault)) == 0)
			err = mux_add_track(pipeline->mux, &lane->mux_track,
				lane->transform->parameters, lane->transform->time_base, fault);
	}
	return err == 0 ? mux_start(pipeline->mux, fault) : err;
}

/* ---- merging ---- */

static int drain(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	AVPacket *packet = pipeline->packet;
	for (;;) {
		int err = transform_pull(lane->transform, packet, fault);
		if (err == STAGE_AGAIN || err == STAGE_END)
			return 0;
		if (err == STAGE_OK)
			err = mux_write(pipeline->mux, lane->mux_track, packet, fault);
		av_packet_unref(packet);
		if (err < 0)
			return err;
	}
}

static int write_unit(struct pipeline *pipeline, struct lane *lane, struct fault *fault)
{
	const struct codec *codec = track_info(lane->track)->codec;
	struct transform_unit unit = {
		.data = lane->unit.data,
		.pts_us = MAX(lane->pts_us - pipeline->base_us, 0),
		.duration_us = (int64_t)lane->unit.duration * 1000000 / codec->clock_rate,
		.is_keyframe = lane->unit.is_keyframe || codec->kind == CODEC_AUDIO,
	};
	if (lane->end_us == 0)
		lane->start_us = unit.pts_us;
	lane->end_us = MAX(lane->end_us, unit.pts_us + unit.duration_us);
	int err = transform_push(lane->transform, &unit, fault);
	return err == 0 ? drain(pipeline, lane, fault) : err;
}

static struct lane *earliest(const struct pipeline *pipeline)
{
	struct lane *first = NULL;
	for (size_t i = 0; i < pipeline->lane_count; i++) {
		struct lane *lane = &pipeline->lanes[i];
		if (lane->has_unit && (first == NULL || lane->pts_us < first->pts_us))
			first = lane;
	}
	return first;
}

static void tell_progress(const struct pipeline *pipeline, int64_t time_us)
{
	uint64_t done = 0;
	for (size_t i = 0; i < pipeline->lane_count; i++)
		done += track_bytes(pipeline->lanes[i].track)->bytes;
	progress_update(pipeline->options->progress, done, pipeline->size, time_us);
}

static int merge(struct pipeline *pipeline, struct fault *fault)
{
	struct lane *lane;
	while ((lane = earliest(pipeline)) != NULL) {
		if (pipeline->options->is_cancelled(pipeline->options->ctx))
			return fault_set(fault, FAULT_OUTPUT, -EINTR, "interrupted");
		int err = write_unit(pipeline, lane, fault);
		if (err == 0)
			err = pull_unit(pipeline, lane, fault);
		if (err == 0 && !lane->has_unit &&
			(err = transform_end(lane->transform, fault)) == 0)
			err = drain(pipeline, lane, fault);
		if (err < 0)
			return err;
		tell_progress(pipeline, lane->end_us);
	}
	return 0;
}

static void finish_report(struct pipeline *pipeline)
{
	struct report *report = pipeline->report;
	report->size = mux_size(pipeline->mux);
	report->moved = mux_moved(pipeline->mux);
	for (size_t i = 0; i < pipeline->lane_count; i++) {
		const struct lane *lane = &pipeline->lanes[i];
		fill_report(pipeline, lane);
		if (track_info(lane->track)->first_frame_us != 0)
			report->origin_us =
				timeline_origin_us(pipeline->timeline) + pipeline->base_us;
		report->duration_us = MAX(report->duration_us, lane->end_us);
	}
}

int pipeline_run(const struct pipeline_options *options, const struct input *input,
	struct report *report, struct fault *fault)
{
	struct pipeline pipeline = {
		.options = options,
		.report = report,
		.lanes = g_new0(struct lane, input->track_count),
		.packet = av_packet_alloc(),
	};
	int err = -ENOMEM;
	if (pipeline.packet == NULL)
		goto end;
	open_lanes(&pipeline, input, fault);
	if ((err = begin_lanes(&pipeline, fault)) < 0 ||
		(err = open_output(&pipeline, fault)) < 0 || (err = merge(&pipeline, fault)) < 0 ||
		(err = mux_finish(pipeline.mux, fault)) < 0)
		goto end;
	finish_report(&pipeline);
end:
	for (size_t i = 0; i < pipeline.lane_count; i++)
		close_lane(&pipeline.lanes[i]);
	g_free(pipeline.lanes);
	mux_destroy(pipeline.mux);
	av_packet_free(&pipeline.packet);
	timeline_destroy(pipeline.timeline);
	return err;
}
