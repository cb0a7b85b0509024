/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a recording, for its writer and for the index. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "recording/recording.h"
#include "recording/summary.h"

/*
 * Writes what waits: of all tracks, or of those whose rings are filling up. True when the
 * recording has come to its end: recording_finish() is next. Thread: writer. `scratch`:
 * FRAMES_SCRATCH_SIZE bytes.
 */
bool recording_flush(struct recording *recording, bool all, uint8_t *scratch);

/* Closes the files, completes the manifest, tells everyone. Thread: writer, once. */
void recording_finish(struct recording *recording, uint8_t *scratch);

/*
 * Saves the completed manifest of a recording that another process has left, enters it in the index
 * and tells everyone. Takes what `manifest` owns. 0 or -errno. Thread: the one of recovery.
 */
int recording_recover(struct engine *engine, struct manifest *manifest);

/* As it stands now. Thread: any. */
void recording_summarise(struct summary *out, struct recording *recording);

int64_t recording_created_us(const struct recording *recording);
