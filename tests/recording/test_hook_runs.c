/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hooks when things go wrong around them, or another kind of action is among
 * them: kills, floods, full disks, settings that are gone.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/engine_priv.h"
#include "recording/hook_job.h"
#include "recording/hook_program.h"
#include "recording/hook_queue.h"
#include "recording/owner.h"
#include "recording/track.h"
#include "tests/recording/hook_scene.h"

/* --- an action that makes something, and one that is apart --- */

static int start_done(void **run, const struct hook_call *call)
{
	int fd = eventfd(1, EFD_CLOEXEC);
	*run = GINT_TO_POINTER(fd);
	(void)call;
	return fd < 0 ? -errno : 0;
}

static int fd_of(const void *run)
{
	return GPOINTER_TO_INT(run);
}

static bool step_output(void *run, struct hook_result *out)
{
	(void)run;
	out->is_ok = true;
	out->detail = g_strdup("made");
	out->output = g_strdup("/srv/web/call.mp4");
	return true;
}

static bool step_failure(void *run, struct hook_result *out)
{
	(void)run;
	out->detail = g_strdup("never");
	return true;
}

static void cancel_none(void *run)
{
	(void)run;
}

static void close_run(void *run)
{
	close(GPOINTER_TO_INT(run));
}

static const struct hook_action maker = {.name = "maker",
	.start = start_done,
	.fd = fd_of,
	.step = step_output,
	.cancel = cancel_none,
	.destroy = close_run};
static const struct hook_action loner = {.name = "loner",
	.is_apart = true,
	.start = start_done,
	.fd = fd_of,
	.step = step_failure,
	.cancel = cancel_none,
	.destroy = close_run};

static void what_one_makes_is_handed_to_those_behind_it(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add_action(&scene, "convert", HOOK_ON(ENGINE_RECORDING_FINISHED), &maker);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_add(
		&scene, "on_converted", HOOK_ON(ENGINE_RECORDING_CONVERTED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 3);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_RECORDING_CONVERTED), ==, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	hook_scene_expect(&scene, 0, "2|s|/srv/web/call.mp4|recording_finished|");
	hook_scene_expect(&scene, 1, "2|s|/srv/web/call.mp4|recording_converted|");
	g_autofree char *key = g_strdup_printf("%s:recording_converted:call.mp4", manifest.id);
	g_assert_cmpuint(manifest.hook_count, ==, 3);
	g_assert_cmpstr(manifest.hooks[0].output, ==, "/srv/web/call.mp4");
	g_assert_cmpstr(manifest.hooks[0].action, ==, "maker");
	g_assert_cmpstr(manifest.hooks[1].output, ==, NULL);
	g_assert_cmpstr(manifest.hooks[2].key, ==, key);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void nobody_waits_for_an_action_that_is_apart(void)
{
	struct hook_scene scene;
	struct hook_limits patient = hook_scene_quick;
	patient.pause_ms = 300000;
	hook_scene_init(&scene);
	hook_scene_add_action(&scene, "call_away", HOOK_ON(ENGINE_RECORDING_STARTED), &loner);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &patient);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	g_autofree char *wanted = g_strdup_printf("2|s|%s/call.json|", scene.rig.folder);
	hook_scene_expect(&scene, 0, wanted);
	hook_scene_fini(&scene);
}

/* --- many --- */

static void as_many_as_allowed_run_at_the_same_time(void)
{
	struct hook_scene scene;
	struct hook_limits limits = hook_scene_quick;
	limits.concurrency = 2;
	hook_scene_init(&scene);
	/* Each waits until it has a companion, so one at a time would never end. */
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED),
		"cd \"$DIR\"; mkdir \"here.$RECORDER_ID\"\n"
		"until [ \"$(ls | grep -c '^here' || true)\" -ge 2 ]; do sleep 0.01; done\n"
		"set -- $(ls | grep '^runs' || true); [ $# -lt 2 ] || mkdir too_many\n"
		"mkdir \"runs.$RECORDER_ID\"; sleep 0.05; rmdir \"runs.$RECORDER_ID\"\n");
	hook_scene_start(&scene, &limits);
	for (unsigned i = 0; i < 6; i++)
		hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 6);
	g_autofree char *too_many = hook_scene_path(&scene, "too_many");
	g_assert_false(g_file_test(too_many, G_FILE_TEST_EXISTS));
	hook_scene_fini(&scene);
}

/* --- kills --- */

/* Never returns: dies while the hook of its recording runs. */
static void die_with_a_hook(const char *folder, const char *program)
{
	struct rig rig;
	g_random_set_seed((guint32)getpid()); /* for ids of its own */
	const struct hook hook = {.name = "on_record",
		.events = HOOK_ON(ENGINE_RECORDING_FINISHED),
		.action = &hook_program,
		.target = program};
	rig_init(&rig, &(struct engine_params){.folder = folder,
			       .hooks = &hook,
			       .hook_count = 1,
			       .hook_limits = hook_scene_quick});
	rig_stop(&rig, rig_start(&rig, "call"));
	rig_wait_lines(&rig, ": waiting", 1);
	kill(getpid(), SIGKILL);
}

static void a_killed_engine_leaves_its_hooks_to_the_next(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED),
		HOOK_SCENE_TELL "[ -e \"$DIR/go\" ] || { echo waiting; exec sleep 2; }\n");
	g_autofree char *recordings = hook_scene_path(&scene, "recordings");
	pid_t child = fork();
	if (child == 0)
		die_with_a_hook(recordings, scene.programs[0]);
	int status;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	g_autofree char *go = hook_scene_path(&scene, "go");
	g_assert_true(g_file_set_contents(go, "", 0, NULL));
	rig_init(&scene.rig, &(struct engine_params){.folder = recordings,
				     .hooks = scene.hooks,
				     .hook_count = scene.count,
				     .hook_limits = hook_scene_quick});
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	g_autofree char *wanted =
		g_strdup_printf("2|s|%s/call.json|recording_finished|%s:recording_finished|1|",
			recordings, manifest.id);
	hook_scene_expect(&scene, 0, wanted);
	hook_scene_expect(&scene, 1, wanted);
	g_assert_cmpuint(manifest.hook_count, ==, 1);
	g_assert_true(manifest.hooks[0].is_ok);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* Never returns. */
static void die_while_recording(const char *folder)
{
	struct rig rig;
	g_random_set_seed((guint32)getpid()); /* for ids of its own */
	rig_init(&rig, &(struct engine_params){.folder = folder});
	rig_start(&rig, "call");
	kill(getpid(), SIGKILL);
}

static void a_recovered_recording_has_its_hook(void)
{
	struct hook_scene scene;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record",
		HOOK_ON(ENGINE_RECORDING_FINISHED) | HOOK_ON(ENGINE_RECORDING_RECOVERED),
		HOOK_SCENE_TELL);
	g_autofree char *recordings = hook_scene_path(&scene, "recordings");
	pid_t child = fork();
	if (child == 0)
		die_while_recording(recordings);
	g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
	rig_init(&scene.rig, &(struct engine_params){.folder = recordings,
				     .hooks = scene.hooks,
				     .hook_count = scene.count,
				     .hook_limits = hook_scene_quick});
	hook_scene_wait(&scene, 1);
	g_autofree char *wanted =
		g_strdup_printf("2|s|%s/call.json|recording_recovered|", recordings);
	hook_scene_expect(&scene, 0, wanted);
	hook_scene_fini(&scene);
}

/* --- faults --- */

static void a_full_disk_does_not_keep_hooks_from_running(void)
{
	struct hook_scene scene;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &hook_scene_quick);
	/* The manifest still finds room, what comes after it does not. */
	scene.rig.faults.error = -ENOSPC;
	scene.rig.faults.replace_at = 2;
	struct recording *recording = rig_start(&scene.rig, "call");
	scene.rig.faults.replace_at = 0;
	hook_scene_wait(&scene, 1);
	g_assert_cmpuint(rig_count_lines(&scene.rig, "is not in the journal"), ==, 1);
	rig_stop(&scene.rig, recording);
	hook_scene_fini(&scene);
}

static void a_hook_whose_setting_is_gone_is_given_up(void)
{
	struct hook_scene scene;
	struct hook_limits hasty = hook_scene_quick;
	hasty.grace_ms = hasty.kill_ms = 1;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "exec sleep 100\n");
	hook_scene_start(&scene, &hasty);
	hook_scene_record(&scene, "call");
	engine_destroy(g_steal_pointer(&scene.rig.engine));
	scene.hooks[0].name = "on_part";
	rig_restart(&scene.rig);
	rig_wait_lines(&scene.rig, "is not configured any more", 1);
	engine_destroy(g_steal_pointer(&scene.rig.engine));
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_HOOK_RESULT), ==, 0);
	g_assert_true(rig_exists(&scene.rig, ".hooks/failed"));
	hook_scene_fini(&scene);
}

static void a_program_that_has_gone_is_tried_and_given_up(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), "exit 0\n");
	hook_scene_start(&scene, &hook_scene_quick);
	g_assert_cmpint(unlink(scene.programs[0]), ==, 0);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_false(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].code, ==, 127);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 3);
	g_assert_cmpstr(
		manifest.hooks[0].detail, ==, "cannot be started: No such file or directory");
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void a_time_out_is_a_failure(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	struct hook_limits limits = {.timeout_ms = 50, .attempts = 1, .kill_ms = 50};
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), "exec sleep 100\n");
	hook_scene_start(&scene, &limits);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpstr(manifest.hooks[0].detail, ==, "timed out");
	g_assert_cmpuint(manifest.hooks[0].code, ==, 124);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* While a recording goes on, its manifest is its writer's alone. */
static void results_wait_for_the_end_of_the_recording(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "exit 0\n");
	hook_scene_start(&scene, &hook_scene_quick);
	struct recording *recording = rig_start(&scene.rig, "call");
	hook_scene_wait(&scene, 1);
	rig_load_manifest(&manifest, &scene.rig, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 0);
	manifest_fini(&manifest);
	rig_stop(&scene.rig, recording);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 1);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* As when the process is killed between the two. */
static void results_that_are_entered_twice_are_there_once(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "exit 0\n");
	hook_scene_start(&scene, &hook_scene_quick);
	struct recording *recording = rig_start(&scene.rig, "call");
	hook_scene_wait(&scene, 1);
	g_autofree char *file = g_strconcat(recording_id(recording), ".results", NULL);
	const char *engine = scene.rig.engine->owner->id;
	g_autofree char *waiting = g_build_filename(scene.rig.folder, ".hooks", engine, file, NULL);
	g_autofree char *content = NULL;
	g_assert_true(g_file_get_contents(waiting, &content, NULL, NULL));
	rig_stop(&scene.rig, recording);
	rig_stop_engine(&scene.rig);
	g_assert_false(g_file_test(waiting, G_FILE_TEST_EXISTS));
	g_autofree char *dead = g_build_filename(scene.rig.folder, ".hooks", "dead", NULL);
	g_autofree char *again = g_build_filename(dead, file, NULL);
	g_assert_cmpint(g_mkdir(dead, 0700), ==, 0);
	g_assert_true(g_file_set_contents(again, content, -1, NULL));
	rig_restart(&scene.rig);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_false(g_file_test(dead, G_FILE_TEST_EXISTS));
	g_assert_cmpuint(manifest.hook_count, ==, 1);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* --- more than fit --- */

enum {
	BALLAST = 200 << 10
};

/* A large job as an earlier engine has left it, for a recording that nobody has. */
static void leave_job(const char *folder, uint64_t order)
{
	g_autofree char *id = g_uuid_string_random();
	g_autofree char *key = g_strdup_printf("%s:recording_started", id);
	g_autofree char *much = g_strnfill(BALLAST, 'x');
	char hook[] = "on_start";
	struct hook_job job = {
		.order = order,
		.hook = hook,
		.recording = id,
		.key = key,
		.event = json_pack("{ss ss ss ss ss}", "event", "recording_started", "stream", "s",
			"folder", "/", "manifest", "none.json", "metadata", much),
	};
	g_autofree char *file = hook_job_file(&job);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	char *text = hook_job_to_text(&job);
	g_assert_cmpint(path_replace_unsynced(path, text, strlen(text)), ==, 0);
	free(text);
	json_decref(job.event);
}

static _Atomic unsigned passed;

static bool step_pass(void *run, struct hook_result *out)
{
	(void)run;
	passed++;
	out->is_ok = true;
	out->detail = g_strdup("passed");
	return true;
}

static const struct hook_action passer = {.name = "passer",
	.start = start_done,
	.fd = fd_of,
	.step = step_pass,
	.cancel = cancel_none,
	.destroy = close_run};

static void more_than_memory_holds_wait_in_the_journal(void)
{
	enum {
		COUNT = HOOK_QUEUE_BYTES_MAX / BALLAST + 20
	};
	struct hook_scene scene;
	struct hook_limits limits = hook_scene_quick;
	limits.concurrency = 64;
	hook_scene_init(&scene);
	hook_scene_add_action(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), &passer);
	g_autofree char *recordings = hook_scene_path(&scene, "recordings");
	g_autofree char *left = g_build_filename(recordings, ".hooks", "left", NULL);
	g_assert_cmpint(g_mkdir_with_parents(left, 0700), ==, 0);
	for (uint64_t i = 0; i < COUNT; i++)
		leave_job(left, i + 1);
	passed = 0;
	rig_init(&scene.rig, &(struct engine_params){.folder = recordings,
				     .hooks = scene.hooks,
				     .hook_count = scene.count,
				     .hook_limits = limits});
	hook_scene_wait(&scene, COUNT);
	g_assert_cmpuint(passed, ==, COUNT);
	hook_scene_fini(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/a killed engine leaves its hooks to the next",
		a_killed_engine_leaves_its_hooks_to_the_next);
	g_test_add_func("/a recovered recording has its hook", a_recovered_recording_has_its_hook);
	g_test_add_func("/what one makes is handed to those behind it",
		what_one_makes_is_handed_to_those_behind_it);
	g_test_add_func("/nobody waits for an action that is apart",
		nobody_waits_for_an_action_that_is_apart);
	g_test_add_func("/as many as allowed run at the same time",
		as_many_as_allowed_run_at_the_same_time);
	g_test_add_func("/a full disk does not keep hooks from running",
		a_full_disk_does_not_keep_hooks_from_running);
	g_test_add_func("/a hook whose setting is gone is given up",
		a_hook_whose_setting_is_gone_is_given_up);
	g_test_add_func("/a program that has gone is tried and given up",
		a_program_that_has_gone_is_tried_and_given_up);
	g_test_add_func("/a time-out is a failure", a_time_out_is_a_failure);
	g_test_add_func("/results wait for the end of the recording",
		results_wait_for_the_end_of_the_recording);
	g_test_add_func("/results that are entered twice are there once",
		results_that_are_entered_twice_are_there_once);
	g_test_add_func("/more than memory holds wait in the journal",
		more_than_memory_holds_wait_in_the_journal);
	return g_test_run();
}
