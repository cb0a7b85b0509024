/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hooks of an engine: real programs run on real events, again after failures and restarts. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/keeper.h"
#include "recording/store.h"
#include "tests/recording/hook_scene.h"

enum {
	ROUNDS = 20,
	PATIENCE_US = 30 * 1000 * 1000,
};

/* --- tests --- */

static void a_program_learns_of_a_finished_recording(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");

	g_autofree char *wanted = g_strdup_printf("2|s|%s/call.json|recording_finished|"
						  "%s:recording_finished|1|on_record|",
		scene.rig.folder, manifest.id);
	hook_scene_expect(&scene, 0, wanted);
	g_autofree char *told = hook_scene_told(&scene, 0);
	json_t *event = json_loads(strchr(told, '{'), JSON_DISABLE_EOF_CHECK, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(event, "state")), ==, "complete");
	g_assert_cmpstr(json_string_value(json_object_get(event, "reason")), ==, "stopped");
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(event, "files"), 0)), ==,
		"call-audio.mjr");
	g_assert_cmpint(json_integer_value(json_object_get(event, "packets")), ==, 1);
	json_decref(event);

	g_assert_cmpuint(manifest.hook_count, ==, 1);
	g_assert_cmpstr(manifest.hooks[0].hook, ==, "on_record");
	g_assert_cmpstr(manifest.hooks[0].action, ==, "program");
	g_assert_cmpstr(manifest.hooks[0].event, ==, "recording_finished");
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 1);
	g_assert_cmpstr(manifest.hooks[0].detail, ==, "exit status 0");
	g_assert_false(rig_exists(&scene.rig, ".hooks/failed"));
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void hooks_of_a_recording_run_in_order(void)
{
	struct hook_scene scene;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), HOOK_SCENE_TELL);
	hook_scene_add(&scene, "on_part", HOOK_ON(ENGINE_PART_FINISHED), HOOK_SCENE_TELL);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 3);
	static const char *const EVENTS[] = {
		"|recording_started|", "|part_finished|", "|recording_finished|"};
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *told = hook_scene_told(&scene, i);
		g_assert_nonnull(strstr(told, EVENTS[i]));
	}
	g_autofree char *part = g_strdup_printf("2|s|%s/call-audio.mjr|", scene.rig.folder);
	hook_scene_expect(&scene, 1, part);
	hook_scene_fini(&scene);
}

static void a_failure_is_tried_again_with_the_same_key(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED),
		HOOK_SCENE_TELL "echo not yet\n[ \"$RECORDER_ATTEMPT\" -ge 3 ]\n");
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *wanted = g_strdup_printf(
			"2|s|%s/call.json|recording_finished|%s:recording_finished|%u|",
			scene.rig.folder, manifest.id, i + 1);
		hook_scene_expect(&scene, i, wanted);
	}
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 3);
	g_assert_cmpuint(
		rig_count_lines(&scene.rig, "hook on_record, recording 'call': not yet"), ==, 3);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void what_never_succeeds_is_given_up_and_kept(void)
{
	struct hook_scene scene;
	struct manifest manifest;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "exit 3\n");
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	hook_scene_wait(&scene, 2);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 2);
	g_assert_false(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].code, ==, 3);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 3);
	g_assert_true(manifest.hooks[1].is_ok);
	g_autofree char *failed = g_build_filename(scene.rig.folder, ".hooks", "failed", NULL);
	g_assert_cmpuint(rig_count_files(failed), ==, 1);
	manifest_fini(&manifest);

	/* Moved to any other name, it gets another chance. */
	g_autofree char *again = g_build_filename(scene.rig.folder, ".hooks", "again", NULL);
	g_assert_cmpint(g_rename(failed, again), ==, 0);
	hook_scene_change(&scene, 0, "exit 0\n");
	rig_advance(&scene.rig, 1);
	rig_restart(&scene.rig);
	hook_scene_wait(&scene, 3);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 3);
	g_assert_true(manifest.hooks[2].is_ok);
	g_assert_cmpstr(manifest.hooks[2].key, ==, manifest.hooks[0].key);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

/* A kill leaves the journal as the hook's first attempt found it. */
static void a_hook_that_did_not_end_runs_again_after_a_restart(void)
{
	struct hook_scene scene;
	struct hook_limits hasty = hook_scene_quick;
	struct manifest manifest;
	hasty.grace_ms = 1;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED),
		HOOK_SCENE_TELL "[ -e \"$DIR/go\" ] || { echo waiting; exec sleep 100; }\n");
	hook_scene_start(&scene, &hasty);
	hook_scene_record(&scene, "call");
	rig_wait_lines(&scene.rig, ": waiting", 1);
	engine_destroy(g_steal_pointer(&scene.rig.engine));
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_HOOK_RESULT), ==, 0);
	g_autofree char *go = g_build_filename(scene.folder, "go", NULL);
	g_assert_true(g_file_set_contents(go, "", 0, NULL));
	rig_restart(&scene.rig);
	hook_scene_wait(&scene, 1);
	hook_scene_load(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 1);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 1);
	g_autofree char *wanted =
		g_strdup_printf("2|s|%s/call.json|recording_finished|%s:recording_finished|1|",
			scene.rig.folder, manifest.id);
	hook_scene_expect(&scene, 0, wanted);
	hook_scene_expect(&scene, 1, wanted);
	manifest_fini(&manifest);
	hook_scene_fini(&scene);
}

static void names_are_data(void)
{
	static const char *const NAMES[] = {"; touch \"$DIR/owned\"", "$(touch owned)",
		"`touch owned`", "-rf", "a\nb", "a b", "'\"\\"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		struct hook_scene scene;
		struct recording *recording = NULL;
		struct recording_spec spec = *rig_spec();
		spec.stream = NAMES[i];
		spec.name = NAMES[i];
		hook_scene_init(&scene);
		hook_scene_add(
			&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), HOOK_SCENE_TELL);
		hook_scene_start(&scene, &hook_scene_quick);
		g_assert_cmpint(recording_start(&recording, scene.rig.engine, &spec), ==, 0);
		g_autofree char *wanted = g_strdup_printf(
			"2|%s|%s/%s.json|", NAMES[i], scene.rig.folder, recording_name(recording));
		rig_stop(&scene.rig, recording);
		hook_scene_wait(&scene, 1);
		hook_scene_expect(&scene, 0, wanted);
		g_autofree char *owned = g_build_filename(scene.folder, "owned", NULL);
		g_assert_false(g_file_test(owned, G_FILE_TEST_EXISTS));
		g_assert_false(rig_exists(&scene.rig, "owned"));
		hook_scene_fini(&scene);
	}
}

/* --- beside deletion and hold --- */

/* Waits for a file "go" in the scene's folder. */
#define WAIT_TO_GO "echo waiting\nuntil [ -e \"$DIR/go\" ]; do sleep 0.05; done\n"

static void let_go(const struct hook_scene *scene)
{
	g_autofree char *go = hook_scene_path(scene, "go");
	g_assert_true(g_file_set_contents(go, "", 0, NULL));
}

static int erase(struct hook_scene *scene)
{
	return engine_delete(NULL, scene->rig.engine, "call", "requested");
}

/* Its files are needed until the result of the last hook is in the manifest. */
static void erase_when_its_hooks_are_done(struct hook_scene *scene)
{
	int err;
	while ((err = erase(scene)) == -EBUSY)
		g_thread_yield();
	g_assert_cmpint(err, ==, 0);
}

static void a_recording_whose_hook_runs_is_not_deleted(void)
{
	struct hook_scene scene;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), WAIT_TO_GO);
	hook_scene_start(&scene, &hook_scene_quick);
	hook_scene_record(&scene, "call");
	g_assert_cmpint(erase(&scene), ==, -EBUSY);
	rig_wait_lines(&scene.rig, ": waiting", 1);
	g_assert_cmpint(erase(&scene), ==, -EBUSY);
	g_assert_true(rig_exists(&scene.rig, "call-audio.mjr"));
	let_go(&scene);
	erase_when_its_hooks_are_done(&scene);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_HOOK_RESULT), ==, 1);
	hook_scene_fini(&scene);
}

static void a_hook_that_waits_for_another_attempt_keeps_its_recording(void)
{
	struct hook_scene scene;
	struct hook_limits patient = hook_scene_quick;
	patient.pause_ms = 3600000;
	patient.grace_ms = 1;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), "exit 1\n");
	hook_scene_start(&scene, &patient);
	hook_scene_record(&scene, "call");
	rig_wait_lines(&scene.rig, "again in", 1);
	g_assert_cmpint(erase(&scene), ==, -EBUSY);
	hook_scene_fini(&scene);
}

static void what_dead_engines_have_left_to_do_keeps_its_recording(void)
{
	struct hook_scene scene;
	struct hook_limits hasty = hook_scene_quick;
	hasty.grace_ms = 1;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), WAIT_TO_GO);
	hook_scene_start(&scene, &hasty);
	hook_scene_record(&scene, "call");
	rig_wait_lines(&scene.rig, ": waiting", 1);
	rig_restart(&scene.rig);
	g_assert_cmpint(erase(&scene), ==, -EBUSY);
	let_go(&scene);
	erase_when_its_hooks_are_done(&scene);
	hook_scene_fini(&scene);
}

static void retention_waits_for_hooks(void)
{
	struct hook_scene scene;
	struct hook_limits hasty = hook_scene_quick;
	hasty.grace_ms = 1;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), WAIT_TO_GO);
	hook_scene_start(&scene, &hasty);
	hook_scene_record(&scene, "call");
	rig_restart_with(&scene.rig, &(struct engine_params){.retention = {.age_us = 1}});
	rig_advance(&scene.rig, INT64_C(3600000000));
	keeper_run(scene.rig.engine->keeper);
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_RECORDING_DELETED), ==, 0);
	let_go(&scene);
	hook_scene_wait(&scene, 1);
	while (rig_events(&scene.rig, ENGINE_RECORDING_DELETED) == 0)
		keeper_run(scene.rig.engine->keeper);
	g_assert_false(rig_exists(&scene.rig, "call.json"));
	hook_scene_fini(&scene);
}

struct holder {
	struct store *store;
	const char *name;
	atomic_bool is_over;
};

static void hold_and_look(struct holder *holder, bool is_held)
{
	struct summary *summary = NULL;
	g_assert_cmpint(store_hold(&summary, holder->store, holder->name, is_held), ==, 0);
	g_assert_true(summary->is_held == is_held);
	summary_put(summary);
	json_t *manifest = store_find(holder->store, holder->name);
	g_assert_true(json_is_true(json_object_get(manifest, "hold")) == is_held);
	json_decref(manifest);
}

static void *hold_again_and_again(void *data)
{
	struct holder *holder = data;
	while (!atomic_load(&holder->is_over)) {
		hold_and_look(holder, false);
		hold_and_look(holder, true);
	}
	return NULL;
}

static size_t count_results(struct holder *holder)
{
	json_t *manifest = store_find(holder->store, holder->name);
	size_t count = json_array_size(json_object_get(manifest, "hooks"));
	json_decref(manifest);
	return count;
}

static void results_and_holds_do_not_undo_each_other(void)
{
	struct hook_scene scene;
	hook_scene_init(&scene);
	hook_scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), "exit 0\n");
	hook_scene_start(&scene, &hook_scene_quick);
	for (unsigned i = 0; i < ROUNDS; i++) {
		g_autofree char *name = g_strdup_printf("call-%u", i);
		struct holder holder = {.store = engine_store(scene.rig.engine), .name = name};
		hook_scene_record(&scene, name);
		GThread *thread = g_thread_new("holder", hold_again_and_again, &holder);
		hook_scene_wait(&scene, i + 1);
		int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
		while (count_results(&holder) == 0 && g_get_monotonic_time() < end_us)
			g_thread_yield();
		atomic_store(&holder.is_over, true);
		g_thread_join(thread);
		g_assert_cmpuint(count_results(&holder), ==, 1);
		hold_and_look(&holder, true);
	}
	hook_scene_fini(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/a program learns of a finished recording",
		a_program_learns_of_a_finished_recording);
	g_test_add_func("/hooks of a recording run in order", hooks_of_a_recording_run_in_order);
	g_test_add_func("/a failure is tried again with the same key",
		a_failure_is_tried_again_with_the_same_key);
	g_test_add_func("/what never succeeds is given up and kept",
		what_never_succeeds_is_given_up_and_kept);
	g_test_add_func("/a hook that did not end runs again after a restart",
		a_hook_that_did_not_end_runs_again_after_a_restart);
	g_test_add_func("/names are data", names_are_data);
	g_test_add_func("/a recording whose hook runs is not deleted",
		a_recording_whose_hook_runs_is_not_deleted);
	g_test_add_func("/a hook that waits for another attempt keeps its recording",
		a_hook_that_waits_for_another_attempt_keeps_its_recording);
	g_test_add_func("/what dead engines have left to do keeps its recording",
		what_dead_engines_have_left_to_do_keeps_its_recording);
	g_test_add_func("/retention waits for hooks", retention_waits_for_hooks);
	g_test_add_func("/results and holds do not undo each other",
		results_and_holds_do_not_undo_each_other);
	return g_test_run();
}
