/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of hooks, on its way into the manifest of their recording.
 *
 * While a recording goes on only its writer touches the manifest. Results wait
 * in RECORDING.results in the journal's folder, a line of JSON each, until the
 * recording has ended and none of its jobs is left: then they are entered, all
 * in one store_edit(). Doing it again changes nothing. Thread: the runner's.
 */
#pragma once

#include "recording/disk.h"

struct manifest_hook;
struct manifest_output;
struct store;

struct hook_results {
	const struct disk *disk;
	struct store *store; /* which the recordings are in */
	const char *journal; /* where results wait */
};

/* 0 or -errno. `made`: by the hook, or NULL. */
int hook_results_add(const struct hook_results *results, const char *recording,
	const struct manifest_hook *hook, const struct manifest_output *made);

/*
 * Enters what waits for this recording. 0, also when nothing waits or when there is no such
 * recording any more; -EINPROGRESS: it goes on; or another -errno. What cannot be entered stays.
 */
int hook_results_merge(const struct hook_results *results, const char *recording);

/* The same for all recordings of which something waits. Errors are passed over. */
void hook_results_merge_all(const struct hook_results *results);
