/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the operands of a command to recordings with tracks: a manifest, loose
 * .mjr files, or a folder with both.
 *
 * Loose files whose names agree before their track's label are one recording,
 * whichever program wrote them:
 *
 *   NAME-audio.mjr NAME-video.mjr NAME-video1.mjr NAME-rtcp.mjr    this recorder
 *   NAME-audio.mjr NAME.0001-audio.mjr NAME.0002-audio.mjr         … rotated
 *   NAME-audio-0.mjr NAME-video-1.mjr                              videoroom with m-lines
 *   PREFIX-1700000000000123-audio-0.mjr
 *   PREFIX-1700000000000456-video-1.mjr                            … with a clock per track
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/manifest.h"

struct input_track {
	char *label;  /* "audio", "video1", "rtcp", "audio-0": from the name or the manifest */
	char **files; /* paths in order, NULL-terminated */
	size_t file_count;
	bool is_rtcp; /* sender reports, no medium */
};

struct input {
	char *name;                /* path of the recording without label and suffix */
	struct manifest *manifest; /* or NULL */
	struct input_track *tracks;
	size_t track_count;
};

/* Something that was named and cannot be used. */
struct input_problem {
	char *path;
	char *what; /* a sentence */
};

struct input_set {
	struct input *inputs; /* in the order in which they were named; in a folder, by name */
	size_t count;
	struct input_problem *problems;
	size_t problem_count;
};

/*
 * Never fails as a whole: what cannot be used is a problem, what is left can. Files are not opened
 * but for manifests. A file that is named twice counts once. `paths` ends with NULL.
 */
void input_set_load(struct input_set *out, char *const *paths);
void input_set_fini(struct input_set *set); /* accepts a zeroed one */

/* What a file's name says. */
struct input_name {
	char *recording;  /* without rotation number, label and suffix */
	char *label;      /* "" when there is none */
	uint32_t part;    /* rotation number, 0 without one */
	int64_t clock_us; /* videoroom's clock per track, cut off `recording`; 0 without one */
};

/* False for a name that does not end in ".mjr". `path` may have folders; they stay in `recording`.
 */
bool input_name_parse(struct input_name *out, const char *path);
void input_name_fini(struct input_name *name);

/* The rtcp track, or NULL. */
const struct input_track *input_rtcp(const struct input *input);
