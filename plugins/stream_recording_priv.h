/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a stream's list of recordings, for the files that change it.
 *
 * Every function is called with the stream's lock, unless it says otherwise.
 */
#pragma once

#include "plugins/stream_recording.h"

/* All of it protected by the stream's lock. Request ids may be NULL. */
struct stream_recording {
	struct recording *recording; /* a reference; NULL once it has been stopped */
	char *id;
	char *name;
	char *start_request_id;
	char *stop_request_id;
	char *pause_request_id;  /* the last one */
	char *resume_request_id; /* likewise */
	size_t track_count;      /* the stream's first so many tracks */
	unsigned pauses;         /* so far */
	bool is_paused;          /* out of the fanouts */
	bool has_keyframe;       /* and said so */
};

struct stream_recording *stream_recording_at(const struct stream *stream, size_t index);

/* {id, name}: a new reference. */
json_t *stream_recording_label(const struct stream_recording *entry);

/* Into the fanouts, with a keyframe wanted at once; out of them. */
void stream_recording_feed(struct stream *stream, const struct stream_recording *entry);
void stream_recording_starve(struct stream *stream, const struct stream_recording *entry);

/* Without the lock: afterwards no packet is on its way to what was starved. */
void stream_recording_wait_for_media(const struct stream *stream);

/*
 * Whoever starts, pauses or resumes waits until no other does, sets `is_changing`, and may then
 * drop the lock until the end of its turn.
 */
void stream_recording_await_turn(struct stream *stream);
void stream_recording_end_turn(struct stream *stream);
