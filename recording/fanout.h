/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tracks, of several recordings, that one published track feeds just now.
 *
 * The media thread walks the set without a lock; control threads change it. A
 * change publishes a new array and waits until no media thread walks the old
 * one: that is a few hundred nanoseconds, the length of one push.
 */
#pragma once

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

/* After the return no push to `track` is under way, and none will come through here. */
void fanout_remove(struct fanout *fanout, struct track *track);

/* --- media thread; several may call at once (SCTP has a timer thread of its own) --- */

void fanout_push_rtp(struct fanout *fanout, const uint8_t *packet, size_t len);
void fanout_push_message(struct fanout *fanout, const uint8_t *message, size_t len);
void fanout_count_malformed(struct fanout *fanout);
