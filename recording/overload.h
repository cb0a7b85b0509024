/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gaps that a full ring makes in a track, on their way from the thread that
 * makes them to the one that writes them down. They lie in the ring's header, and
 * stay there until a manifest that was saved lists them: a kill loses none.
 *
 * A gap has the position of the frame that follows it. The producer extends the
 * newest gap until that frame is in the ring; whoever sees the frame sees all of
 * the gap. A ring that has refused a frame refuses all until it has been drained
 * (ring.h), so that few gaps ever wait here.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/manifest.h"

enum {
	OVERLOAD_WAITING_MAX = 8
};

struct overload_gap {
	_Atomic uint64_t position;
	_Atomic int64_t from_us, to_us;
	_Atomic uint16_t first_seq, last_seq;
	_Atomic uint64_t packets;
};

/* Zeroed: no gap. */
struct overload {
	_Atomic uint64_t begun; /* gaps; the producer's */
	_Atomic uint64_t saved; /* of them, and need not be kept; the consumer's */
	struct overload_gap gaps[OVERLOAD_WAITING_MAX];
};

/*
 * A packet with this sequence number (0: it has none) was dropped at `real_us`, while the producer
 * stood at `position`. Passed over when too many gaps wait. Thread: producer.
 */
void overload_drop(struct overload *overload, uint64_t position, int64_t real_us, uint16_t seq);

/*
 * The gap `index`, counted from the first that there ever was, without a reason, if it is followed
 * by the frame at `position` or by one before it; false: there is no such gap. UINT64_MAX, once
 * nothing is pushed any more: whether a frame follows or not. Thread: consumer.
 */
bool overload_read(
	struct manifest_gap *out, struct overload *overload, uint64_t index, uint64_t position);

/* The first `count` gaps are in a manifest that was saved. Thread: consumer. */
void overload_release(struct overload *overload, uint64_t count);
