/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tracks, of several recordings, that one published track feeds just now.
 *
 * The media thread walks the set without a lock; control threads change it. A
 * change publishes a new array and waits until no thread walks the old one:
 * that is a few hundred nanoseconds, the length of one push.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fanout;
struct track;

/* Never fails. Thread: any. */
struct fanout *fanout_create(void);

/* Only when no media thread can call any more. NULL is fine; the tracks are not touched. */
void fanout_destroy(struct fanout *fanout);

/* Control threads, callers hold one lock of their own. The track is borrowed until removed. */
void fanout_add(struct fanout *fanout, struct track *track);

/*
 * After the return no push to `track` is under way, and none will come through here. A track that
 * is not in the set is passed over.
 */
void fanout_remove(struct fanout *fanout, struct track *track);

/* --- media thread --- */

/* One thread at a time: the packets of a published track come from one. */
void fanout_push_rtp(struct fanout *fanout, const uint8_t *packet, size_t len);

/*
 * Several may call at once: SCTP has a timer thread of its own. They take turns by spinning for
 * the time of one copy, which hardly ever happens.
 */
void fanout_push_message(struct fanout *fanout, const uint8_t *message, size_t len);

/* --- any thread --- */

void fanout_count_malformed(struct fanout *fanout);

/* A keyframe request (PLI) was sent to the publisher for this track's sake. */
void fanout_count_keyframe_request(struct fanout *fanout);

/* True when some track still waits for its first keyframe: ask the publisher for one. */
bool fanout_wants_keyframe(struct fanout *fanout);
