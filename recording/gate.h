/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lets the media threads follow a pointer without a lock, and whoever replaced
 * that pointer wait until nobody uses the old object any more.
 *
 *   media thread                          control thread
 *     token = gate_enter(gate)              old = exchange(pointer, NULL)
 *     object = load(pointer)                gate_synchronise(gate)
 *     … use object …                        … free old …
 *     gate_leave(gate, token)
 *
 * Readers never wait. Two counters take turns, so that new readers cannot keep
 * a writer waiting: it waits only for those that were inside already.
 */
#pragma once

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "common/cacheline.h"

struct gate {
	alignas(CACHELINE)
		atomic_uint readers[2]; /* inside now, by turn; a cache line of its own */
	atomic_uint turn;
	pthread_mutex_t writers; /* one gate_synchronise() at a time */
};

void gate_init(struct gate *gate);

/* Media threads; a few instructions. The token goes to gate_leave(). */
static inline unsigned gate_enter(struct gate *gate)
{
	unsigned token = atomic_load(&gate->turn) & 1;
	atomic_fetch_add(&gate->readers[token], 1);
	return token;
}

static inline void gate_leave(struct gate *gate, unsigned token)
{
	atomic_fetch_sub(&gate->readers[token], 1);
}

/* Control threads, with no lock held and not from inside the gate. Yields while it waits. */
void gate_synchronise(struct gate *gate);
