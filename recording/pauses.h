/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The times in which a recording was paused: written down by whoever asks for
 * it, read by the writer, which sees an end before any packet that follows it.
 *
 * Thread: any, unless a function says otherwise.
 */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/manifest.h"

struct pauses {
	pthread_mutex_t lock;
	GArray *list;      /* struct manifest_pause; protected by lock */
	atomic_uint begun; /* how many there are */
	atomic_uint ended; /* how many of them have ended */
};

void pauses_init(struct pauses *pauses);
void pauses_fini(struct pauses *pauses);

/* In turns, beginning with the first, by one caller at a time. */
void pauses_begin(struct pauses *pauses, int64_t from_us);
void pauses_end(struct pauses *pauses, int64_t to_us);

/*
 * True when packets were left out between the last one that was asked about and this. `passed`: how
 * many pauses lie before that, of the caller's own.
 */
bool pauses_lie_before(struct pauses *pauses, size_t *passed, int64_t arrival_us);

/* Whether the manifest's list is behind. */
bool pauses_differ(const struct pauses *pauses, const struct manifest *manifest);

/* Makes it the same. */
void pauses_copy(struct manifest *out, struct pauses *pauses);
