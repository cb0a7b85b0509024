/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reader sections and grace periods.
 *
 * All operations are sequentially consistent. A reader that has counted itself
 * in after the writer looked at its counter also loads the pointer after the
 * writer replaced it, so it cannot hold the old object. It may however sit in
 * the counter of the past turn, hence the second round.
 */
#include "recording/gate.h"

#include <sched.h>

void gate_init(struct gate *gate)
{
	atomic_init(&gate->readers[0], 0);
	atomic_init(&gate->readers[1], 0);
	atomic_init(&gate->turn, 0);
	pthread_mutex_init(&gate->writers, NULL);
}

void gate_synchronise(struct gate *gate)
{
	pthread_mutex_lock(&gate->writers);
	for (int round = 0; round < 2; round++) {
		unsigned past = atomic_fetch_add(&gate->turn, 1) & 1;
		while (atomic_load(&gate->readers[past]) > 0)
			sched_yield();
	}
	pthread_mutex_unlock(&gate->writers);
}
