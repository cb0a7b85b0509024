/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder for one test, and the command run in it.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

struct truth_run {
	char *folder;
	char *errors; /* stderr of the last command */
	size_t limit; /* for the next one; 0: none */
};

void truth_run_init(struct truth_run *run);
void truth_run_fini(struct truth_run *run); /* removes the folder and all that is in it */

/* A path in the folder; owned by the caller. */
char *truth_run_path(const struct truth_run *run, const char *name);

/* Runs `mjr` with these words, in the folder; returns its exit code. Death by a signal aborts. */
int truth_run_mjr(struct truth_run *run, const char *words);

/* The same, but a file may not grow beyond `bytes`: a disk that is full. */
int truth_run_mjr_limited(struct truth_run *run, const char *words, size_t bytes);

/* The same, interrupted by SIGINT once it writes to stderr. */
int truth_run_mjr_interrupted(struct truth_run *run, const char *words);

/* The same, which must succeed; returns its largest resident size, KiB. */
long truth_run_mjr_peak(struct truth_run *run, const char *words);

/* The same for any program found in PATH; -1 when there is none. */
int truth_run_program(struct truth_run *run, const char *words);

/* The JSON file of this name in the folder. */
json_t *truth_run_json(const struct truth_run *run, const char *name);

/* Files in the folder. */
guint truth_run_count_files(const struct truth_run *run);

/* Whether ffmpeg decodes the file to its end without a complaint; true where there is none. */
bool truth_run_is_playable(struct truth_run *run, const char *name);
