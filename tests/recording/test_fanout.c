/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks come and go while media threads push. */
#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "common/manifest.h"
#include "recording/fanout.h"
#include "recording/gate.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	ROUNDS = 60,
	BUDGET = 5000,
	TRACK_AUDIO = 0,
	TRACK_VIDEO = 1,
	TRACK_TEXT = 2,
};

/* One published track. */
struct lane {
	struct fanout fanout;
	_Atomic int64_t budget; /* pushes until its threads rest: no ring may overflow */
	_Atomic uint64_t pushed;
};

struct fire {
	struct rig rig;
	struct gate gate;
	struct lane audio;
	struct lane text;
	atomic_bool is_over;
};

static bool may_push(struct lane *lane)
{
	if (lane->budget > 0 && atomic_fetch_sub(&lane->budget, 1) > 0)
		return true;
	g_thread_yield();
	return false;
}

static void *push_audio(void *data)
{
	struct fire *fire = data;
	uint16_t seq = 0;
	while (!fire->is_over) {
		if (!may_push(&fire->audio))
			continue;
		uint8_t packet[200];
		size_t len = rig_rtp(packet, seq, seq * 960u, 60);
		seq++;
		unsigned token = gate_enter(&fire->gate);
		fanout_push_rtp(&fire->audio.fanout, packet, len);
		gate_leave(&fire->gate, token);
		fire->audio.pushed++;
	}
	return NULL;
}

static void *push_text(void *data)
{
	struct fire *fire = data;
	while (!fire->is_over) {
		if (!may_push(&fire->text))
			continue;
		unsigned token = gate_enter(&fire->gate);
		fanout_push_message(&fire->text.fanout, (const uint8_t *)"hello", 5);
		gate_leave(&fire->gate, token);
		fire->text.pushed++;
	}
	return NULL;
}

/* So that every recording gets something: at least one that began after the call. */
static void wait_for_pushes(struct lane *lane)
{
	uint64_t pushed = lane->pushed;
	while (lane->pushed < pushed + 3) {
		if (lane->budget <= 0)
			lane->budget = 3;
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

static void add(struct fire *fire, struct recording *recording)
{
	fanout_add(&fire->audio.fanout, recording_track(recording, TRACK_AUDIO));
	fanout_add(&fire->text.fanout, recording_track(recording, TRACK_TEXT));
}

static void remove_and_check(struct fire *fire, struct recording *recording)
{
	g_autofree char *name = g_strdup(recording_name(recording));
	fanout_remove(&fire->audio.fanout, recording_track(recording, TRACK_AUDIO));
	fanout_remove(&fire->text.fanout, recording_track(recording, TRACK_TEXT));
	gate_synchronise(&fire->gate);
	rig_stop(&fire->rig, recording);
	assert_whole(fire, name);
}

static void recordings_come_and_go_under_fire(void)
{
	struct fire fire = {0};
	gate_init(&fire.gate);
	rig_init(&fire.rig, &(struct engine_params){.flush_interval_ms = 1, .writer_threads = 2});
	GThread *threads[] = {
		g_thread_new("audio", push_audio, &fire),
		g_thread_new("text", push_text, &fire),
		g_thread_new("timer", push_text, &fire),
	};
	struct recording *before = NULL;
	for (int i = 0; i < ROUNDS; i++) {
		/* Two at a time, overlapping; each lives for two budgets. */
		struct recording *recording = rig_start(&fire.rig, "call");
		fire.audio.budget = fire.text.budget = BUDGET;
		add(&fire, recording);
		wait_for_pushes(&fire.audio);
		wait_for_pushes(&fire.text);
		if (before != NULL)
			remove_and_check(&fire, before);
		before = recording;
	}
	remove_and_check(&fire, before);
	fire.is_over = true;
	for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	rig_fini(&fire.rig);
}

static void feeds_every_track_and_counts_for_each(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct fanout fanout = {.first = NULL};
	struct recording *recordings[3];
	uint8_t packet[100];
	for (size_t i = 0; i < 3; i++) {
		recordings[i] = rig_start(&rig, "call");
		fanout_add(&fanout, recording_track(recordings[i], TRACK_VIDEO));
		size_t len = rig_rtp(packet, (uint16_t)i, 0, 20);
		fanout_push_rtp(&fanout, packet, len);
	}
	fanout_count_malformed(&fanout);
	fanout_count_keyframe_request(&fanout);
	fanout_remove(&fanout, recording_track(recordings[1], TRACK_VIDEO));
	fanout_remove(&fanout, recording_track(recordings[1], TRACK_AUDIO)); /* never was in it */
	fanout_count_keyframe_request(&fanout);
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
	rig_fini(&rig);
}

static void wants_a_keyframe_until_every_track_has_one(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct fanout fanout = {.first = NULL};
	g_assert_false(fanout_wants_keyframe(&fanout));
	struct recording *first = rig_start(&rig, "first");
	fanout_add(&fanout, recording_track(first, TRACK_VIDEO));
	g_assert_true(fanout_wants_keyframe(&fanout));

	/* VP8: descriptor S=1; then P=1 (a delta picture) or P=0 (a keyframe). */
	uint8_t packet[40];
	size_t len = rig_rtp(packet, 1, 3000, 20);
	packet[12] = 0x10;
	packet[13] = 0x01;
	fanout_push_rtp(&fanout, packet, len);
	g_assert_true(fanout_wants_keyframe(&fanout));
	packet[13] = 0x00;
	fanout_push_rtp(&fanout, packet, len);
	g_assert_false(fanout_wants_keyframe(&fanout));

	struct recording *second = rig_start(&rig, "second");
	fanout_add(&fanout, recording_track(second, TRACK_VIDEO));
	g_assert_true(fanout_wants_keyframe(&fanout));
	fanout_remove(&fanout, recording_track(second, TRACK_VIDEO));
	g_assert_false(fanout_wants_keyframe(&fanout));
	fanout_add(&fanout, recording_track(second, TRACK_AUDIO));
	g_assert_false(fanout_wants_keyframe(&fanout));
	rig_stop(&rig, first);
	rig_stop(&rig, second);
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
