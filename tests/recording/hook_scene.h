/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An engine with hooks: programs of a test's own, and what they say that they were told. */
#pragma once

#include "recording/hook.h"
#include "tests/recording/rig.h"

/*
 * Shell: says what it was told, in one file per run: the number of its arguments, both of them, the
 * variables for event, key, attempt and hook, and standard input, with '|' between. $DIR is the
 * folder of the scene.
 */
#define HOOK_SCENE_TELL                                                \
	"n=$(ls \"$DIR\" | grep -c '^told') || true\n"                 \
	"{ printf '%s|' \"$#\" \"$1\" \"$2\" \"$RECORDER_EVENT\" "     \
	"\"$RECORDER_KEY\" \"$RECORDER_ATTEMPT\" \"$RECORDER_HOOK\"; " \
	"cat; } >\"$DIR/told.$n\"\n"

struct hook_scene {
	struct rig rig;
	char *folder; /* of the programs and what they say */
	struct hook hooks[8];
	char *programs[8];
	size_t count;
};

/* Three attempts, without a pause to speak of. */
extern const struct hook_limits hook_scene_quick;

void hook_scene_init(struct hook_scene *scene);
void hook_scene_fini(struct hook_scene *scene);

/* A program of the operator's: `text` is shell, that ends at its first failure. */
void hook_scene_add(struct hook_scene *scene, const char *name, unsigned events, const char *text);

/* Another kind of hook. */
void hook_scene_add_action(struct hook_scene *scene, const char *name, unsigned events,
	const struct hook_action *action);

/* Other text for the n-th program. */
void hook_scene_change(struct hook_scene *scene, size_t n, const char *text);

/* Makes the engine. */
void hook_scene_start(struct hook_scene *scene, const struct hook_limits *limits);

/* Its own folder, in which nothing but programs and what they say is. The caller frees it. */
char *hook_scene_path(const struct hook_scene *scene, const char *file);

/* What the n-th run has said; NULL when there was none. The caller frees it. */
char *hook_scene_told(const struct hook_scene *scene, unsigned n);

/* The fields before standard input. */
void hook_scene_expect(const struct hook_scene *scene, unsigned n, const char *wanted);

/* A recording with one packet of sound, from its start to its end. */
void hook_scene_record(struct hook_scene *scene, const char *name);

/* As many hooks as have run, or were given up. */
void hook_scene_wait(struct hook_scene *scene, unsigned count);

/* Ends the engine, so that all is written; the caller finishes the manifest. */
void hook_scene_load(struct manifest *out, struct hook_scene *scene, const char *file);
