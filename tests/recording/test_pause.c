/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What pauses leave in the books: in those of a recording, and of one whose process was killed. */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/recovery.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	PACKETS = 50,
	MISSED = 40000, /* more than half of all sequence numbers */
	PAUSE_US = 800000000
};

struct call {
	struct rig rig;
	struct recording *recording;
	unsigned seq;
};

static void push(struct call *call, unsigned count)
{
	for (; count > 0; count--, call->seq++) {
		uint8_t packet[200];
		size_t len = rig_rtp(packet, (uint16_t)call->seq, call->seq * 960, 100);
		track_push_rtp(recording_track(call->recording, 0), packet, len);
		rig_advance(&call->rig, 20000);
	}
}

static void wait_a_pause(struct call *call)
{
	call->seq += MISSED;
	rig_advance(&call->rig, PAUSE_US);
}

static void assert_books(struct rig *rig, enum manifest_state state, unsigned packets)
{
	struct manifest manifest;
	rig_load_manifest(&manifest, rig, "call.json");
	g_assert_cmpint(manifest.state, ==, state);
	g_assert_cmpuint(manifest.pause_count, ==, 1);
	const struct manifest_quality *quality = &manifest.tracks[0].quality;
	g_assert_cmpuint(quality->received, ==, packets);
	g_assert_cmpuint(quality->lost, ==, 0);
	g_assert_cmpuint(quality->reordered, ==, 0);
	manifest_fini(&manifest);
}

static void assert_pause(struct rig *rig, int64_t from_us, int64_t to_us)
{
	struct manifest manifest;
	rig_load_manifest(&manifest, rig, "call.json");
	const struct manifest_part *part = &manifest.tracks[0].parts[0];
	g_assert_cmpint(manifest.pauses[0].from_us - part->start_us, ==, from_us);
	g_assert_cmpint(manifest.pauses[0].to_us - part->start_us, ==, to_us);
	manifest_fini(&manifest);
}

/* The wall clock is set meanwhile: the frames do not notice, and neither may the pause. */
static void what_was_left_out_is_not_lost(void)
{
	struct call call = {.seq = 65500};
	rig_init(&call.rig, NULL);
	call.recording = rig_start(&call.rig, "call");
	push(&call, PACKETS);
	atomic_fetch_add(&call.rig.real_us, INT64_C(3600000000));
	recording_pause(call.recording);
	rig_wait(&call.rig, ENGINE_RECORDING_PAUSED, 1);
	wait_a_pause(&call);
	recording_resume(call.recording);
	push(&call, PACKETS);
	rig_stop(&call.rig, call.recording);
	g_assert_cmpuint(rig_events(&call.rig, ENGINE_RECORDING_CONTINUED), ==, 1);
	assert_books(&call.rig, MANIFEST_COMPLETE, 2 * PACKETS);
	assert_pause(&call.rig, PACKETS * 20000, PACKETS * 20000 + PAUSE_US);
	g_assert_cmpuint(rig_count_frames(&call.rig, "call-audio.mjr"), ==, 2 * PACKETS);
	rig_fini(&call.rig);
}

/* Where the process is killed. */
enum moment {
	PAUSED,
	CONTINUED,
	CONTINUED_UNSAID, /* no manifest tells of it */
};

static void live(struct call *call, enum moment moment, int ready)
{
	g_random_set_seed((guint32)getpid());
	rig_restart(&call->rig);
	call->recording = rig_start(&call->rig, "call");
	push(call, PACKETS);
	recording_pause(call->recording);
	rig_wait(&call->rig, ENGINE_RECORDING_PAUSED, 1);
	wait_a_pause(call);
	if (moment == CONTINUED_UNSAID) {
		call->rig.faults.error = -ENOSPC;
		call->rig.faults.replace_at = call->rig.faults.replaces + 1;
	}
	if (moment != PAUSED) {
		recording_resume(call->recording);
		rig_wait(&call->rig, ENGINE_RECORDING_CONTINUED, 1);
		push(call, PACKETS);
	}
	g_assert_cmpint(write(ready, "", 1), ==, 1);
	while (true)
		pause();
}

static void live_and_be_killed(struct call *call, enum moment moment)
{
	int ends[2];
	char byte;
	engine_destroy(g_steal_pointer(&call->rig.engine));
	g_assert_cmpint(pipe(ends), ==, 0);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		live(call, moment, ends[1]);
	close(ends[1]);
	g_assert_cmpint(read(ends[0], &byte, 1), ==, 1);
	close(ends[0]);
	kill(child, SIGKILL);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
}

static void a_killed_recording_is_recovered(const void *data)
{
	enum moment moment = (enum moment)GPOINTER_TO_INT(data);
	struct call call = {.seq = 65500};
	rig_init(&call.rig, NULL);
	live_and_be_killed(&call, moment);
	rig_restart(&call.rig);
	recovery_wait(call.rig.engine->recovery);
	assert_books(&call.rig, MANIFEST_RECOVERED, moment == PAUSED ? PACKETS : 2 * PACKETS);
	assert_pause(
		&call.rig, PACKETS * 20000, PACKETS * 20000 + (moment == PAUSED ? 0 : PAUSE_US));
	rig_fini(&call.rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pause/what_was_left_out_is_not_lost", what_was_left_out_is_not_lost);
	g_test_add_data_func("/pause/a_killed_recording_is_recovered/paused",
		GINT_TO_POINTER(PAUSED), a_killed_recording_is_recovered);
	g_test_add_data_func("/pause/a_killed_recording_is_recovered/continued",
		GINT_TO_POINTER(CONTINUED), a_killed_recording_is_recovered);
	g_test_add_data_func("/pause/a_killed_recording_is_recovered/continued_unsaid",
		GINT_TO_POINTER(CONTINUED_UNSAID), a_killed_recording_is_recovered);
	return g_test_run();
}
