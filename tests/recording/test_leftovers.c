/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What killed engines may leave besides good rings, and what is not theirs. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/recovery.h"
#include "recording/track.h"
#include "tests/recording/rig.h"
#include "tests/recording/victim.h"

enum {
	PACKETS = VICTIM_PACKETS,
	HEADER_PAGE = 4096,
	FUZZ_ROUNDS = 100
};

static void files_of_others_are_left_alone(void)
{
	static const char *const OTHERS[] = {"notes.txt", "short.ring",
		"0a1d4c5e-60f6-4f0b-b0c9-5b0c1a3f7e11_0a1d4c5e-60f6-4f0b-b0c9-5b0c1a3f7e12-a.ring"};
	struct rig rig;
	rig_init(&rig, NULL);
	victim_kill(victim_start(&rig, false));
	for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++) {
		g_autofree char *path = g_build_filename(rig.ring_folder, OTHERS[i], NULL);
		g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
	}
	victim_recover(&rig);
	victim_assert_state(&rig, MANIFEST_RECOVERED);
	g_assert_cmpuint(rig_count_files(rig.ring_folder), ==, G_N_ELEMENTS(OTHERS));
	rig_fini(&rig);
}

/* --- counts --- */

/* How far the manifest comes before the process is killed. */
enum saving {
	NEVER,
	REFUSED,
	SAVED,
};

enum {
	LOSSES = 7,
	MALFORMED = 3,
	REQUESTS = 2
};

/* The writer hangs until the audio ring has refused so many; returns the next sequence number. */
static uint16_t overload(struct rig *rig, struct recording *recording)
{
	struct track *audio = recording_track(recording, 0);
	uint8_t packet[1200];
	uint16_t seq = 0;
	pthread_mutex_lock(&rig->faults.stall);
	rig->faults.stall_at = rig->faults.writes + 1;
	for (unsigned dropped = 0; dropped < LOSSES; seq++) {
		size_t len = rig_rtp(packet, seq, seq * 960, 1000);
		dropped += track_push_rtp(audio, packet, len) < 0;
	}
	for (unsigned i = 0; i < MALFORMED; i++)
		track_count_malformed(audio);
	for (unsigned i = 0; i < REQUESTS; i++)
		track_count_keyframe_request(audio);
	return seq;
}

/* The gap ends: the writer has seen what follows it. */
static void go_on(struct rig *rig, struct recording *recording, uint16_t seq)
{
	struct track *audio = recording_track(recording, 0);
	uint8_t packet[200];
	pthread_mutex_unlock(&rig->faults.stall);
	size_t len = rig_rtp(packet, seq, seq * 960, 100);
	while (track_push_rtp(audio, packet, len) < 0) {
		seq++;
		len = rig_rtp(packet, seq, seq * 960, 100);
	}
	while (rig_events(rig, ENGINE_GAP) == 0)
		g_thread_yield();
}

static void live_overloaded(struct rig *rig, int saving)
{
	rig_restart(rig);
	struct recording *recording = rig_start(rig, "call");
	uint16_t seq = overload(rig, recording);
	rig->faults.error = -EIO;
	rig->faults.replace_at = saving == REFUSED ? 1 : 0;
	if (saving != NEVER)
		go_on(rig, recording, seq);
}

static void check_counts(struct rig *rig)
{
	struct manifest manifest;
	rig_load_manifest(&manifest, rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECOVERED);
	const struct manifest_track *audio = &manifest.tracks[0];
	g_assert_cmpuint(audio->gap_count, ==, 1);
	g_assert_cmpuint(audio->gaps[0].packets, ==, audio->quality.dropped);
	g_assert_cmpstr(audio->gaps[0].reason, ==, "overload");
	g_assert_cmpuint(audio->quality.dropped, >=, LOSSES);
	g_assert_cmpuint(audio->quality.malformed, ==, MALFORMED);
	g_assert_cmpuint(audio->quality.keyframe_requests, ==, REQUESTS);
	g_assert_cmpuint(audio->quality.lost, ==, 0);
	g_assert_cmpuint(audio->quality.received, ==,
		rig_count_frames(rig, "call-audio.mjr") + audio->quality.dropped);
	manifest_fini(&manifest);
}

static void gaps_and_counts_survive(gconstpointer data)
{
	struct rig rig;
	rig_init(&rig, NULL);
	victim_kill(victim_fork(&rig, live_overloaded, GPOINTER_TO_INT(data)));
	victim_recover(&rig);
	check_counts(&rig);
	rig_fini(&rig);
}

/* --- an interruption --- */

static void live_suspended(struct rig *rig, int error)
{
	uint8_t packet[200];
	rig_restart(rig);
	struct recording *recording = rig_start(rig, "call");
	rig->faults.error = error;
	rig->faults.write_at = 1;
	size_t len = rig_rtp(packet, 0, 0, 100);
	g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
	rig_wait(rig, ENGINE_RECORDING_SUSPENDED, 1);
}

static void an_interruption_ends_with_the_recording(void)
{
	struct rig rig;
	struct manifest manifest;
	rig_init(&rig, NULL);
	victim_kill(victim_fork(&rig, live_suspended, -ENOSPC));
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpuint(manifest.interruption_count, ==, 1);
	g_assert_cmpint(manifest.interruptions[0].to_us, ==, 0);
	manifest_fini(&manifest);
	victim_recover(&rig);
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECOVERED);
	const struct manifest_interruption *interruption = &manifest.interruptions[0];
	g_assert_cmpint(interruption->from_us, >, 0);
	g_assert_cmpint(interruption->to_us, >=, interruption->from_us);
	g_assert_cmpint(interruption->to_us, >=, manifest.ended_us);
	manifest_fini(&manifest);
	g_assert_cmpuint(rig_count_frames(&rig, "call-audio.mjr"), ==, 1);
	rig_fini(&rig);
}

/* --- damage --- */

static void a_machine_that_died_leaves_whole_frames(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	victim_kill(victim_start(&rig, true));
	for (const char *const *label =
			(const char *const[]){"audio", "video", "data", "rtcp", NULL};
		*label != NULL; label++) {
		g_autofree char *suffix = g_strdup_printf("-%s.ring", *label);
		g_autofree char *ring = victim_find_ring(&rig, suffix);
		g_assert_cmpint(g_unlink(ring), ==, 0);
	}
	GByteArray *before = rig_read(&rig, "call-audio.mjr");
	g_autofree char *audio = g_build_filename(rig.folder, "call-audio.mjr", NULL);
	g_assert_cmpint(truncate(audio, before->len - 5), ==, 0);
	g_byte_array_unref(before);
	victim_recover(&rig);
	victim_assert_state(&rig, MANIFEST_RECOVERED);
	g_assert_cmpuint(rig_count_frames(&rig, "call-audio.mjr"), ==, PACKETS - 1);
	g_assert_cmpuint(rig_count_frames(&rig, "call-video.mjr"), ==, PACKETS);
	rig_fini(&rig);
}

static void a_damaged_ring_is_set_aside_and_the_others_are_drained(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	victim_kill(victim_start(&rig, false));
	g_autofree char *ring = victim_find_ring(&rig, "-audio.ring");
	int fd = g_open(ring, O_WRONLY, 0);
	g_assert_cmpint(pwrite(fd, "nonsense", 8, 0), ==, 8);
	close(fd);
	victim_recover(&rig);
	victim_assert_state(&rig, MANIFEST_RECOVERED);
	g_assert_false(rig_exists(&rig, "call-audio.mjr"));
	g_assert_cmpuint(rig_count_frames(&rig, "call-video.mjr"), ==, PACKETS);
	g_autofree char *aside = victim_find_ring(&rig, "-audio.ring.damaged");
	g_assert_nonnull(aside);
	g_assert_cmpuint(rig.lines->len, ==, 2); /* the warning, and that it is recovered */
	victim_recover(&rig);
	g_assert_cmpuint(rig.lines->len, ==, 0);
	rig_fini(&rig);
}

/* Whatever the header says: no crash, no file but the recording's own. */
static void any_bytes_in_a_header_do_no_harm(void)
{
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		struct rig rig;
		rig_init(&rig, NULL);
		victim_kill(victim_start(&rig, round % 20 == 0));
		g_autofree char *ring = victim_find_ring(&rig, "-audio.ring");
		int fd = g_open(ring, O_WRONLY, 0);
		for (int i = g_test_rand_int_range(1, 5); i > 0; i--) {
			/* Most of the page is unused: half of the hits go where the numbers are. */
			off_t at = g_test_rand_int_range(0, g_test_rand_bit() ? 1024 : HEADER_PAGE);
			guint8 byte = (guint8)g_test_rand_int_range(0, 256);
			g_assert_cmpint(pwrite(fd, &byte, 1, at), ==, 1);
		}
		close(fd);
		victim_recover(&rig);
		victim_assert_state(&rig, MANIFEST_RECOVERED);
		g_assert_cmpuint(rig_count_frames(&rig, "call-video.mjr"), ==, PACKETS);
		g_assert_cmpuint(rig_count_files(rig.folder), <=, 3);
		g_assert_cmpuint(rig_count_files(rig.root), ==, 2);
		rig_fini(&rig);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func(
		"/leftovers/files_of_others_are_left_alone", files_of_others_are_left_alone);
	g_test_add_data_func("/leftovers/gaps_and_counts_survive/under_way", GINT_TO_POINTER(NEVER),
		gaps_and_counts_survive);
	g_test_add_data_func("/leftovers/gaps_and_counts_survive/the_manifest_was_not_saved",
		GINT_TO_POINTER(REFUSED), gaps_and_counts_survive);
	g_test_add_data_func("/leftovers/gaps_and_counts_survive/the_manifest_was_saved",
		GINT_TO_POINTER(SAVED), gaps_and_counts_survive);
	g_test_add_func("/leftovers/an_interruption_ends_with_the_recording",
		an_interruption_ends_with_the_recording);
	g_test_add_func("/leftovers/a_machine_that_died_leaves_whole_frames",
		a_machine_that_died_leaves_whole_frames);
	g_test_add_func("/leftovers/a_damaged_ring_is_set_aside_and_the_others_are_drained",
		a_damaged_ring_is_set_aside_and_the_others_are_drained);
	g_test_add_func(
		"/leftovers/any_bytes_in_a_header_do_no_harm", any_bytes_in_a_header_do_no_harm);
	return g_test_run();
}
