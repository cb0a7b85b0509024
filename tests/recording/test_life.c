/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How recordings begin and end, alone, in crowds, and when something is in the way. */
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <string.h>

#include "common/codec.h"
#include "common/manifest.h"
#include "recording/ring.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

static void a_hundred_run_at_once(void)
{
	enum {
		COUNT = 100
	};
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 5, .writer_threads = 3});
	struct recording *recordings[COUNT];
	for (size_t i = 0; i < COUNT; i++)
		recordings[i] = rig_start(&rig, "call");
	for (uint16_t seq = 0; seq < 40; seq++) {
		for (size_t i = 0; i < COUNT; i++) {
			uint8_t packet[400];
			size_t len = rig_rtp(packet, seq, seq * 960u, 100 + i);
			track_push_rtp(recording_track(recordings[i], 0), packet, len);
			track_push_rtp(recording_track(recordings[i], 1), packet, len);
		}
		rig_advance(&rig, 20000);
	}
	for (size_t i = 0; i < COUNT; i++)
		recording_stop(recordings[i], "stopped");
	rig_wait(&rig, ENGINE_RECORDING_FINISHED, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		g_autofree char *file =
			g_strconcat(recording_name(recordings[i]), "-video.mjr", NULL);
		g_assert_cmpuint(rig_count_frames(&rig, file), ==, 40);
		recording_put(recordings[i]);
	}
	rig_wait_for_no_rings(&rig);
	g_assert_cmpuint(rig_count_files(rig.folder), ==, 3 * COUNT);
	rig_fini(&rig);
}

static void stopping_twice_changes_nothing(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	recording_stop(recording, "stopped");
	recording_stop(recording, "hangup");
	rig_wait(&rig, ENGINE_RECORDING_FINISHED, 1);
	recording_stop(recording, "unpublished");
	json_t *snapshot = recording_snapshot(recording);
	g_assert_cmpstr(json_string_value(json_object_get(snapshot, "reason")), ==, "stopped");
	json_decref(snapshot);
	engine_destroy(g_steal_pointer(&rig.engine));
	recording_stop(recording, "late");
	g_assert_cmpuint(rig_events(&rig, ENGINE_RECORDING_FINISHED), ==, 1);
	recording_put(recording);
	rig_fini(&rig);
}

static void the_end_of_the_engine_completes_everything(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.writer_threads = 2});
	struct recording *kept = NULL;
	for (int i = 0; i < 5; i++) {
		struct recording *recording = rig_start(&rig, "call");
		uint8_t packet[100];
		for (uint16_t seq = 0; seq < 10; seq++) {
			size_t len = rig_rtp(packet, seq, seq, 50);
			track_push_rtp(recording_track(recording, 0), packet, len);
		}
		recording_put(kept);
		kept = recording;
	}
	engine_destroy(g_steal_pointer(&rig.engine));
	g_assert_cmpuint(rig_events(&rig, ENGINE_RECORDING_FINISHED), ==, 5);
	for (int i = 0; i < 5; i++) {
		g_autofree char *name = i == 0 ? g_strdup("call") : g_strdup_printf("call-%d", i);
		g_autofree char *json = g_strconcat(name, ".json", NULL);
		g_autofree char *audio = g_strconcat(name, "-audio.mjr", NULL);
		struct manifest manifest;
		rig_load_manifest(&manifest, &rig, json);
		g_assert_cmpint(manifest.state, ==, MANIFEST_COMPLETE);
		g_assert_cmpstr(manifest.reason, ==, "shutdown");
		g_assert_cmpuint(rig_count_frames(&rig, audio), ==, 10);
		manifest_fini(&manifest);
	}
	rig_wait_for_no_rings(&rig);
	/* A reference that outlives the engine is still good for reading. */
	g_assert_true(recording_has_ended(kept));
	json_decref(recording_summary(kept));
	recording_put(kept);
	rig_fini(&rig);
}

static void the_manifest_is_there_from_the_start(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording_spec spec = *rig_spec();
	json_t *metadata = json_pack("{s:[i,i], s:{s:n}}", "room", 1, 2, "deep", "x");
	spec.metadata = metadata;
	spec.login = "alice";
	struct recording *recording = NULL;
	g_assert_cmpint(recording_start(&recording, rig.engine, &spec), ==, 0);
	g_assert_cmpuint(rig_events(&rig, ENGINE_RECORDING_STARTED), ==, 1);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECORDING);
	g_assert_cmpstr(manifest.id, ==, recording_id(recording));
	g_assert_cmpstr(manifest.login, ==, "alice");
	g_assert_true(json_equal(manifest.metadata, metadata));
	g_assert_cmpint(manifest.created_us, ==, rig.real_us);
	g_assert_cmpint(manifest.ended_us, ==, 0);
	g_assert_null(manifest.reason);
	g_assert_cmpuint(manifest.track_count, ==, 4);
	manifest_fini(&manifest);
	json_decref(metadata);
	rig_stop(&rig, recording);
	rig_fini(&rig);
}

/* So that a process that comes after a crash finds the part's facts in the manifest. */
static void the_manifest_is_saved_when_a_part_begins(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 1});
	struct recording *recording = rig_start(&rig, "call");
	uint8_t packet[100];
	size_t len = rig_rtp(packet, 7, 7, 50);
	int replaces = rig.faults.replaces;
	track_push_rtp(recording_track(recording, 0), packet, len);
	while (rig.faults.replaces == replaces)
		g_thread_yield();
	/* The count goes up before the file is replaced; a second part's save comes after. */
	track_push_rtp(recording_track(recording, 1), packet, len);
	while (rig.faults.replaces == replaces + 1)
		g_thread_yield();
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECORDING);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 1);
	g_assert_cmpstr(manifest.tracks[0].parts[0].file, ==, "call-audio.mjr");
	g_assert_cmpuint(manifest.tracks[0].ssrc, ==, 0x11223344);
	g_assert_cmpint(manifest.tracks[0].info.first_frame_us, ==, rig.real_us);
	manifest_fini(&manifest);
	rig_stop(&rig, recording);
	rig_fini(&rig);
}

static void events_come_in_order(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	uint8_t packet[100];
	size_t len = rig_rtp(packet, 7, 7, 50);
	track_push_rtp(recording_track(recording, 0), packet, len);
	rig_stop(&rig, recording);
	g_autofree char *part = g_strdup_printf("part_finished call %s/call-audio.mjr", rig.folder);
	const char *expected[] = {
		"recording_started call -", part, "recording_finished call stopped"};
	g_assert_cmpuint(rig.log->len, ==, G_N_ELEMENTS(expected));
	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
		g_assert_cmpstr(rig.log->pdata[i], ==, expected[i]);
	rig_fini(&rig);
}

struct refusal {
	const char *name;
	size_t track_count;
	const char *fmtp; /* of the first track */
	int create_at, replace_at, error;
	int expected;
};

static char LONG_FMTP[2000];

static const struct refusal REFUSALS[] = {
	{"no_track", 0, NULL, 0, 0, 0, -EINVAL},
	{"too_many_tracks", RECORDING_TRACKS_MAX + 1, NULL, 0, 0, 0, -EINVAL},
	{"an_fmtp_that_fits_no_header", 1, LONG_FMTP, 0, 0, 0, -EOVERFLOW},
	{"no_space_for_the_manifest", 1, NULL, 1, 0, -ENOSPC, -ENOSPC},
	{"no_right_to_create", 1, NULL, 1, 0, -EACCES, -EACCES},
	{"no_space_for_its_content", 1, NULL, 0, 1, -ENOSPC, -ENOSPC},
};

static void test_refusal(gconstpointer data)
{
	const struct refusal *refusal = data;
	struct rig rig;
	rig_init(&rig, NULL);
	memset(LONG_FMTP, 'x', sizeof LONG_FMTP - 1);
	struct recording_track_spec tracks[RECORDING_TRACKS_MAX + 1];
	g_autofree char *fmtp = g_strdup(refusal->fmtp);
	for (size_t i = 0; i < G_N_ELEMENTS(tracks); i++)
		tracks[i] = (struct recording_track_spec){{.codec = codec_find("opus")}, "0", 0};
	tracks[0].info.fmtp = fmtp;
	struct recording_spec spec = *rig_spec();
	spec.tracks = tracks;
	spec.track_count = refusal->track_count;
	rig.faults.error = refusal->error;
	rig.faults.create_at = refusal->create_at;
	rig.faults.replace_at = refusal->replace_at;
	struct recording *recording = NULL;
	int err = recording_start(&recording, rig.engine, &spec);
	g_assert_cmpint(err, ==, refusal->expected);
	g_assert_null(recording);
	/* Nothing is left behind, nobody was told. */
	g_assert_cmpuint(rig_count_files(rig.folder), ==, 0);
	rig_wait_for_no_rings(&rig);
	g_assert_cmpuint(rig.log->len, ==, 0);
	rig_fini(&rig);
}

static void a_ring_that_cannot_be_made_leaves_nothing(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.ring_size = RING_SIZE_MIN + 1});
	struct recording *recording = NULL;
	int err = recording_start(&recording, rig.engine, rig_spec());
	g_assert_cmpint(err, ==, -EINVAL);
	g_assert_cmpuint(rig_count_files(rig.folder), ==, 0);
	rig_fini(&rig);
}

static void a_manifest_that_cannot_be_completed_keeps_the_rings(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	rig.faults.error = -ENOSPC;
	rig.faults.replace_at = 2;
	recording_stop(recording, "stopped");
	rig_wait(&rig, ENGINE_RECORDING_FAILED, 1);
	g_assert_cmpuint(rig_count_files(rig.ring_folder), ==, 4);
	json_t *summary = recording_summary(recording);
	g_assert_cmpstr(json_string_value(json_object_get(summary, "state")), ==, "failed");
	g_assert_cmpstr(json_string_value(json_object_get(summary, "reason")), ==, "disk_full");
	json_decref(summary);
	recording_put(recording);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/life/a_hundred_run_at_once", a_hundred_run_at_once);
	g_test_add_func("/life/stopping_twice_changes_nothing", stopping_twice_changes_nothing);
	g_test_add_func("/life/the_end_of_the_engine_completes_everything",
		the_end_of_the_engine_completes_everything);
	g_test_add_func(
		"/life/the_manifest_is_there_from_the_start", the_manifest_is_there_from_the_start);
	g_test_add_func("/life/the_manifest_is_saved_when_a_part_begins",
		the_manifest_is_saved_when_a_part_begins);
	g_test_add_func("/life/events_come_in_order", events_come_in_order);
	g_test_add_func("/life/a_ring_that_cannot_be_made_leaves_nothing",
		a_ring_that_cannot_be_made_leaves_nothing);
	g_test_add_func("/life/a_manifest_that_cannot_be_completed_keeps_the_rings",
		a_manifest_that_cannot_be_completed_keeps_the_rings);
	for (size_t i = 0; i < G_N_ELEMENTS(REFUSALS); i++) {
		g_autofree char *path = g_strdup_printf("/life/start_refuses/%s", REFUSALS[i].name);
		g_test_add_data_func(path, &REFUSALS[i], test_refusal);
	}
	return g_test_run();
}
