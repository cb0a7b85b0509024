/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may touch what another engine has left, and what may lie in the ring folder. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/owner.h"
#include "tests/recording/rig.h"
#include "tests/recording/victim.h"

enum {
	RINGS = 4, /* of a recording */
	NOBODY = 65534
};

static void assert_recovered(struct rig *rig)
{
	victim_assert_state(rig, MANIFEST_RECOVERED);
	g_assert_cmpuint(rig_count_files(rig->ring_folder), ==, 0);
	g_assert_cmpuint(rig_count_frames(rig, "call-audio.mjr"), ==, VICTIM_PACKETS);
	g_assert_cmpuint(rig_count_frames(rig, "call-video.mjr"), ==, VICTIM_PACKETS);
	g_assert_cmpuint(rig_events(rig, ENGINE_RECORDING_RECOVERED), ==, 1);
}

static void assert_untouched(struct rig *rig)
{
	victim_assert_state(rig, MANIFEST_RECORDING);
	g_assert_cmpuint(rig_count_files(rig->ring_folder), ==, RINGS);
	g_assert_cmpuint(rig_events(rig, ENGINE_RECORDING_RECOVERED), ==, 0);
}

/* --- the living --- */

static void what_belongs_to_the_living_is_left_alone(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	pid_t child = victim_start(&rig, false);
	victim_recover(&rig);
	assert_untouched(&rig);
	victim_kill(child);
	victim_recover(&rig);
	assert_recovered(&rig);
	rig_fini(&rig);
}

enum copy {
	WHOLE,
	WITHOUT_LOCKS
};

static char *copy_folder(const char *folder, enum copy how)
{
	char *copy = g_strconcat(folder, "-copy", NULL);
	g_assert_cmpint(g_mkdir(copy, 0750), ==, 0);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *from = g_build_filename(folder, file, NULL);
		g_autofree char *to = g_build_filename(copy, file, NULL);
		g_autofree char *bytes = NULL;
		gsize len;
		if (how == WITHOUT_LOCKS && file[0] == '.')
			continue;
		g_assert_true(g_file_get_contents(from, &bytes, &len, NULL));
		g_assert_true(g_file_set_contents(to, bytes, (gssize)len, NULL));
	}
	return copy;
}

/* The rings are where they were: whose they are shows there. */
static void a_copy_of_the_folder_takes_no_rings_of_the_living(gconstpointer how)
{
	struct rig rig;
	rig_init(&rig, NULL);
	pid_t child = victim_start(&rig, false);
	char *folder = rig.folder;
	rig.folder = copy_folder(folder, GPOINTER_TO_INT(how));
	victim_recover(&rig);
	assert_untouched(&rig);
	rig_stop_engine(&rig);
	rig_remove_tree(rig.folder);
	g_free(rig.folder);
	rig.folder = folder;
	victim_kill(child);
	victim_recover(&rig);
	assert_recovered(&rig);
	rig_fini(&rig);
}

static char *find_lock(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(file, ".engine-"))
			return g_build_filename(folder, file, NULL);
	return NULL;
}

static void remove_lock(const char *folder)
{
	g_autofree char *path = find_lock(folder);
	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void either_lock_tells_that_an_engine_lives(gconstpointer is_in_ring_folder)
{
	struct rig rig;
	rig_init(&rig, NULL);
	pid_t child = victim_start(&rig, false);
	remove_lock(is_in_ring_folder ? rig.ring_folder : rig.folder);
	victim_recover(&rig);
	assert_untouched(&rig);
	victim_kill(child);
	victim_recover(&rig);
	assert_recovered(&rig);
	rig_fini(&rig);
}

/* --- two that come at once --- */

/* Hangs while it writes what waits in the first ring. */
static void recover_slowly(struct rig *rig, int unused)
{
	(void)unused;
	pthread_mutex_lock(&rig->faults.stall);
	rig->faults.stall_at = rig->faults.writes + 1;
	rig_restart(rig);
	while (rig->faults.writes < rig->faults.stall_at)
		g_thread_yield();
}

static void what_one_recovers_is_left_alone_by_the_next(gconstpointer has_lock)
{
	struct rig rig;
	rig_init(&rig, NULL);
	victim_kill(victim_start(&rig, false));
	if (!has_lock)
		remove_lock(rig.folder);
	pid_t child = victim_fork(&rig, recover_slowly, 0);
	victim_recover(&rig);
	assert_untouched(&rig);
	victim_kill(child);
	victim_recover(&rig);
	assert_recovered(&rig);
	rig_stop_engine(&rig);
	g_assert_null(find_lock(rig.folder));
	g_assert_null(find_lock(rig.ring_folder));
	rig_fini(&rig);
}

/* --- what may have the name of a ring --- */

static void make_folder(const char *path)
{
	g_autofree char *inside = g_build_filename(path, "kept", NULL);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	g_assert_true(g_file_set_contents(inside, "mine", -1, NULL));
}

static void make_link(const char *path)
{
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(symlink("/dev/null", path), ==, 0);
}

static void make_pipe(const char *path)
{
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
}

/* A good ring, but for its owner. */
static void make_foreign(const char *path)
{
	g_assert_cmpint(chown(path, NOBODY, NOBODY), ==, 0);
}

static const struct intruder {
	const char *name;
	void (*make)(const char *path);
	bool needs_root;
} intruders[] = {
	{"folder", make_folder, false},
	{"link", make_link, false},
	{"pipe", make_pipe, false},
	{"file_of_another_user", make_foreign, true},
};

static void what_is_no_ring_is_set_aside(gconstpointer data)
{
	const struct intruder *intruder = data;
	struct rig rig;
	if (intruder->needs_root && geteuid() != 0) {
		g_test_skip("only root can give files away");
		return;
	}
	rig_init(&rig, NULL);
	victim_kill(victim_start(&rig, false));
	g_autofree char *ring = victim_find_ring(&rig, "-audio.ring");
	intruder->make(ring);
	victim_recover(&rig);
	victim_assert_state(&rig, MANIFEST_RECOVERED);
	g_assert_cmpuint(rig_count_frames(&rig, "call-video.mjr"), ==, VICTIM_PACKETS);
	g_assert_cmpuint(rig_count_lines(&rig, "-audio.ring.damaged"), ==, 1);
	g_autofree char *aside = victim_find_ring(&rig, "-audio.ring.damaged");
	g_assert_nonnull(aside);
	g_assert_cmpuint(rig_count_files(rig.ring_folder), ==, 1);
	victim_recover(&rig);
	g_assert_cmpuint(rig.lines->len, ==, 0);
	rig_fini(&rig);
}

/* --- the ring folder --- */

static const struct folder {
	const char *name;
	mode_t mode;
	uid_t owner;
	const char *complaint; /* NULL: it will do */
} folders[] = {
	{"private", 0700, 0, NULL},
	{"of_a_group", 0770, 0, NULL},
	{"for_all_and_sticky", 01777, 0, NULL},
	{"for_all", 0777, 0, "no sticky bit"},
	{"of_another_user", 0755, NOBODY, "belongs to another user"},
};

static void a_ring_folder_must_be_safe(gconstpointer data)
{
	const struct folder *folder = data;
	struct rig rig;
	if (folder->owner != 0 && geteuid() != 0) {
		g_test_skip("only root can give folders away");
		return;
	}
	rig_init(&rig, NULL);
	rig_stop_engine(&rig);
	const struct engine_params params = rig_params(&rig);
	g_assert_cmpint(g_chmod(rig.ring_folder, folder->mode), ==, 0);
	if (folder->owner != 0)
		g_assert_cmpint(chown(rig.ring_folder, folder->owner, folder->owner), ==, 0);
	int err = engine_create(&rig.engine, &params);
	g_assert_cmpint(err, ==, folder->complaint == NULL ? 0 : -EPERM);
	if (folder->complaint != NULL) {
		g_assert_cmpuint(rig_count_lines(&rig, folder->complaint), ==, 1);
		g_assert_cmpuint(rig_count_lines(&rig, rig.ring_folder), ==, 1);
	}
	rig_fini(&rig);
}

static void add(const char *test, const char *name, gconstpointer data, GTestDataFunc function)
{
	g_autofree char *path = g_strdup_printf("/owner/%s/%s", test, name);
	g_test_add_data_func(path, data, function);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/owner/what_belongs_to_the_living_is_left_alone",
		what_belongs_to_the_living_is_left_alone);
	add("a_copy_of_the_folder_takes_no_rings_of_the_living", "whole", GINT_TO_POINTER(WHOLE),
		a_copy_of_the_folder_takes_no_rings_of_the_living);
	add("a_copy_of_the_folder_takes_no_rings_of_the_living", "without_locks",
		GINT_TO_POINTER(WITHOUT_LOCKS), a_copy_of_the_folder_takes_no_rings_of_the_living);
	add("either_lock_tells_that_an_engine_lives", "ring_folder", GINT_TO_POINTER(false),
		either_lock_tells_that_an_engine_lives);
	add("either_lock_tells_that_an_engine_lives", "recordings_folder", GINT_TO_POINTER(true),
		either_lock_tells_that_an_engine_lives);
	add("what_one_recovers_is_left_alone_by_the_next", "with_lock", GINT_TO_POINTER(true),
		what_one_recovers_is_left_alone_by_the_next);
	add("what_one_recovers_is_left_alone_by_the_next", "without_lock", GINT_TO_POINTER(false),
		what_one_recovers_is_left_alone_by_the_next);
	for (size_t i = 0; i < G_N_ELEMENTS(intruders); i++)
		add("what_is_no_ring_is_set_aside", intruders[i].name, &intruders[i],
			what_is_no_ring_is_set_aside);
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
		add("a_ring_folder_must_be_safe", folders[i].name, &folders[i],
			a_ring_folder_must_be_safe);
	return g_test_run();
}
