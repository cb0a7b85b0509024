/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One track of one recording: frames go in on the media thread, and come out
 * as parts on a writer thread.
 *
 * A track belongs to its recording (recording.h), which creates and ends it.
 * track_push_*() may be called by one thread at a time, and never after the
 * recording was stopped: see fanout.h and gate.h, which guarantee both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct track;

/*
 * Media thread: formats the .mjr frame into the ring. One bounded copy; no lock, no allocation, no
 * system call (but one wake-up of the writer each time the ring passes a quarter of its size, and
 * see ring.h on a late writer).
 * 0; -ENOBUFS: the ring is full, and the manifest will tell of the gap, or -EPIPE: the recording
 * has failed; the packet is counted as dropped; -EMSGSIZE: larger than a frame can carry (counted
 * as malformed).
 */
int track_push_rtp(struct track *track, const uint8_t *packet, size_t len);

/* The same for a data-channel message or a compound RTCP packet: prefixed with the wall clock. */
int track_push_message(struct track *track, const uint8_t *message, size_t len);

/* Counts a packet that was refused before it came here. Media thread. */
void track_count_malformed(struct track *track);

/* Counts keyframe requests sent for this track. Thread: any. */
void track_count_keyframe_request(struct track *track);

/*
 * False for as long as a decoder has nothing to start from: a video track of which no keyframe
 * has been recorded yet, none since the last gap, or none for parts that are to begin. Thread: any.
 */
bool track_has_keyframe(const struct track *track);
