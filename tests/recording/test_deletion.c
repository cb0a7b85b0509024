/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deletion and hold: who may go, what goes with it, and what is there after the
 * process has been killed, or the disk has refused, at any of its steps.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/claim.h"
#include "recording/engine_priv.h"
#include "recording/keeper.h"
#include "recording/store.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	POINTS_MAX = 100 /* far more than there are */
};

/* A complete recording with an audio, a video and a data file. */
static void record(struct rig *rig, const char *name)
{
	struct recording *recording = rig_start(rig, name);
	uint8_t packet[200];
	for (uint16_t i = 0; i < 3; i++) {
		size_t len = rig_rtp(packet, i, i, 100);
		track_push_rtp(recording_track(recording, 0), packet, len);
		track_push_rtp(recording_track(recording, 1), packet, len);
		track_push_message(recording_track(recording, 2), packet, len);
	}
	rig_stop(rig, recording);
}

static int erase(struct rig *rig, const char *name)
{
	return engine_delete(NULL, rig->engine, name, "requested");
}

static int hold(struct rig *rig, const char *name, bool is_held)
{
	struct summary *summary = NULL;
	int err = store_hold(&summary, engine_store(rig->engine), name, is_held);
	if (err == 0)
		g_assert_true(summary->is_held == is_held);
	summary_put(summary);
	return err;
}

static char *path_in(struct rig *rig, const char *file)
{
	return g_build_filename(rig->folder, file, NULL);
}

static void write_file(struct rig *rig, const char *file, const char *content)
{
	g_autofree char *path = path_in(rig, file);
	g_assert_true(g_file_set_contents(path, content, -1, NULL));
}

static bool is_listed(struct rig *rig, const char *name)
{
	json_t *manifest = store_find(engine_store(rig->engine), name);
	json_decref(manifest);
	return manifest != NULL;
}

/* How many files there are whose names begin with this. */
static unsigned count_files(const char *folder, const char *prefix)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	unsigned count = 0;
	while ((name = g_dir_read_name(dir)) != NULL)
		count += g_str_has_prefix(name, prefix);
	g_dir_close(dir);
	return count;
}

/* --- what goes --- */

static void deletes_all_its_files_and_no_other(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	record(&rig, "call-1");
	write_file(&rig, "call.mp4", "somebody's");
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	g_assert_false(is_listed(&rig, "call"));
	g_assert_cmpuint(count_files(rig.folder, ".call"), ==, 0);
	g_assert_cmpuint(count_files(rig.folder, "call"), ==, 1 + 4);
	g_assert_cmpuint(count_files(rig.folder, "call-1"), ==, 4);
	g_assert_cmpuint(rig_events(&rig, ENGINE_RECORDING_DELETED), ==, 1);
	g_assert_cmpstr(g_ptr_array_index(rig.log, rig.log->len - 1), ==,
		"recording_deleted call requested");
	g_assert_cmpint(erase(&rig, "call"), ==, -ENOENT);
	rig_restart(&rig);
	g_assert_false(is_listed(&rig, "call"));
	g_assert_true(is_listed(&rig, "call-1"));
	rig_fini(&rig);
}

static void a_name_is_free_again_when_all_is_gone(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	rig.faults.error = -EIO;
	rig.faults.remove_at = rig.faults.removes + 1;
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	rig.faults.remove_at = 0;
	struct recording *second = rig_start(&rig, "call");
	g_assert_cmpstr(recording_name(second), ==, "call-1");
	rig_stop(&rig, second);
	rig_advance(&rig, 3600000000);
	keeper_run(rig.engine->keeper);
	g_assert_cmpuint(count_files(rig.folder, ".call"), ==, 0);
	struct recording *third = rig_start(&rig, "call");
	g_assert_cmpstr(recording_name(third), ==, "call");
	rig_stop(&rig, third);
	rig_fini(&rig);
}

static void believes_no_manifest_that_claims_the_files_of_others(void)
{
	static const char *const CLAIMED[] = {"other-audio.mjr", "other.json", "..", ".engine",
		"call-1-audio.mjr", "notes.txt", ".index"};
	for (size_t i = 0; i < G_N_ELEMENTS(CLAIMED); i++) {
		struct rig rig;
		rig_init(&rig, NULL);
		record(&rig, "call");
		record(&rig, "call-1");
		record(&rig, "other");
		write_file(&rig, "notes.txt", "somebody's");
		struct manifest manifest;
		rig_load_manifest(&manifest, &rig, "call.json");
		g_free(manifest.tracks[1].parts[0].file);
		manifest.tracks[1].parts[0].file = g_strdup(CLAIMED[i]);
		if (CLAIMED[i][0] == 'c') {
			g_free(manifest.tracks[1].label);
			manifest.tracks[1].label = g_strdup("1-audio");
		}
		g_assert_cmpint(manifest_save(&manifest, rig.folder), ==, 0);
		manifest_fini(&manifest);
		int err = erase(&rig, "call");
		g_assert_true(err == 0 || err == -EBADMSG);
		g_assert_cmpuint(count_files(rig.folder, "other"), ==, 4);
		g_assert_cmpuint(count_files(rig.folder, "call-1"), ==, 4);
		g_assert_true(rig_exists(&rig, "notes.txt"));
		rig_fini(&rig);
	}
}

static void removes_links_and_not_what_they_point_to(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	g_autofree char *part = path_in(&rig, "call-audio.mjr");
	g_autofree char *target = g_build_filename(rig.root, "target", NULL);
	g_assert_true(g_file_set_contents(target, "precious", -1, NULL));
	g_assert_cmpint(g_unlink(part), ==, 0);
	g_assert_cmpint(symlink(target, part), ==, 0);
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	g_assert_cmpuint(count_files(rig.folder, "call"), ==, 0);
	g_assert_true(g_file_test(target, G_FILE_TEST_EXISTS));
	g_assert_cmpint(g_unlink(target), ==, 0);
	rig_fini(&rig);
}

static void what_has_been_removed_by_hand_is_not_found(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	g_autofree char *path = path_in(&rig, "call.json");
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(erase(&rig, "call"), ==, -ENOENT);
	g_assert_cmpuint(store_count(engine_store(rig.engine)), ==, 0);
	rig_fini(&rig);
}

/* --- what stays --- */

static void a_recording_that_runs_is_not_deleted(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	g_assert_cmpint(erase(&rig, "call"), ==, -EINPROGRESS);
	g_assert_true(is_listed(&rig, "call"));
	rig_stop(&rig, recording);
	keeper_run(rig.engine->keeper);
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	rig_fini(&rig);
}

static void a_recording_that_is_worked_on_is_not_deleted(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	struct store *store = engine_store(rig.engine);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_true(store_pin(store, manifest.id));
	g_assert_true(store_pin(store, manifest.id));
	g_assert_cmpint(erase(&rig, "call"), ==, -EBUSY);
	store_unpin(store, manifest.id);
	g_assert_cmpint(erase(&rig, "call"), ==, -EBUSY);
	store_unpin(store, manifest.id);
	/* Another process. */
	g_autofree char *path = path_in(&rig, "call.json");
	int claim = claim_take(path);
	g_assert_cmpint(claim, >=, 0);
	g_assert_cmpint(erase(&rig, "call"), ==, -EBUSY);
	g_assert_cmpint(hold(&rig, "call", true), ==, -EBUSY);
	close(claim);
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	g_assert_false(store_pin(store, manifest.id));
	manifest_fini(&manifest);
	rig_fini(&rig);
}

static void a_held_recording_is_not_deleted(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	g_assert_cmpint(hold(&rig, "call", true), ==, 0);
	g_assert_cmpint(erase(&rig, "call"), ==, -EPERM);
	rig_restart(&rig);
	g_assert_cmpint(erase(&rig, "call"), ==, -EPERM);
	g_assert_cmpint(hold(&rig, "call", false), ==, 0);
	rig_restart(&rig);
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	g_assert_cmpint(hold(&rig, "call", true), ==, -ENOENT);
	rig_fini(&rig);
}

static void the_manifest_decides_whether_it_is_held(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	manifest.hold = true;
	g_assert_cmpint(manifest_save(&manifest, rig.folder), ==, 0);
	manifest_fini(&manifest);
	g_assert_cmpint(erase(&rig, "call"), ==, -EPERM);
	g_assert_true(is_listed(&rig, "call"));
	rig_fini(&rig);
}

static void a_running_recording_can_be_held(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	g_assert_cmpint(hold(&rig, "call", true), ==, 0);
	json_t *manifest = store_find(engine_store(rig.engine), "call");
	g_assert_true(json_is_true(json_object_get(manifest, "hold")));
	json_decref(manifest);
	rig_stop(&rig, recording);
	g_assert_cmpint(erase(&rig, "call"), ==, -EPERM);
	struct manifest last;
	rig_load_manifest(&last, &rig, "call.json");
	g_assert_true(last.hold);
	manifest_fini(&last);
	rig_fini(&rig);
}

static void holding_leaves_everything_else_in_the_manifest(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	g_autofree char *path = path_in(&rig, "call.json");
	json_t *before = json_load_file(path, 0, NULL);
	json_object_set_new(before, "of_a_later_version", json_string("kept"));
	g_assert_cmpint(json_dump_file(before, path, 0), ==, 0);
	g_assert_cmpint(hold(&rig, "call", true), ==, 0);
	json_object_set_new(before, "hold", json_true());
	json_t *after = json_load_file(path, 0, NULL);
	g_assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	rig_fini(&rig);
}

/* Both at once, many times: each request sees the recording whole, or not at all. */
static void *hold_again_and_again(void *data)
{
	struct rig *rig = data;
	int err = 0;
	for (unsigned i = 0; err == 0; i++)
		err = hold(rig, "call", i % 2 == 0);
	g_assert_cmpint(err, ==, -ENOENT);
	return NULL;
}

static void hold_and_deletion_do_not_cross(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	for (unsigned round = 0; round < 20; round++) {
		record(&rig, "call");
		GThread *thread = g_thread_new("hold", hold_again_and_again, &rig);
		int err;
		do
			err = erase(&rig, "call");
		while (err == -EPERM || err == -EBUSY);
		g_assert_cmpint(err, ==, 0);
		g_thread_join(thread);
		g_assert_cmpuint(count_files(rig.folder, "call"), ==, 0);
		g_assert_cmpuint(count_files(rig.folder, ".call"), ==, 0);
	}
	rig_fini(&rig);
}

/* --- when the disk refuses --- */

static void a_disk_that_refuses_the_first_step_changes_nothing(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "call");
	rig.faults.error = -EROFS;
	rig.faults.rename_at = 1;
	g_assert_cmpint(erase(&rig, "call"), ==, -EROFS);
	g_assert_true(is_listed(&rig, "call"));
	g_assert_cmpuint(count_files(rig.folder, "call"), ==, 4);
	g_assert_cmpuint(rig_events(&rig, ENGINE_RECORDING_DELETED), ==, 0);
	rig.faults.rename_at = 0;
	g_assert_cmpint(erase(&rig, "call"), ==, 0);
	rig_fini(&rig);
}

static void what_the_disk_does_not_let_go_is_removed_later(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	for (int at = 1; at <= 4; at++) {
		record(&rig, "call");
		rig.faults.error = -EIO;
		rig.faults.remove_at = rig.faults.removes + at;
		g_assert_cmpint(erase(&rig, "call"), ==, 0);
		g_assert_false(is_listed(&rig, "call"));
		g_assert_true(rig_exists(&rig, ".call.removed"));
		rig.faults.remove_at = 0;
		if (at % 2 == 0) {
			rig_restart(&rig);
		} else {
			rig_advance(&rig, 3600000000);
		}
		keeper_run(rig.engine->keeper);
		g_assert_false(is_listed(&rig, "call"));
		g_assert_cmpuint(count_files(rig.folder, "call"), ==, 0);
		g_assert_cmpuint(count_files(rig.folder, ".call"), ==, 0);
	}
	rig_fini(&rig);
}

/* --- when the process is killed --- */

static struct {
	_Atomic unsigned point, kill_at;
} * shared;

static void pass_point(void)
{
	if (atomic_fetch_add(&shared->point, 1) + 1 == shared->kill_at)
		kill(getpid(), SIGKILL);
}

static int rename_mortally(void *ctx, const char *from, const char *to)
{
	(void)ctx;
	pass_point();
	int err = disk_system()->rename(NULL, from, to);
	pass_point();
	return err;
}

static int remove_mortally(void *ctx, const char *path)
{
	(void)ctx;
	pass_point();
	int err = disk_system()->remove(NULL, path);
	pass_point();
	return err;
}

static int sync_folder_mortally(void *ctx, const char *folder)
{
	(void)ctx;
	(void)folder;
	pass_point();
	return 0;
}

static struct engine *mortal_engine(const struct rig *rig)
{
	static struct disk disk;
	struct engine *engine = NULL;
	disk = *disk_system();
	disk.rename = rename_mortally;
	disk.remove = remove_mortally;
	disk.sync_folder = sync_folder_mortally;
	const struct engine_params params = {
		.folder = rig->folder, .ring_folder = rig->ring_folder, .disk = &disk};
	g_assert_cmpint(engine_create(&engine, &params), ==, 0);
	return engine;
}

/* True when it came to its end. */
static bool delete_until(const struct rig *rig, unsigned point)
{
	shared->point = 0;
	shared->kill_at = point;
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_random_set_seed((guint32)getpid()); /* for ids of its own */
		struct engine *engine = mortal_engine(rig);
		(void)engine_delete(NULL, engine, "call", "requested");
		keeper_run(engine->keeper);
		engine_destroy(engine);
		_exit(0);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	g_assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : status == 0);
	return !WIFSIGNALED(status);
}

/* Whole and listed, or gone without a trace, when the next engine has tidied up. */
static void assert_all_or_nothing(struct rig *rig)
{
	rig_restart(rig);
	keeper_run(rig->engine->keeper);
	bool is_there = is_listed(rig, "call");
	g_assert_cmpuint(count_files(rig->folder, "call"), ==, is_there ? 4 : 0);
	g_assert_cmpuint(count_files(rig->folder, ".call"), ==, 0);
	g_assert_cmpuint(count_files(rig->folder, "other"), ==, 4);
	if (is_there)
		g_assert_cmpint(erase(rig, "call"), ==, 0);
	rig_stop_engine(rig);
}

static void a_kill_at_any_step_leaves_all_or_nothing(void)
{
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(shared != MAP_FAILED);
	struct rig rig;
	rig_init(&rig, NULL);
	record(&rig, "other");
	unsigned point = 0;
	bool has_lived = false;
	while (!has_lived && point++ < POINTS_MAX) {
		rig_restart(&rig);
		record(&rig, "call");
		rig_stop_engine(&rig);
		has_lived = delete_until(&rig, point);
		/* And the next one is killed when it tidies up. */
		for (unsigned next = 1; next < POINTS_MAX && !delete_until(&rig, next); next++)
			;
		assert_all_or_nothing(&rig);
	}
	g_assert_true(has_lived);
	g_assert_cmpuint(point, >, 10);
	rig_fini(&rig);
	munmap(shared, sizeof *shared);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	/* Before there are threads. */
	g_test_add_func("/deletion/a_kill_at_any_step_leaves_all_or_nothing",
		a_kill_at_any_step_leaves_all_or_nothing);
	g_test_add_func(
		"/deletion/deletes_all_its_files_and_no_other", deletes_all_its_files_and_no_other);
	g_test_add_func("/deletion/a_name_is_free_again_when_all_is_gone",
		a_name_is_free_again_when_all_is_gone);
	g_test_add_func("/deletion/believes_no_manifest_that_claims_the_files_of_others",
		believes_no_manifest_that_claims_the_files_of_others);
	g_test_add_func("/deletion/removes_links_and_not_what_they_point_to",
		removes_links_and_not_what_they_point_to);
	g_test_add_func("/deletion/what_has_been_removed_by_hand_is_not_found",
		what_has_been_removed_by_hand_is_not_found);
	g_test_add_func("/deletion/a_recording_that_runs_is_not_deleted",
		a_recording_that_runs_is_not_deleted);
	g_test_add_func("/deletion/a_recording_that_is_worked_on_is_not_deleted",
		a_recording_that_is_worked_on_is_not_deleted);
	g_test_add_func(
		"/deletion/a_held_recording_is_not_deleted", a_held_recording_is_not_deleted);
	g_test_add_func("/deletion/the_manifest_decides_whether_it_is_held",
		the_manifest_decides_whether_it_is_held);
	g_test_add_func(
		"/deletion/a_running_recording_can_be_held", a_running_recording_can_be_held);
	g_test_add_func("/deletion/holding_leaves_everything_else_in_the_manifest",
		holding_leaves_everything_else_in_the_manifest);
	g_test_add_func("/deletion/hold_and_deletion_do_not_cross", hold_and_deletion_do_not_cross);
	g_test_add_func("/deletion/a_disk_that_refuses_the_first_step_changes_nothing",
		a_disk_that_refuses_the_first_step_changes_nothing);
	g_test_add_func("/deletion/what_the_disk_does_not_let_go_is_removed_later",
		what_the_disk_does_not_let_go_is_removed_later);
	return g_test_run();
}
