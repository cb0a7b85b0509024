/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hooks of an engine: real programs run on real events, again after failures and restarts. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/recording/hook_scene.h"

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
	return g_test_run();
}
