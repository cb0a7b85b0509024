/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tracks, of several recordings, that one published track feeds just now.
 *
 * A list through the tracks themselves. Media threads walk it inside a gate
 * (gate.h) of the caller's choice, without a lock; control threads change it.
 * Zeroed: empty.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct track;

struct fanout {
	_Atomic(struct track *) first;
	atomic_flag message_turn; /* held for one push_message */
};

/* --- control threads; callers hold one lock of their own for all of this --- */

/* Borrows the track until it is removed. It is in no other fanout. */
void fanout_add(struct fanout *fanout, struct track *track);

/*
 * No new push comes to `track` through here. One may still be under way: until gate_synchronise()
 * the track must be neither ended nor added anywhere. One that is not in the list is passed over.
 */
void fanout_remove(struct fanout *fanout, struct track *track);

/* A keyframe request (PLI) goes to the publisher for this track's sake. */
void fanout_count_keyframe_request(const struct fanout *fanout);

/* True when some track still waits for its first keyframe: ask the publisher for one. */
bool fanout_wants_keyframe(const struct fanout *fanout);

/* --- media thread, inside the gate --- */

/* One thread at a time: the packets of a published track come from one. */
void fanout_push_rtp(const struct fanout *fanout, const uint8_t *packet, size_t len);

/*
 * Several may call at once: SCTP has a timer thread of its own. They take turns by spinning for
 * the time of one copy, which hardly ever happens.
 */
void fanout_push_message(struct fanout *fanout, const uint8_t *message, size_t len);

void fanout_count_malformed(const struct fanout *fanout);
