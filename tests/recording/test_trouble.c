/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that take nothing for a while: recordings go on in new parts, and nothing is lost unsaid.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/manifest.h"
#include "recording/recording_priv.h"
#include "recording/ring.h"
#include "recording/space.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	PAYLOAD = 200,
	TICK_MS = 2,
};

/* A recording under way, and how much was pushed into its audio track. */
struct scene {
	struct rig rig;
	struct recording *recording;
	unsigned pushed;
	unsigned refused;
};

static void scene_init(struct scene *scene, struct engine_params params)
{
	*scene = (struct scene){0};
	params.flush_interval_ms = TICK_MS;
	rig_init(&scene->rig, &params);
	scene->recording = rig_start(&scene->rig, "call");
}

static void push(struct scene *scene, unsigned count)
{
	uint8_t packet[PAYLOAD + 12];
	for (unsigned i = 0; i < count; i++, scene->pushed++) {
		size_t len = rig_rtp(packet, (uint16_t)scene->pushed, scene->pushed * 960, PAYLOAD);
		int err = track_push_rtp(recording_track(scene->recording, 0), packet, len);
		g_assert_true(err == 0 || err == -ENOBUFS);
		scene->refused += err != 0;
		rig_advance(&scene->rig, 20);
	}
}

static json_int_t written(struct recording *recording)
{
	json_t *summary = recording_summary(recording);
	json_int_t packets = json_integer_value(json_object_get(summary, "packets"));
	json_decref(summary);
	return packets;
}

static void push_and_wait(struct scene *scene, unsigned count)
{
	push(scene, count);
	while (written(scene->recording) < (json_int_t)scene->pushed)
		g_thread_yield();
}

static void fail_writes(struct scene *scene, int error, size_t short_bytes)
{
	struct rig_faults *faults = &scene->rig.faults;
	faults->error = error;
	faults->short_bytes = short_bytes;
	faults->write_at = faults->writes + 1;
}

/* The disk fails; a packet makes the writer see it. */
static void suspend(struct scene *scene, int error, size_t short_bytes)
{
	unsigned before = rig_events(&scene->rig, ENGINE_RECORDING_SUSPENDED);
	fail_writes(scene, error, short_bytes);
	push(scene, 1);
	rig_wait(&scene->rig, ENGINE_RECORDING_SUSPENDED, before + 1);
}

static void resume(struct scene *scene)
{
	unsigned before = rig_events(&scene->rig, ENGINE_RECORDING_RESUMED);
	scene->rig.faults.write_at = 0;
	rig_advance(&scene->rig, G_USEC_PER_SEC);
	rig_wait(&scene->rig, ENGINE_RECORDING_RESUMED, before + 1);
}

static void stop(struct scene *scene, struct manifest *manifest)
{
	rig_stop(&scene->rig, scene->recording);
	rig_load_manifest(manifest, &scene->rig, "call.json");
	g_assert_cmpint(manifest->state, ==, MANIFEST_COMPLETE);
	g_assert_cmpstr(manifest->reason, ==, "stopped");
}

static void scene_fini(struct scene *scene, struct manifest *manifest)
{
	manifest_fini(manifest);
	g_assert_cmpuint(rig_count_files(scene->rig.ring_folder), ==, 0);
	rig_fini(&scene->rig);
}

/* Every part is whole, one goes on where the other ended, and what is in no part was counted. */
static void assert_accounted(struct scene *scene, const struct manifest *manifest)
{
	const struct manifest_track *audio = &manifest->tracks[0];
	uint64_t packets = 0;
	for (size_t i = 0; i < audio->part_count; i++) {
		const struct manifest_part *part = &audio->parts[i];
		g_assert_cmpuint(rig_count_frames(&scene->rig, part->file), ==, part->packets);
		g_assert_cmpuint(part->first_seq, ==, (uint16_t)packets);
		g_assert_cmpint(part->start_us, <=, part->end_us);
		packets += part->packets;
		g_assert_cmpuint(part->last_seq, ==, (uint16_t)(packets - 1));
		GByteArray *file = rig_read(&scene->rig, part->file);
		g_assert_cmpuint(part->bytes, ==, file->len);
		g_byte_array_unref(file);
	}
	g_assert_cmpuint(audio->quality.received, ==, scene->pushed);
	g_assert_cmpuint(audio->quality.dropped, ==, scene->refused);
	g_assert_cmpuint(packets + scene->refused, ==, scene->pushed);
}

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
};

static void goes_on_after(gconstpointer data)
{
	const struct trouble *trouble = data;
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){0});
	push_and_wait(&scene, 10);
	suspend(&scene, trouble->error, trouble->short_bytes);
	push(&scene, 30);
	g_assert_cmpuint(scene.refused, ==, 0);
	rig_load_manifest(&manifest, &scene.rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_RECORDING);
	g_assert_cmpuint(manifest.interruption_count, ==, 1);
	g_assert_cmpint(manifest.interruptions[0].to_us, ==, 0);
	manifest_fini(&manifest);

	resume(&scene);
	push_and_wait(&scene, 10);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
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
	g_assert_cmpuint(scene.rig.log->len, ==, G_N_ELEMENTS(EVENTS));
	for (size_t i = 0; i < G_N_ELEMENTS(EVENTS); i++)
		g_assert_true(g_str_has_prefix(scene.rig.log->pdata[i], EVENTS[i]));
	scene_fini(&scene, &manifest);
}

static void a_full_ring_drops_the_newest_and_counts_them(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){.ring_size = RING_SIZE_MIN});
	push_and_wait(&scene, 10);
	suspend(&scene, -ENOSPC, 0);
	push(&scene, 2 * RING_SIZE_MIN / PAYLOAD);
	g_assert_cmpuint(scene.refused, >, 0);
	resume(&scene);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	scene_fini(&scene, &manifest);
}

/* All tracks begin the same part, those that never had one included. */
static void all_tracks_begin_new_parts(void)
{
	struct scene scene;
	struct manifest manifest;
	uint8_t packet[PAYLOAD + 12];
	scene_init(&scene, (struct engine_params){0});
	push_and_wait(&scene, 10);
	for (int i = 0; i < 2; i++) {
		suspend(&scene, -EIO, 0);
		resume(&scene);
	}
	struct track *video = recording_track(scene.recording, 1);
	g_assert_cmpint(track_push_rtp(video, packet, rig_rtp(packet, 7, 7, 80)), ==, 0);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 3);
	g_assert_cmpuint(manifest.tracks[1].part_count, ==, 1);
	g_assert_cmpstr(manifest.tracks[1].parts[0].file, ==, "call.0003-video.mjr");
	g_assert_cmpuint(manifest.interruption_count, ==, 2);
	scene_fini(&scene, &manifest);
}

static void what_has_the_name_of_a_part_is_not_overwritten(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){0});
	g_autofree char *path = g_build_filename(scene.rig.folder, "call.0002-audio.mjr", NULL);
	g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
	push_and_wait(&scene, 10);
	suspend(&scene, -EIO, 0);
	/* The second attempt finds the name taken, the third takes the next one. */
	scene.rig.faults.write_at = 0;
	while (rig_events(&scene.rig, ENGINE_RECORDING_RESUMED) == 0) {
		rig_advance(&scene.rig, G_USEC_PER_SEC);
		g_usleep(TICK_MS * 1000);
	}
	push_and_wait(&scene, 10);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpstr(manifest.tracks[0].parts[1].file, ==, "call.0003-audio.mjr");
	GByteArray *file = rig_read(&scene.rig, "call.0002-audio.mjr");
	g_assert_cmpmem(file->data, file->len, "mine", 4);
	g_byte_array_unref(file);
	scene_fini(&scene, &manifest);
}

/* A disk that refuses to cut a torn frame is asked again when it works. */
static void a_torn_end_is_cut_later(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){0});
	push_and_wait(&scene, 10);
	scene.rig.faults.truncate_at = 1;
	suspend(&scene, -EROFS, 100);
	GByteArray *file = rig_read(&scene.rig, "call-audio.mjr");
	guint torn = file->len;
	g_byte_array_unref(file);
	scene.rig.faults.truncate_at = 0;
	resume(&scene);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpuint(manifest.tracks[0].parts[0].bytes, ==, torn - 100);
	scene_fini(&scene, &manifest);
}

static void a_folder_vanishes_and_comes_back(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){0});
	push_and_wait(&scene, 10);
	g_autofree char *away = g_strconcat(scene.rig.folder, "-away", NULL);
	g_assert_cmpint(g_rename(scene.rig.folder, away), ==, 0);
	rig_advance(&scene.rig, SPACE_INTERVAL_US);
	rig_wait(&scene.rig, ENGINE_RECORDING_SUSPENDED, 1);
	struct recording *other = NULL;
	g_assert_cmpint(recording_start(&other, scene.rig.engine, rig_spec()), ==, -ENOENT);
	push(&scene, 10);
	g_assert_cmpint(g_rename(away, scene.rig.folder), ==, 0);
	resume(&scene);
	push_and_wait(&scene, 10);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpstr(manifest.interruptions[0].reason, ==, "io_error");
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	scene_fini(&scene, &manifest);
}

/* While one write hangs, packets are taken and the other writer's recordings start and end. */
static void a_hanging_disk_holds_nobody_else_up(void)
{
	struct scene scene;
	struct manifest manifest;
	struct rig_faults *faults = &scene.rig.faults;
	scene_init(&scene, (struct engine_params){.writer_threads = 2});
	pthread_mutex_lock(&faults->stall);
	faults->stall_at = 1;
	push(&scene, 1);
	while (faults->writes == 0)
		g_thread_yield();
	push(&scene, 1000);
	g_assert_cmpuint(scene.refused, ==, 0);
	struct recording *other = rig_start(&scene.rig, "other");
	uint8_t packet[PAYLOAD + 12];
	track_push_rtp(recording_track(other, 0), packet, rig_rtp(packet, 0, 0, 80));
	rig_stop(&scene.rig, other);
	g_assert_cmpuint(rig_count_frames(&scene.rig, "other-audio.mjr"), ==, 1);
	g_assert_cmpint(written(scene.recording), ==, 0);
	pthread_mutex_unlock(&faults->stall);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpuint(manifest.interruption_count, ==, 0);
	scene_fini(&scene, &manifest);
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
	struct scene scene;
	struct manifest manifest;
	struct rig_faults *faults = &scene.rig.faults;
	scene_init(&scene, (struct engine_params){.disk_low = 1 << 20, .disk_reserve = 512 << 10});
	push_and_wait(&scene, 10);
	faults->space = (1 << 20) - 1;
	rig_advance(&scene.rig, SPACE_INTERVAL_US);
	rig_wait(&scene.rig, ENGINE_DISK_LOW, 1);
	push_and_wait(&scene, 10);
	faults->space = (512 << 10) - 1;
	rig_advance(&scene.rig, SPACE_INTERVAL_US);
	rig_wait(&scene.rig, ENGINE_DISK_FULL, 1);
	rig_wait(&scene.rig, ENGINE_RECORDING_SUSPENDED, 1);
	push(&scene, 10);
	assert_refused(&scene.rig, (512 << 10) - 1, 512 << 10, 576 << 10);
	uint64_t available, reserve;
	g_assert_cmpint(engine_space(scene.rig.engine, &available, &reserve), ==, 0);
	g_assert_cmpuint(available, ==, (512 << 10) - 1);
	g_assert_cmpuint(reserve, ==, 512 << 10);
	/* A little more is not enough to go on. */
	faults->space = 513 << 10;
	assert_refused(&scene.rig, 513 << 10, 512 << 10, 576 << 10);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_DISK_LOW), ==, 1);
	faults->space = 2 << 20;
	resume(&scene);
	rig_wait(&scene.rig, ENGINE_DISK_OK, 1);
	push_and_wait(&scene, 10);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 2);
	g_assert_cmpstr(manifest.interruptions[0].reason, ==, "disk_full");
	scene_fini(&scene, &manifest);
}

/* What the reserve is for: what waits at the end still gets in. */
static void the_end_may_use_the_reserve(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene, (struct engine_params){.disk_reserve = 512 << 10});
	push_and_wait(&scene, 10);
	scene.rig.faults.space = 1;
	rig_advance(&scene.rig, SPACE_INTERVAL_US);
	rig_wait(&scene.rig, ENGINE_RECORDING_SUSPENDED, 1);
	push(&scene, 10);
	stop(&scene, &manifest);
	assert_accounted(&scene, &manifest);
	g_assert_cmpint(manifest.interruptions[0].to_us, >, 0);
	scene_fini(&scene, &manifest);
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
	g_test_add_func(
		"/trouble/a_folder_vanishes_and_comes_back", a_folder_vanishes_and_comes_back);
	g_test_add_func("/trouble/a_hanging_disk_holds_nobody_else_up",
		a_hanging_disk_holds_nobody_else_up);
	g_test_add_func("/trouble/nothing_is_recorded_into_the_reserve",
		nothing_is_recorded_into_the_reserve);
	g_test_add_func("/trouble/the_end_may_use_the_reserve", the_end_may_use_the_reserve);
	return g_test_run();
}
