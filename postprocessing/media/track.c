/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader → reorder → depay for one track, and the policy on damage.
 */
#include "postprocessing/media/track.h"

#include <errno.h>

struct track {
	const char *path; /* of its first file, for messages */
	struct reader *reader;
	struct reorder *reorder;
	struct depay *depay;
	struct track_stats stats;
	bool is_video;
	bool has_begun;
	bool needs_keyframe;
};

int track_open(struct track **out, const struct input_track *input, struct fault *fault)
{
	struct track *track = g_new0(struct track, 1);
	track->path = input->files[0];
	const char *what = NULL;
	int err = reader_open_files(&track->reader, input->files, input->file_count, &what);
	if (err < 0)
		goto fail;
	const struct codec *codec = reader_info(track->reader)->codec;
	track->is_video = track->needs_keyframe = codec->kind == CODEC_VIDEO;
	track->reorder = reorder_create(track->reader);
	*out = track;
	return 0;
fail:
	track_close(track);
	return fault_set(fault, FAULT_INPUT, err, "%s", what != NULL ? what : g_strerror(-err));
}

int track_begin(struct track *track, struct fault *fault)
{
	const struct codec *codec = reader_info(track->reader)->codec;
	int err = depay_create(&track->depay, track->reorder, codec);
	return err < 0 ? fault_set(fault, FAULT_INPUT, err, "%s: %s cannot be taken apart yet",
				 track->path, codec->name)
		       : 0;
}

void track_close(struct track *track)
{
	if (track == NULL)
		return;
	depay_destroy(track->depay);
	reorder_destroy(track->reorder);
	reader_close(track->reader);
	g_free(track);
}

/* Counts the unit; true when it is fit to be used. */
static bool is_fit(struct track *track, const struct depay_unit *unit)
{
	struct track_stats *stats = &track->stats;
	if (unit->lost_before > 0)
		track->needs_keyframe = track->is_video;
	if (unit->is_damaged) {
		stats->damaged++;
		track->needs_keyframe = track->is_video;
		return false;
	}
	if (track->needs_keyframe && !unit->is_keyframe) {
		if (track->has_begun)
			stats->after_damage++;
		else
			stats->before_keyframe++;
		return false;
	}
	track->needs_keyframe = false;
	track->has_begun = true;
	stats->used++;
	stats->keyframes += unit->is_keyframe;
	return true;
}

int track_pull(struct track *track, struct depay_unit *out, struct fault *fault)
{
	int err;
	do {
		err = depay_pull(track->depay, out);
	} while (err == STAGE_OK && !is_fit(track, out));
	if (err != STAGE_OK && err != STAGE_END)
		fault_set(fault, FAULT_INPUT, err, "reading %s: %s", track->path, g_strerror(-err));
	return err;
}

void track_reject(struct track *track)
{
	track->stats.used--;
	track->stats.keyframes--;
	track->stats.before_keyframe++;
	track->has_begun = false;
	track->needs_keyframe = track->is_video;
}

const struct mjr_info *track_info(const struct track *track)
{
	return reader_info(track->reader);
}

const struct track_stats *track_stats(const struct track *track)
{
	return &track->stats;
}

const struct reorder_stats *track_packets(const struct track *track)
{
	return reorder_stats(track->reorder);
}

const struct reader_stats *track_bytes(const struct track *track)
{
	return reader_stats(track->reader);
}

uint64_t track_file_size(const struct track *track)
{
	return reader_file_size(track->reader);
}
