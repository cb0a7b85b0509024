/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pauses of a recording: noted by whoever asks, entered by the writer.
 *
 * Their times are told as the frames count them, from the first frame on by a
 * clock that never steps, so that a reader finds each frame on its side of one.
 */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/track_priv.h"

/* Only while nothing is pushed. */
static int64_t now_us(const struct recording *recording)
{
	const struct clock *clock = recording->engine->params.clock;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct track *track = recording->tracks[i];
		if (track->has_started)
			return track->mark->real_us + clock_mono_us(clock) - track->start_us;
	}
	return clock_real_us(clock);
}

void recording_pause(struct recording *recording)
{
	pauses_begin(&recording->pauses, now_us(recording));
	writer_wake(recording->writer);
}

void recording_resume(struct recording *recording)
{
	for (size_t i = 0; i < recording->manifest.track_count; i++)
		track_want_keyframe(recording->tracks[i]);
	pauses_end(&recording->pauses, now_us(recording));
	writer_wake(recording->writer);
}

bool recording_pauses_wait(const struct recording *recording)
{
	return pauses_differ(&recording->pauses, &recording->manifest);
}

void recording_pauses_enter(struct recording *recording)
{
	if (!recording_pauses_wait(recording))
		return;
	pthread_mutex_lock(&recording->lock);
	pauses_copy(&recording->manifest, &recording->pauses);
	pthread_mutex_unlock(&recording->lock);
	recording->is_unsaved = true;
}

void recording_pauses_finish(struct recording *recording)
{
	struct manifest_pause *open = manifest_open_pause(&recording->manifest);
	if (open == NULL)
		return;
	pthread_mutex_lock(&recording->lock);
	open->to_us = MAX(now_us(recording), open->from_us);
	pthread_mutex_unlock(&recording->lock);
}
