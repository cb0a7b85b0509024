/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings folders that are taken away, in part or whole, while something is recorded into them.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/space.h"
#include "recording/track.h"
#include "tests/recording/call.h"

enum {
	BEFORE = 10, /* packets that the first part has got */
};

struct scene {
	struct call call;
	char *away; /* where the folder is moved to */
};

/* Nothing is on its way to the folder any more. */
static void wait_for_manifest(struct rig *rig)
{
	for (bool has_part = false; !has_part;) {
		struct manifest manifest;
		rig_load_manifest(&manifest, rig, "call.json");
		has_part = manifest.tracks[0].part_count > 0;
		manifest_fini(&manifest);
	}
}

static void scene_init(struct scene *scene)
{
	call_init(&scene->call, (struct engine_params){0});
	scene->away = g_build_filename(scene->call.rig.root, "away", NULL);
	call_push_and_wait(&scene->call, BEFORE);
	wait_for_manifest(&scene->call.rig);
}

static void scene_fini(struct scene *scene, struct manifest *manifest)
{
	call_fini(&scene->call, manifest);
	g_free(scene->away);
}

static char *path_of(const char *folder, const char *file)
{
	return g_build_filename(folder, file, NULL);
}

static void remove_files(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = path_of(folder, file);
		g_assert_cmpint(g_unlink(path), ==, 0);
	}
}

/* What lies at `away` takes the folder's place, in one step, and the other way round. */
static void change_places(struct scene *scene)
{
	g_assert_cmpint(
		renameat2(AT_FDCWD, scene->away, AT_FDCWD, scene->call.rig.folder, RENAME_EXCHANGE),
		==, 0);
}

static void make_folder(const char *path)
{
	g_assert_cmpint(g_mkdir(path, 0750), ==, 0);
}

/* What was written before the folder was moved comes back; all else has been written to the new
 * one. */
static void bring_back_first_part(struct scene *scene)
{
	g_autofree char *from = path_of(scene->away, "call-audio.mjr");
	g_autofree char *to = path_of(scene->call.rig.folder, "call-audio.mjr");
	g_assert_cmpint(g_rename(from, to), ==, 0);
	remove_files(scene->away);
	g_assert_cmpint(g_rmdir(scene->away), ==, 0);
}

static bool has_lock(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(file, ".engine-"))
			return true;
	return false;
}

static void assert_two_parts(struct scene *scene, struct manifest *manifest)
{
	call_stop(&scene->call, manifest);
	const struct manifest_track *audio = &manifest->tracks[0];
	g_assert_cmpuint(audio->part_count, ==, 2);
	g_assert_cmpuint(audio->parts[0].packets, ==, BEFORE);
	g_assert_cmpuint(audio->parts[1].packets, ==, scene->call.pushed - BEFORE);
	g_assert_cmpuint(audio->parts[1].first_seq, ==, BEFORE);
	g_assert_cmpuint(rig_count_frames(&scene->call.rig, audio->parts[1].file), ==,
		audio->parts[1].packets);
	g_assert_cmpuint(manifest->interruption_count, ==, 1);
	g_assert_cmpstr(manifest->interruptions[0].reason, ==, "io_error");
	g_assert_cmpint(manifest->interruptions[0].to_us, >, 0);
}

/* Within less than a second: nothing but the file itself can tell. */
static void goes_on_in_the_folder_that_takes_the_place(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	make_folder(scene.away);
	change_places(&scene);
	call_push(&scene.call, 30);
	rig_wait(&scene.call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	/* Who looks into the new folder finds that this engine lives. */
	g_assert_true(rig_exists(&scene.call.rig, "call.json"));
	g_assert_true(has_lock(scene.call.rig.folder));
	g_assert_true(has_lock(scene.away));
	call_resume(&scene.call);
	call_push_and_wait(&scene.call, 10);
	assert_two_parts(&scene, &manifest);
	bring_back_first_part(&scene);
	call_assert_accounted(&scene.call, &manifest);
	scene_fini(&scene, &manifest);
}

static void makes_the_folder_that_was_removed(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	remove_files(scene.call.rig.folder);
	g_assert_cmpint(g_rmdir(scene.call.rig.folder), ==, 0);
	call_push(&scene.call, 30);
	rig_wait(&scene.call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	call_resume(&scene.call);
	assert_two_parts(&scene, &manifest);
	g_assert_false(rig_exists(&scene.call.rig, "call-audio.mjr"));
	scene_fini(&scene, &manifest);
}

static void goes_on_without_the_file_that_was_removed(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	g_autofree char *path = path_of(scene.call.rig.folder, "call-audio.mjr");
	g_assert_cmpint(g_unlink(path), ==, 0);
	call_push(&scene.call, 30);
	rig_wait(&scene.call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	call_resume(&scene.call);
	assert_two_parts(&scene, &manifest);
	g_assert_cmpuint(manifest.tracks[0].parts[1].number, ==, 2);
	scene_fini(&scene, &manifest);
}

/* Nothing can be made there for a while. */
static void waits_until_there_is_a_folder(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	g_assert_true(g_file_set_contents(scene.away, "no folder", -1, NULL));
	change_places(&scene);
	call_push(&scene.call, 10);
	rig_wait(&scene.call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	struct recording *other = NULL;
	g_assert_cmpint(recording_start(&other, scene.call.rig.engine, rig_spec()), ==, -ENOTDIR);
	rig_advance(&scene.call.rig, 2 * G_USEC_PER_SEC);
	call_push(&scene.call, 10);
	change_places(&scene);
	g_assert_cmpint(g_unlink(scene.away), ==, 0);
	call_resume(&scene.call);
	call_push_and_wait(&scene.call, 10);
	assert_two_parts(&scene, &manifest);
	call_assert_accounted(&scene.call, &manifest);
	scene_fini(&scene, &manifest);
}

/* The other folder has a recording of the same name, with as many parts. */
static void overwrites_nothing_in_the_new_folder(void)
{
	static const char *const FILES[] = {"call.json", "call-audio.mjr", "call.0002-audio.mjr"};
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	make_folder(scene.away);
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		g_autofree char *path = path_of(scene.away, FILES[i]);
		g_assert_true(g_file_set_contents(path, "{}", -1, NULL));
	}
	change_places(&scene);
	call_push(&scene.call, 30);
	/* One attempt finds the name of the part taken, the next goes on. */
	while (rig_events(&scene.call.rig, ENGINE_RECORDING_RESUMED) == 0) {
		rig_advance(&scene.call.rig, G_USEC_PER_SEC);
		g_thread_yield();
	}
	call_push_and_wait(&scene.call, 10);
	rig_advance(&scene.call.rig, 2 * G_USEC_PER_SEC);
	call_push_and_wait(&scene.call, 10);
	g_assert_cmpuint(rig_count_frames(&scene.call.rig, "call.0003-audio.mjr"), ==, 50);
	recording_stop(scene.call.recording, "stopped");
	rig_wait(&scene.call.rig, ENGINE_RECORDING_FAILED, 1);
	recording_put(scene.call.recording);
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		GByteArray *file = rig_read(&scene.call.rig, FILES[i]);
		g_assert_cmpmem(file->data, file->len, "{}", 2);
		g_byte_array_unref(file);
	}
	/* The rings stay, as whenever a manifest cannot be completed. */
	g_assert_cmpuint(rig_count_files(scene.call.rig.ring_folder), >, 0);
	remove_files(scene.away);
	g_assert_cmpint(g_rmdir(scene.away), ==, 0);
	remove_files(scene.call.rig.ring_folder);
	manifest = (struct manifest){0};
	scene_fini(&scene, &manifest);
}

/* Whoever starts in the new folder must find that we live, even while nothing is recorded. */
static void is_at_home_in_the_new_folder_within_a_second(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	make_folder(scene.away);
	change_places(&scene);
	rig_advance(&scene.call.rig, SPACE_INTERVAL_US);
	while (!has_lock(scene.call.rig.folder))
		g_thread_yield();
	call_stop(&scene.call, &manifest);
	bring_back_first_part(&scene);
	call_assert_accounted(&scene.call, &manifest);
	scene_fini(&scene, &manifest);
}

enum {
	UNTESTABLE = 77 /* no right to mount */
};

/* Detached as `umount --lazy` does, with files open: they would take packets for ever. */
static void record_through_an_unmount(const char *folder)
{
	if (!rig_mount_tmpfs(folder, "size=8m"))
		_exit(UNTESTABLE);
	struct scene scene = {0};
	struct manifest manifest;
	scene.call.rig.folder = NULL;
	call_init(&scene.call, (struct engine_params){.folder = folder});
	call_push_and_wait(&scene.call, BEFORE);
	if (umount2(folder, MNT_DETACH) < 0)
		_exit(1);
	call_push(&scene.call, 30);
	rig_wait(&scene.call.rig, ENGINE_RECORDING_SUSPENDED, 1);
	call_resume(&scene.call);
	call_push_and_wait(&scene.call, 10);
	assert_two_parts(&scene, &manifest);
	remove_files(folder);
	call_fini(&scene.call, &manifest);
	_exit(0);
}

static void goes_on_below_the_disk_that_was_unmounted(void)
{
	g_autofree char *folder = g_dir_make_tmp("disk-XXXXXX", NULL);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		record_through_an_unmount(folder);
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_rmdir(folder);
	g_assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == UNTESTABLE)
		g_test_skip("this user may not mount a tmpfs");
	else
		g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/folder/goes_on_in_the_folder_that_takes_the_place",
		goes_on_in_the_folder_that_takes_the_place);
	g_test_add_func(
		"/folder/makes_the_folder_that_was_removed", makes_the_folder_that_was_removed);
	g_test_add_func("/folder/goes_on_without_the_file_that_was_removed",
		goes_on_without_the_file_that_was_removed);
	g_test_add_func("/folder/waits_until_there_is_a_folder", waits_until_there_is_a_folder);
	g_test_add_func("/folder/overwrites_nothing_in_the_new_folder",
		overwrites_nothing_in_the_new_folder);
	g_test_add_func("/folder/is_at_home_in_the_new_folder_within_a_second",
		is_at_home_in_the_new_folder_within_a_second);
	g_test_add_func("/folder/goes_on_below_the_disk_that_was_unmounted",
		goes_on_below_the_disk_that_was_unmounted);
	return g_test_run();
}
