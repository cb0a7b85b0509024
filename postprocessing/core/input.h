/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the operands of a command to recordings with tracks: a manifest, loose
 * .mjr files, or a folder with both.
 *
 * Loose files whose names agree before their track's label are one recording,
 * whichever program wrote them: input_name.h has the forms.
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
	struct input *inputs; /* manifests as they were named, then loose files by name */
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

/* The rtcp track, or NULL. */
const struct input_track *input_rtcp(const struct input *input);
