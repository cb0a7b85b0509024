/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording goes on to its next parts because those in hand are old or large
 * enough. The first video track that has packets leads: where its keyframe came,
 * all tracks are cut, other video at keyframes of its own. Everything is decided by
 * what waits in the rings, before it is drained. Thread: writer.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/track_priv.h"

enum {
	NEAR_US = 1000000 /* the deadline is; far more than the writer may be ahead of the intake */
};

static bool is_led_by_keyframes(const struct track *track)
{
	int64_t first_us;
	return track->codec->kind == CODEC_VIDEO && track->codec->is_keyframe != NULL &&
	       drain_first_us(&first_us, &track->drain);
}

/* The parts of a recording are as old as its first packet. */
static void begin(struct recording *recording, int64_t now_us)
{
	int64_t from_us = INT64_MAX, first_us;
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (drain_first_us(&first_us, &recording->tracks[i]->drain))
			from_us = MIN(from_us, first_us);
	if (from_us < INT64_MAX)
		rotation_begin(&recording->rotation, from_us, now_us,
			clock_real_us(recording->engine->params.clock));
}

void recording_rotation_restart(struct recording *recording, int64_t now_us)
{
	recording->is_cutting = recording->has_asked = false;
	if (recording->rotation.has_begun)
		rotation_begin(&recording->rotation, now_us, now_us,
			clock_real_us(recording->engine->params.clock));
}

/* Parts that no manifest lists would be found by their numbers alone, and not many of them. */
static bool may_rotate(const struct recording *recording)
{
	size_t parts = recording->part_number * recording->manifest.track_count;
	return recording->save_error == 0 && parts < ROTATION_PARTS_MAX;
}

static uint64_t size_of_parts(const struct recording *recording)
{
	uint64_t sum = recording_parts_pending(recording);
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		sum += drain_part_size(&recording->tracks[i]->drain);
	return sum;
}

static void ask_for_keyframes(struct recording *recording)
{
	const struct engine_event wanted = {ENGINE_KEYFRAME_WANTED, .recording = recording};
	recording->has_asked = true;
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_want_keyframe(recording->tracks[i]);
	engine_emit(recording->engine, &wanted);
}

static int64_t patience_ends_us(const struct recording *recording)
{
	return recording->rotation.due_us + ROTATION_PATIENCE_US;
}

/* The keyframe at which this track is to be cut, if it came before patience ended. */
static bool find_keyframe(
	struct drain_cut *out, struct recording *recording, struct track *track, uint8_t *scratch)
{
	return drain_find_keyframe(out, &track->drain, recording->rotation.due_us, scratch) &&
	       out->arrival_us < patience_ends_us(recording);
}

static struct track *find_leader(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		if (is_led_by_keyframes(recording->tracks[i]))
			return recording->tracks[i];
	return NULL;
}

/* Whether it is known by now when all tracks are cut. */
static bool decide(struct recording *recording, int64_t now_us, uint8_t *scratch)
{
	struct drain_cut cut = {.arrival_us = recording->rotation.due_us};
	struct track *leader = find_leader(recording);
	bool is_known = leader == NULL || find_keyframe(&cut, recording, leader, scratch);
	recording->cut_us = is_known ? cut.arrival_us : patience_ends_us(recording);
	return is_known || now_us >= recording->cut_us;
}

static void warn(const struct recording *recording, size_t index)
{
	engine_log(recording->engine, ENGINE_LOG_WARNING,
		"recording '%s', %s: part %" G_GUINT32_FORMAT
		" begins without a keyframe: none has come in time",
		recording->manifest.name, recording->manifest.tracks[index].label,
		recording->part_number);
}

/* Of video. False: a keyframe may yet come. */
static bool find_picture(struct drain_cut *out, struct recording *recording, size_t index,
	int64_t now_us, uint8_t *scratch)
{
	struct track *track = recording->tracks[index];
	if (find_keyframe(out, recording, track, scratch))
		return true;
	int64_t end_us = patience_ends_us(recording);
	bool is_found = drain_find(out, &track->drain, MIN(now_us, end_us), scratch);
	if (is_found && now_us >= end_us)
		warn(recording, index);
	return now_us >= end_us;
}

/* Where the track is cut; or, false, up to where it may be drained before that is known. */
static bool find_cut(struct drain_cut *out, struct recording *recording, size_t index,
	int64_t now_us, uint8_t *scratch)
{
	struct track *track = recording->tracks[index];
	if (is_led_by_keyframes(track))
		return find_picture(out, recording, index, now_us, scratch) &&
		       recording->is_cutting;
	/* What came later than `now_us` may belong behind a keyframe that was not seen. */
	int64_t from_us = recording->is_cutting ? recording->cut_us : now_us;
	(void)drain_find(out, &track->drain, from_us, scratch);
	return recording->is_cutting;
}

static bool has_gone_on(const struct recording *recording, size_t index)
{
	const struct drain_context *context = recording->tracks[index]->drain.context;
	return recording->is_cutting && context->part_number == recording->part_number;
}

static void end_cut(struct recording *recording, int64_t now_us)
{
	recording->is_cutting = recording->has_asked = false;
	rotation_begin(&recording->rotation, recording->cut_us, now_us,
		clock_real_us(recording->engine->params.clock));
}

/*
 * Drains the tracks up to where they are cut, and lets them go on. 1: all have; 0: some have not;
 * or what the disk says.
 */
static int cut(struct recording *recording, int64_t now_us, uint8_t *scratch)
{
	bool is_switched[RECORDING_ALL_TRACKS_MAX] = {0};
	size_t gone = 0, switched = 0;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct track *track = recording->tracks[i];
		struct drain_cut at;
		if (has_gone_on(recording, i)) {
			gone++;
			continue;
		}
		is_switched[i] = find_cut(&at, recording, i, now_us, scratch);
		track->drain.until = at.position;
		int err = is_switched[i] ? track_drain(track, at.position, scratch) : 0;
		if (err < 0)
			return err;
		switched += is_switched[i];
	}
	if (switched > 0)
		recording_parts_switch(recording, is_switched);
	return gone + switched == recording->manifest.track_count;
}

/* What comes before the deadline is read may have come after it. */
static void hold_back(struct recording *recording, int64_t now_us, uint8_t *scratch)
{
	int64_t deadline_us = recording->rotation.deadline_us;
	bool is_near = deadline_us - now_us < NEAR_US && may_rotate(recording);
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		struct drain *drain = &recording->tracks[i]->drain;
		struct drain_cut at = {.position = DRAIN_ALL};
		if (is_near && recording->rotation.has_begun)
			(void)drain_find(&at, drain, deadline_us, scratch);
		drain->until = at.position;
	}
}

static bool is_due(struct recording *recording, int64_t now_us)
{
	if (!recording->rotation.has_begun)
		begin(recording, now_us);
	return recording->is_cutting ||
	       (may_rotate(recording) &&
		       rotation_look(&recording->rotation, now_us, size_of_parts(recording)));
}

int recording_rotate(struct recording *recording, int64_t now_us, uint8_t *scratch)
{
	if (!rotation_is_on(&recording->rotation))
		return 0;
	/* More than once, when the writer comes late. */
	while (is_due(recording, now_us)) {
		if (!recording->is_cutting && decide(recording, now_us, scratch)) {
			recording->is_cutting = true;
			recording->part_number++;
		}
		if (!recording->is_cutting && !recording->has_asked)
			ask_for_keyframes(recording);
		int is_over = cut(recording, now_us, scratch);
		if (is_over <= 0)
			return is_over;
		end_cut(recording, now_us);
	}
	hold_back(recording, now_us, scratch);
	return 0;
}
