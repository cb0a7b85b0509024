/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See victim.h. */
#include "tests/recording/victim.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/recovery.h"
#include "recording/track.h"

enum {
	LIFE_MAX_S = 60
};

static void push_packets(struct rig *rig, struct recording *recording)
{
	for (unsigned i = 0; i < VICTIM_PACKETS; i++) {
		uint8_t packet[200];
		size_t len = rig_rtp(packet, (uint16_t)i, i * 960, 100);
		g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
		g_assert_cmpint(track_push_rtp(recording_track(recording, 1), packet, len), ==, 0);
		rig_advance(rig, 20000);
	}
}

static void wait_until_drained(struct recording *recording)
{
	json_int_t packets = 0;
	while (packets < 2 * VICTIM_PACKETS) {
		json_t *summary = recording_summary(recording);
		packets = json_integer_value(json_object_get(summary, "packets"));
		json_decref(summary);
		g_thread_yield();
	}
}

pid_t victim_fork(struct rig *rig, void (*live)(struct rig *rig, int how), int how)
{
	int ends[2];
	char byte;
	rig_stop_engine(rig);
	g_assert_cmpint(pipe(ends), ==, 0);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_random_set_seed((guint32)getpid()); /* for ids of its own */
		alarm(LIFE_MAX_S);                    /* a test that has failed kills nobody */
		live(rig, how);
		g_assert_cmpint(write(ends[1], "", 1), ==, 1);
		while (true)
			pause();
	}
	close(ends[1]);
	g_assert_cmpint(read(ends[0], &byte, 1), ==, 1);
	close(ends[0]);
	return child;
}

static void live(struct rig *rig, int is_drained)
{
	rig_restart(rig);
	struct recording *recording = rig_start(rig, "call");
	push_packets(rig, recording);
	if (is_drained)
		wait_until_drained(recording);
}

pid_t victim_start(struct rig *rig, bool is_drained)
{
	return victim_fork(rig, live, is_drained);
}

void victim_kill(pid_t child)
{
	kill(child, SIGKILL);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
}

void victim_recover(struct rig *rig)
{
	g_ptr_array_set_size(rig->lines, 0);
	rig_restart(rig);
	recovery_wait(rig->engine->recovery);
}

void victim_assert_state(struct rig *rig, enum manifest_state state)
{
	struct manifest manifest;
	rig_load_manifest(&manifest, rig, "call.json");
	g_assert_cmpint(manifest.state, ==, state);
	manifest_fini(&manifest);
}

char *victim_find_ring(struct rig *rig, const char *suffix)
{
	char *path = NULL;
	GDir *dir = g_dir_open(rig->ring_folder, 0, NULL);
	const char *name;
	while ((name = g_dir_read_name(dir)) != NULL)
		if (path == NULL && g_str_has_suffix(name, suffix))
			path = g_build_filename(rig->ring_folder, name, NULL);
	g_dir_close(dir);
	return path;
}
