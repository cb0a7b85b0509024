/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hooks of an engine: real programs run on real events, again after failures and restarts. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/path.h"
#include "recording/hook.h"
#include "recording/hook_job.h"
#include "recording/hook_program.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

/* Says what it was told, in one file per run. $DIR is the folder of the scene. */
#define TELL                                                           \
	"n=$(ls \"$DIR\" | grep -c '^told') || true\n"                 \
	"{ printf '%s|' \"$#\" \"$1\" \"$2\" \"$RECORDER_EVENT\" "     \
	"\"$RECORDER_KEY\" \"$RECORDER_ATTEMPT\" \"$RECORDER_HOOK\"; " \
	"cat; } >\"$DIR/told.$n\"\n"

struct scene {
	struct rig rig;
	char *folder; /* of the programs and what they say */
	struct hook hooks[4];
	char *programs[4];
	size_t count;
};

static const struct hook_limits quick = {
	.timeout_ms = 30000, .attempts = 3, .pause_ms = 1, .kill_ms = 200, .grace_ms = 30000};

static void scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	scene->folder = g_dir_make_tmp("hooks-XXXXXX", NULL);
}

static void write_program(const struct scene *scene, const char *path, const char *text)
{
	g_autofree char *script =
		g_strdup_printf("#!/bin/sh\nset -eu\nDIR='%s'\n%s", scene->folder, text);
	g_assert_true(g_file_set_contents(path, script, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0700), ==, 0);
}

/* A program of the operator's: `text` is shell. */
static void scene_add(struct scene *scene, const char *name, unsigned events, const char *text)
{
	char *path = g_build_filename(scene->folder, name, NULL);
	write_program(scene, path, text);
	scene->programs[scene->count] = path;
	scene->hooks[scene->count++] = (struct hook){name, events, &hook_program, path};
}

static void scene_start(struct scene *scene, const struct hook_limits *limits)
{
	const struct engine_params params = {
		.flush_interval_ms = 5,
		.hooks = scene->hooks,
		.hook_count = scene->count,
		.hook_limits = *limits,
	};
	rig_init(&scene->rig, &params);
}

static void scene_fini(struct scene *scene)
{
	rig_fini(&scene->rig);
	rig_remove_tree(scene->folder);
	for (size_t i = 0; i < scene->count; i++)
		g_free(scene->programs[i]);
	g_free(scene->folder);
}

/* What the n-th run has said; NULL when there was none. The caller frees it. */
static char *scene_told(const struct scene *scene, unsigned n)
{
	g_autofree char *file = g_strdup_printf("told.%u", n);
	g_autofree char *path = g_build_filename(scene->folder, file, NULL);
	char *text = NULL;
	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

/* The fields before standard input. */
static void expect_told(const struct scene *scene, unsigned n, const char *wanted)
{
	g_autofree char *told = scene_told(scene, n);
	g_assert_nonnull(told);
	if (!g_str_has_prefix(told, wanted))
		g_error("'%s' does not begin with '%s'", told, wanted);
}

static void record(struct scene *scene, const char *name)
{
	struct recording *recording = rig_start(&scene->rig, name);
	uint8_t packet[200];
	track_push_rtp(recording_track(recording, 0), packet, rig_rtp(packet, 1, 960, 100));
	rig_stop(&scene->rig, recording);
}

/* As many as have run, or were given up. */
static void wait_for_hooks(struct scene *scene, unsigned count)
{
	rig_wait(&scene->rig, ENGINE_HOOK_RESULT, count);
}

/* Ends the engine, so that all is written; the caller finishes the manifest. */
static void load_ended(struct manifest *out, struct scene *scene, const char *file)
{
	engine_destroy(g_steal_pointer(&scene->rig.engine));
	rig_load_manifest(out, &scene->rig, file);
}

/* --- tests --- */

static void a_program_learns_of_a_finished_recording(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), TELL);
	scene_start(&scene, &quick);
	record(&scene, "call");
	wait_for_hooks(&scene, 1);
	load_ended(&manifest, &scene, "call.json");

	g_autofree char *wanted = g_strdup_printf("2|s|%s/call.json|recording_finished|"
						  "%s:recording_finished|1|on_record|",
		scene.rig.folder, manifest.id);
	expect_told(&scene, 0, wanted);
	g_autofree char *told = scene_told(&scene, 0);
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
	scene_fini(&scene);
}

static void hooks_of_a_recording_run_in_order(void)
{
	struct scene scene;
	scene_init(&scene);
	scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), TELL);
	scene_add(&scene, "on_part", HOOK_ON(ENGINE_PART_FINISHED), TELL);
	scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), TELL);
	scene_start(&scene, &quick);
	record(&scene, "call");
	wait_for_hooks(&scene, 3);
	static const char *const EVENTS[] = {
		"|recording_started|", "|part_finished|", "|recording_finished|"};
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *told = scene_told(&scene, i);
		g_assert_nonnull(strstr(told, EVENTS[i]));
	}
	g_autofree char *part = g_strdup_printf("2|s|%s/call-audio.mjr|", scene.rig.folder);
	expect_told(&scene, 1, part);
	scene_fini(&scene);
}

static void a_failure_is_tried_again_with_the_same_key(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED),
		TELL "echo not yet\n[ \"$RECORDER_ATTEMPT\" -ge 3 ]\n");
	scene_start(&scene, &quick);
	record(&scene, "call");
	wait_for_hooks(&scene, 1);
	load_ended(&manifest, &scene, "call.json");
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *wanted = g_strdup_printf(
			"2|s|%s/call.json|recording_finished|%s:recording_finished|%u|",
			scene.rig.folder, manifest.id, i + 1);
		expect_told(&scene, i, wanted);
	}
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 3);
	g_assert_cmpuint(
		rig_count_lines(&scene.rig, "hook on_record, recording 'call': not yet"), ==, 3);
	manifest_fini(&manifest);
	scene_fini(&scene);
}

static void what_never_succeeds_is_given_up_and_kept(void)
{
	struct scene scene;
	struct manifest manifest;
	scene_init(&scene);
	scene_add(&scene, "on_start", HOOK_ON(ENGINE_RECORDING_STARTED), "exit 3\n");
	scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), TELL);
	scene_start(&scene, &quick);
	record(&scene, "call");
	wait_for_hooks(&scene, 2);
	load_ended(&manifest, &scene, "call.json");
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
	write_program(&scene, scene.programs[0], "exit 0\n");
	rig_advance(&scene.rig, 1);
	rig_restart(&scene.rig);
	wait_for_hooks(&scene, 3);
	load_ended(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 3);
	g_assert_true(manifest.hooks[2].is_ok);
	g_assert_cmpstr(manifest.hooks[2].key, ==, manifest.hooks[0].key);
	manifest_fini(&manifest);
	scene_fini(&scene);
}

/* A kill leaves the journal as the hook's first attempt found it. */
static void a_hook_that_did_not_end_runs_again_after_a_restart(void)
{
	struct scene scene;
	struct hook_limits hasty = quick;
	struct manifest manifest;
	hasty.grace_ms = 1;
	scene_init(&scene);
	scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED),
		TELL "[ -e \"$DIR/go\" ] || { echo waiting; exec sleep 100; }\n");
	scene_start(&scene, &hasty);
	record(&scene, "call");
	rig_wait_lines(&scene.rig, ": waiting", 1);
	engine_destroy(g_steal_pointer(&scene.rig.engine));
	g_assert_cmpuint(rig_events(&scene.rig, ENGINE_HOOK_RESULT), ==, 0);
	g_autofree char *go = g_build_filename(scene.folder, "go", NULL);
	g_assert_true(g_file_set_contents(go, "", 0, NULL));
	rig_restart(&scene.rig);
	wait_for_hooks(&scene, 1);
	load_ended(&manifest, &scene, "call.json");
	g_assert_cmpuint(manifest.hook_count, ==, 1);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 1);
	g_autofree char *wanted =
		g_strdup_printf("2|s|%s/call.json|recording_finished|%s:recording_finished|1|",
			scene.rig.folder, manifest.id);
	expect_told(&scene, 0, wanted);
	expect_told(&scene, 1, wanted);
	manifest_fini(&manifest);
	scene_fini(&scene);
}

static void names_are_data(void)
{
	static const char *const NAMES[] = {"; touch \"$DIR/owned\"", "$(touch owned)",
		"`touch owned`", "-rf", "a\nb", "a b", "'\"\\"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		struct scene scene;
		struct recording *recording = NULL;
		struct recording_spec spec = *rig_spec();
		spec.stream = NAMES[i];
		spec.name = NAMES[i];
		scene_init(&scene);
		scene_add(&scene, "on_record", HOOK_ON(ENGINE_RECORDING_FINISHED), TELL);
		scene_start(&scene, &quick);
		g_assert_cmpint(recording_start(&recording, scene.rig.engine, &spec), ==, 0);
		g_autofree char *wanted = g_strdup_printf(
			"2|%s|%s/%s.json|", NAMES[i], scene.rig.folder, recording_name(recording));
		rig_stop(&scene.rig, recording);
		wait_for_hooks(&scene, 1);
		expect_told(&scene, 0, wanted);
		g_autofree char *owned = g_build_filename(scene.folder, "owned", NULL);
		g_assert_false(g_file_test(owned, G_FILE_TEST_EXISTS));
		g_assert_false(rig_exists(&scene.rig, "owned"));
		scene_fini(&scene);
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
