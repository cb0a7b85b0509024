/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that take nothing for a while: recordings go on in new parts, and nothing is lost unsaid.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/manifest.h"
#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/reserve.h"
#include "recording/ring.h"
#include "recording/space.h"
#include "recording/track.h"
#include "tests/recording/call.h"

enum {
	TICK_MS = 2,
};

static const struct trouble {
	const char *name;
	int error;
	size_t short_bytes;
	const char *reason;
} TROUBLES[] = {
	{"the_disk_is_full", -ENOSPC, 0, "disk_full"},
	{"the_disk_is_full_within_a_frame", -ENOSPC, 100, "disk_full"},
	{"the_quota_is_used_up", -EDQUOT, 0, "disk_full"},
	{"the_disk_breaks", -EIO, 0, "io_error"},
	{"the_disk_becomes_read_only", -EROFS, 0, "io_error"},
	{"the_disk_becomes_read_only_within_a_frame", -EROFS, 100, "io_error"},
	{"the_server_has_forgotten_the_file", -ESTALE, 0, "io_error"},
};

static void goes_on_after(gconstpointer data)
{
	const struct trouble *trouble = data;
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){0});
	call_push_and_wait(&call, 10);
	call_suspend(&call, trouble->error, trouble->short_bytes);
	call_push(&call, 30);
	g_assert_cmpuint(call.refused, ==, 0);
	rig_load_manifest(&manifest, &call.rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECORDING);
	g_assert_cmpuint(manifest.interruption_count, ==, 1);
	g_assert_cmpint(manifest.interruptions[0].to_us, ==, 0);
	manifest_fini(&manifest);

	call_resume(&call);
	call_push_and_wait(&call, 10);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	g_assert_cmpstr(manifest.tracks[0].parts[0].file, ==, "call-audio.mjr");
	g_assert_cmpstr(manifest.tracks[0].parts[1].file, ==, "call.0002-audio.mjr");
	g_assert_cmpuint(manifest.tracks[0].parts[1].number, ==, 2);
	g_assert_cmpuint(manifest.interruption_count, ==, 1);
	const struct manifest_interruption *interruption = &manifest.interruptions[0];
	g_assert_cmpstr(interruption->reason, ==, trouble->reason);
	g_assert_cmpint(interruption->to_us - interruption->from_us, >=, G_USEC_PER_SEC);

	static const char *const EVENTS[] = {"recording_started", "part_finished",
		"recording_suspended", "recording_resumed", "part_finished", "recording_finished"};
	g_assert_cmpuint(call.rig.log->len, ==, G_N_ELEMENTS(EVENTS));
	for (size_t i = 0; i < G_N_ELEMENTS(EVENTS); i++)
		g_assert_true(g_str_has_prefix(call.rig.log->pdata[i], EVENTS[i]));
	call_fini(&call, &manifest);
}

static void a_full_ring_drops_the_newest_and_counts_them(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){.ring_size = RING_SIZE_MIN});
	call_push_and_wait(&call, 10);
	call_suspend(&call, -ENOSPC, 0);
	call_push(&call, 2 * RING_SIZE_MIN / CALL_PAYLOAD);
	g_assert_cmpuint(call.refused, >, 0);
	call_resume(&call);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	call_fini(&call, &manifest);
}

/* All tracks begin the same part, those that never had one included. */
static void all_tracks_begin_new_parts(void)
{
	struct call call;
	struct manifest manifest;
	uint8_t packet[CALL_PAYLOAD + 12];
	call_init(&call, (struct engine_params){0});
	call_push_and_wait(&call, 10);
	for (int i = 0; i < 2; i++) {
		call_suspend(&call, -EIO, 0);
		call_resume(&call);
	}
	struct track *video = recording_track(call.recording, 1);
	g_assert_cmpint(track_push_rtp(video, packet, rig_rtp(packet, 7, 7, 80)), ==, 0);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 3);
	g_assert_cmpuint(manifest.tracks[1].part_count, ==, 1);
	g_assert_cmpstr(manifest.tracks[1].parts[0].file, ==, "call.0003-video.mjr");
	g_assert_cmpuint(manifest.interruption_count, ==, 2);
	call_fini(&call, &manifest);
}

static void what_has_the_name_of_a_part_is_not_overwritten(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){0});
	g_autofree char *path = g_build_filename(call.rig.folder, "call.0002-audio.mjr", NULL);
	g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
	call_push_and_wait(&call, 10);
	call_suspend(&call, -EIO, 0);
	/* The second attempt finds the name taken, the third takes the next one. */
	call.rig.faults.write_at = 0;
	while (rig_events(&call.rig, ENGINE_RECORDING_RESUMED) == 0) {
		rig_advance(&call.rig, G_USEC_PER_SEC);
		g_usleep(TICK_MS * 1000);
	}
	call_push_and_wait(&call, 10);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpstr(manifest.tracks[0].parts[1].file, ==, "call.0003-audio.mjr");
	GByteArray *file = rig_read(&call.rig, "call.0002-audio.mjr");
	g_assert_cmpmem(file->data, file->len, "mine", 4);
	g_byte_array_unref(file);
	call_fini(&call, &manifest);
}

/* A disk that refuses to cut a torn frame is asked again when it works. */
static void a_torn_end_is_cut_later(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){0});
	call_push_and_wait(&call, 10);
	call.rig.faults.truncate_at = 1;
	call_suspend(&call, -EROFS, 100);
	GByteArray *file = rig_read(&call.rig, "call-audio.mjr");
	guint torn = file->len;
	g_byte_array_unref(file);
	call.rig.faults.truncate_at = 0;
	call_resume(&call);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].parts[0].bytes, ==, torn - 100);
	call_fini(&call, &manifest);
}

/* What the medium may have lost is not called complete, even if it takes new files. */
static void a_part_that_cannot_be_synced_is_not_forgotten(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){.durability = {.kind = DURABILITY_PART}});
	call_push_and_wait(&call, 10);
	call.rig.faults.sync_at = 1;
	call_suspend(&call, -EIO, 0);
	call.rig.faults.sync_at = 0;
	call_resume(&call);
	call_push_and_wait(&call, 10);
	recording_stop(call.recording, "stopped");
	rig_wait(&call.rig, ENGINE_RECORDING_FAILED, 1);
	recording_put(call.recording);
	rig_load_manifest(&manifest, &call.rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_FAILED);
	g_assert_cmpstr(manifest.reason, ==, "io_error");
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	g_assert_true(manifest.tracks[0].parts[0].is_doubtful);
	g_assert_false(manifest.tracks[0].parts[1].is_doubtful);
	/* Only the second is said to be safe. */
	g_assert_cmpuint(rig_events(&call.rig, ENGINE_PART_FINISHED), ==, 1);
	call_fini(&call, &manifest);
}

/* While one write hangs, packets are taken and the other writer's recordings start and end. */
static void a_hanging_disk_holds_nobody_else_up(void)
{
	struct call call;
	struct manifest manifest;
	struct rig_faults *faults = &call.rig.faults;
	call_init(&call, (struct engine_params){.writer_threads = 2});
	pthread_mutex_lock(&faults->stall);
	faults->stall_at = 1;
	call_push(&call, 1);
	while (faults->writes == 0)
		g_thread_yield();
	call_push(&call, 1000);
	g_assert_cmpuint(call.refused, ==, 0);
	struct recording *other = rig_start(&call.rig, "other");
	uint8_t packet[CALL_PAYLOAD + 12];
	track_push_rtp(recording_track(other, 0), packet, rig_rtp(packet, 0, 0, 80));
	rig_stop(&call.rig, other);
	g_assert_cmpuint(rig_count_frames(&call.rig, "other-audio.mjr"), ==, 1);
	g_assert_cmpint(call_written(call.recording), ==, 0);
	pthread_mutex_unlock(&faults->stall);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.interruption_count, ==, 0);
	call_fini(&call, &manifest);
}

static void assert_refused(struct rig *rig, int available, int reserve, int wanted)
{
	struct recording *recording = NULL;
	struct recording_spec spec = *rig_spec();
	g_autofree char *why = NULL;
	g_autofree char *expected = g_strdup_printf(
		"%d bytes are free in '%s', disk_reserve keeps %d, and once it is reached %d must "
		"be free again",
		available, rig->folder, reserve, wanted);
	spec.why = &why;
	g_assert_cmpint(recording_start(&recording, rig->engine, &spec), ==, -ENOSPC);
	g_assert_cmpstr(why, ==, expected);
}

static void nothing_is_recorded_into_the_reserve(void)
{
	struct call call;
	struct manifest manifest;
	struct rig_faults *faults = &call.rig.faults;
	call_init(&call, (struct engine_params){.disk_low = 1 << 20, .disk_reserve = 512 << 10});
	call_push_and_wait(&call, 10);
	faults->space = (1 << 20) - 1;
	rig_advance(&call.rig, SPACE_INTERVAL_US);
	rig_wait(&call.rig, ENGINE_DISK_LOW, 1);
	call_push_and_wait(&call, 10);
	faults->space = (512 << 10) - 1;
	rig_advance(&call.rig, SPACE_INTERVAL_US);
	rig_wait(&call.rig, ENGINE_DISK_FULL, 1);
	rig_wait(&call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	call_push(&call, 10);
	assert_refused(&call.rig, (512 << 10) - 1, 512 << 10, 576 << 10);
	uint64_t available, reserve;
	g_assert_cmpint(engine_space(call.rig.engine, &available, &reserve), ==, 0);
	g_assert_cmpuint(available, ==, (512 << 10) - 1);
	g_assert_cmpuint(reserve, ==, 512 << 10);
	/* A little more is not enough to go on. */
	faults->space = 513 << 10;
	assert_refused(&call.rig, 513 << 10, 512 << 10, 576 << 10);
	g_assert_cmpuint(rig_events(&call.rig, ENGINE_DISK_LOW), ==, 1);
	faults->space = 2 << 20;
	call_resume(&call);
	rig_wait(&call.rig, ENGINE_DISK_OK, 1);
	call_push_and_wait(&call, 10);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	g_assert_cmpstr(manifest.interruptions[0].reason, ==, "disk_full");
	call_fini(&call, &manifest);
}

/* What the reserve is for: what waits at the end still gets in. */
static void the_end_may_use_the_reserve(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){.disk_reserve = 512 << 10});
	call_push_and_wait(&call, 10);
	call.rig.faults.space = 1;
	rig_advance(&call.rig, SPACE_INTERVAL_US);
	rig_wait(&call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	call_push(&call, 10);
	call_stop(&call, &manifest);
	call_assert_accounted(&call, &manifest);
	g_assert_cmpint(manifest.interruptions[0].to_us, >, 0);
	call_fini(&call, &manifest);
}

static void what_no_disk_took_is_dropped_and_not_lost(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){.ring_size = RING_SIZE_MIN});
	call_push_and_wait(&call, 3);
	call_suspend(&call, -ENOSPC, 0);
	call_push(&call, 2 * RING_SIZE_MIN / CALL_PAYLOAD);
	g_assert_cmpuint(call.refused, >, 0);
	recording_stop(call.recording, "stopped");
	rig_wait(&call.rig, ENGINE_RECORDING_FAILED, 1);
	recording_put(call.recording);
	rig_load_manifest(&manifest, &call.rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_FAILED);
	const struct manifest_quality *quality = &manifest.tracks[0].quality;
	g_assert_cmpuint(quality->received, ==, call.pushed);
	g_assert_cmpuint(quality->dropped, ==, call.pushed - 3);
	g_assert_cmpuint(quality->lost, ==, 0);
	g_assert_cmpuint(quality->gaps, ==, 0);
	call_fini(&call, &manifest);
}

/* While one recording used it, somebody else may have filled the disk. */
static void room_again_is_held_for_the_next_time(void)
{
	struct call call;
	struct manifest manifest;
	call_init(&call, (struct engine_params){0});
	struct reserve *reserve = call.rig.engine->reserve;
	if (reserve_held(reserve) < RESERVE_SIZE) {
		g_test_skip("nothing can be held in this file system");
	} else {
		call_push_and_wait(&call, 10);
		call_suspend(&call, -ENOSPC, 0);
		reserve_release(reserve);
		g_assert_cmpuint(reserve_held(reserve), ==, 0);
		call_resume(&call);
		g_assert_cmpuint(reserve_held(reserve), >=, RESERVE_SIZE);
	}
	call_stop(&call, &manifest);
	call_fini(&call, &manifest);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(TROUBLES); i++) {
		g_autofree char *path =
			g_strdup_printf("/trouble/goes_on_after/%s", TROUBLES[i].name);
		g_test_add_data_func(path, &TROUBLES[i], goes_on_after);
	}
	g_test_add_func("/trouble/a_full_ring_drops_the_newest_and_counts_them",
		a_full_ring_drops_the_newest_and_counts_them);
	g_test_add_func("/trouble/all_tracks_begin_new_parts", all_tracks_begin_new_parts);
	g_test_add_func("/trouble/what_has_the_name_of_a_part_is_not_overwritten",
		what_has_the_name_of_a_part_is_not_overwritten);
	g_test_add_func("/trouble/a_torn_end_is_cut_later", a_torn_end_is_cut_later);
	g_test_add_func("/trouble/a_part_that_cannot_be_synced_is_not_forgotten",
		a_part_that_cannot_be_synced_is_not_forgotten);
	g_test_add_func("/trouble/a_hanging_disk_holds_nobody_else_up",
		a_hanging_disk_holds_nobody_else_up);
	g_test_add_func("/trouble/nothing_is_recorded_into_the_reserve",
		nothing_is_recorded_into_the_reserve);
	g_test_add_func("/trouble/the_end_may_use_the_reserve", the_end_may_use_the_reserve);
	g_test_add_func("/trouble/what_no_disk_took_is_dropped_and_not_lost",
		what_no_disk_took_is_dropped_and_not_lost);
	g_test_add_func("/trouble/room_again_is_held_for_the_next_time",
		room_again_is_held_for_the_next_time);
	return g_test_run();
}
