/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_scene.h. */
#include "tests/recording/hook_scene.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recording/hook_program.h"
#include "recording/track.h"

const struct hook_limits hook_scene_quick = {
	.timeout_ms = 30000, .attempts = 3, .pause_ms = 1, .kill_ms = 200, .grace_ms = 30000};

void hook_scene_init(struct hook_scene *scene)
{
	*scene = (struct hook_scene){0};
	scene->folder = g_dir_make_tmp("hooks-XXXXXX", NULL);
}

void hook_scene_fini(struct hook_scene *scene)
{
	rig_fini(&scene->rig);
	rig_remove_tree(scene->folder);
	for (size_t i = 0; i < scene->count; i++)
		g_free(scene->programs[i]);
	g_free(scene->folder);
}

void hook_scene_change(struct hook_scene *scene, size_t n, const char *text)
{
	g_autofree char *script =
		g_strdup_printf("#!/bin/sh\nset -eu\nDIR='%s'\n%s", scene->folder, text);
	g_assert_true(g_file_set_contents(scene->programs[n], script, -1, NULL));
	g_assert_cmpint(g_chmod(scene->programs[n], 0700), ==, 0);
}

void hook_scene_add(struct hook_scene *scene, const char *name, unsigned events, const char *text)
{
	hook_scene_add_action(scene, name, events, &hook_program);
	hook_scene_change(scene, scene->count - 1, text);
}

void hook_scene_add_action(struct hook_scene *scene, const char *name, unsigned events,
	const struct hook_action *action)
{
	char *path = hook_scene_path(scene, name);
	g_assert_cmpuint(scene->count, <, G_N_ELEMENTS(scene->hooks));
	scene->programs[scene->count] = path;
	scene->hooks[scene->count++] =
		(struct hook){.name = name, .events = events, .action = action, .target = path};
}

void hook_scene_start(struct hook_scene *scene, const struct hook_limits *limits)
{
	const struct engine_params params = {
		.flush_interval_ms = 5,
		.hooks = scene->hooks,
		.hook_count = scene->count,
		.hook_limits = *limits,
	};
	rig_init(&scene->rig, &params);
}

char *hook_scene_path(const struct hook_scene *scene, const char *file)
{
	return g_build_filename(scene->folder, file, NULL);
}

char *hook_scene_told(const struct hook_scene *scene, unsigned n)
{
	g_autofree char *file = g_strdup_printf("told.%u", n);
	g_autofree char *path = hook_scene_path(scene, file);
	char *text = NULL;
	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

void hook_scene_expect(const struct hook_scene *scene, unsigned n, const char *wanted)
{
	g_autofree char *told = hook_scene_told(scene, n);
	g_assert_nonnull(told);
	if (!g_str_has_prefix(told, wanted))
		g_error("'%s' does not begin with '%s'", told, wanted);
}

void hook_scene_record(struct hook_scene *scene, const char *name)
{
	struct recording *recording = rig_start(&scene->rig, name);
	uint8_t packet[200];
	track_push_rtp(recording_track(recording, 0), packet, rig_rtp(packet, 1, 960, 100));
	rig_stop(&scene->rig, recording);
}

void hook_scene_wait(struct hook_scene *scene, unsigned count)
{
	rig_wait(&scene->rig, ENGINE_HOOK_RESULT, count);
}

void hook_scene_load(struct manifest *out, struct hook_scene *scene, const char *file)
{
	engine_destroy(g_steal_pointer(&scene->rig.engine));
	rig_load_manifest(out, &scene->rig, file);
}
