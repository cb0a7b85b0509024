/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks come and go while media threads push. */
#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "common/manifest.h"
#include "recording/fanout.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	ROUNDS = 60,
	BUDGET = 5000,
	TRACK_AUDIO = 0,
	TRACK_VIDEO = 1,
	TRACK_TEXT = 2,
};

struct fire {
	struct rig rig;
	struct fanout *audio;
	struct fanout *text;
	atomic_bool is_over;
	_Atomic int64_t budget;   /* pushes until the threads rest: no ring may overflow */
	_Atomic uint64_t packets; /* pushed so far */
	_Atomic uint64_t messages;
};

static bool may_push(struct fire *fire)
{
	if (fire->budget > 0 && atomic_fetch_sub(&fire->budget, 1) > 0)
		return true;
	g_thread_yield();
	return false;
}

static void *push_audio(void *data)
{
	struct fire *fire = data;
	uint16_t seq = 0;
	while (!fire->is_over) {
		if (!may_push(fire))
			continue;
		uint8_t packet[200];
		size_t len = rig_rtp(packet, seq, seq * 960u, 60);
		seq++;
		fanout_push_rtp(fire->audio, packet, len);
		fire->packets++;
	}
	return NULL;
}

static void *push_text(void *data)
{
	struct fire *fire = data;
	while (!fire->is_over) {
		if (!may_push(fire))
			continue;
		fanout_push_message(fire->text, (const uint8_t *)"hello", 5);
		fire->messages++;
	}
	return NULL;
}

/* So that every recording gets something of both. */
static void wait_for_pushes(struct fire *fire)
{
	uint64_t packets = fire->packets, messages = fire->messages;
	while (fire->packets < packets + 3 || fire->messages < messages + 3) {
		if (fire->budget <= 0)
			fire->budget = BUDGET;
		g_thread_yield();
	}
}

static void assert_whole(struct fire *fire, const char *name)
{
	struct manifest manifest;
	g_autofree char *file = g_strconcat(name, ".json", NULL);
	rig_load_manifest(&manifest, &fire->rig, file);
	const struct manifest_track *audio = &manifest.tracks[TRACK_AUDIO];
	g_assert_cmpuint(audio->part_count, ==, 1);
	g_assert_cmpuint(audio->quality.dropped, ==, 0);
	g_assert_cmpuint(audio->quality.lost, ==, 0);
	g_assert_cmpuint(audio->quality.duplicated, ==, 0);
	g_assert_cmpuint(
		rig_count_frames(&fire->rig, audio->parts[0].file), ==, audio->parts[0].packets);
	const struct manifest_track *text = &manifest.tracks[TRACK_TEXT];
	g_assert_cmpuint(
		rig_count_frames(&fire->rig, text->parts[0].file), ==, text->parts[0].packets);
	manifest_fini(&manifest);
}

static void recordings_come_and_go_under_fire(void)
{
	struct fire fire = {.audio = fanout_create(), .text = fanout_create()};
	rig_init(&fire.rig, &(struct engine_params){.flush_interval_ms = 1, .writer_threads = 2});
	GThread *threads[] = {
		g_thread_new("audio", push_audio, &fire),
		g_thread_new("text", push_text, &fire),
		g_thread_new("timer", push_text, &fire),
	};
	struct recording *before = NULL;
	for (int i = 0; i < ROUNDS; i++) {
		fire.budget = BUDGET;
		/* Two at a time, overlapping. */
		struct recording *recording = rig_start(&fire.rig, "call");
		fanout_add(fire.audio, recording_track(recording, TRACK_AUDIO));
		fanout_add(fire.text, recording_track(recording, TRACK_TEXT));
		wait_for_pushes(&fire);
		if (before != NULL) {
			g_autofree char *name = g_strdup(recording_name(before));
			fanout_remove(fire.audio, recording_track(before, TRACK_AUDIO));
			fanout_remove(fire.text, recording_track(before, TRACK_TEXT));
			rig_stop(&fire.rig, before);
			assert_whole(&fire, name);
		}
		before = recording;
	}
	fire.is_over = true;
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	rig_stop(&fire.rig, before);
	fanout_destroy(fire.audio);
	fanout_destroy(fire.text);
	rig_fini(&fire.rig);
}

static void feeds_every_track_and_counts_for_each(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct fanout *fanout = fanout_create();
	struct recording *recordings[3];
	uint8_t packet[100];
	for (size_t i = 0; i < 3; i++) {
		recordings[i] = rig_start(&rig, "call");
		fanout_add(fanout, recording_track(recordings[i], TRACK_VIDEO));
		size_t len = rig_rtp(packet, (uint16_t)i, 0, 20);
		fanout_push_rtp(fanout, packet, len);
	}
	fanout_count_malformed(fanout);
	fanout_count_keyframe_request(fanout);
	fanout_remove(fanout, recording_track(recordings[1], TRACK_VIDEO));
	fanout_remove(fanout, recording_track(recordings[1], TRACK_AUDIO)); /* never was in it */
	fanout_count_keyframe_request(fanout);
	static const struct {
		const char *file;
		unsigned packets, requests;
	} EXPECTED[] = {{"call.json", 3, 2}, {"call-1.json", 2, 1}, {"call-2.json", 1, 2}};
	for (size_t i = 0; i < 3; i++) {
		rig_stop(&rig, recordings[i]);
		struct manifest manifest;
		rig_load_manifest(&manifest, &rig, EXPECTED[i].file);
		const struct manifest_quality *quality = &manifest.tracks[TRACK_VIDEO].quality;
		g_assert_cmpuint(quality->received, ==, EXPECTED[i].packets);
		g_assert_cmpuint(quality->malformed, ==, 1);
		g_assert_cmpuint(quality->keyframe_requests, ==, EXPECTED[i].requests);
		manifest_fini(&manifest);
	}
	fanout_destroy(fanout);
	rig_fini(&rig);
}

static void wants_a_keyframe_until_every_track_has_one(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct fanout *fanout = fanout_create();
	g_assert_false(fanout_wants_keyframe(fanout));
	struct recording *first = rig_start(&rig, "first");
	fanout_add(fanout, recording_track(first, TRACK_VIDEO));
	g_assert_true(fanout_wants_keyframe(fanout));

	/* VP8: descriptor S=1; then P=1 (a delta picture) or P=0 (a keyframe). */
	uint8_t packet[40];
	size_t len = rig_rtp(packet, 1, 3000, 20);
	packet[12] = 0x10;
	packet[13] = 0x01;
	fanout_push_rtp(fanout, packet, len);
	g_assert_true(fanout_wants_keyframe(fanout));
	packet[13] = 0x00;
	fanout_push_rtp(fanout, packet, len);
	g_assert_false(fanout_wants_keyframe(fanout));

	struct recording *second = rig_start(&rig, "second");
	fanout_add(fanout, recording_track(second, TRACK_VIDEO));
	g_assert_true(fanout_wants_keyframe(fanout));
	fanout_remove(fanout, recording_track(second, TRACK_VIDEO));
	g_assert_false(fanout_wants_keyframe(fanout));
	fanout_add(fanout, recording_track(second, TRACK_AUDIO));
	g_assert_false(fanout_wants_keyframe(fanout));
	rig_stop(&rig, first);
	rig_stop(&rig, second);
	fanout_destroy(fanout);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fanout/feeds_every_track_and_counts_for_each",
		feeds_every_track_and_counts_for_each);
	g_test_add_func("/fanout/wants_a_keyframe_until_every_track_has_one",
		wants_a_keyframe_until_every_track_has_one);
	g_test_add_func(
		"/fanout/recordings_come_and_go_under_fire", recordings_come_and_go_under_fire);
	return g_test_run();
}
