/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts the control calls that are inside the plugin, so that its destruction
 * can turn new ones away and wait for the rest. Thread: any but the media thread.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct door {
	pthread_mutex_t lock;
	pthread_cond_t is_empty;
	unsigned inside; /* protected by lock, like is_open */
	bool is_open;
};

/* A closed one. */
#define DOOR_INITIALIZER                                                                \
	{                                                                               \
		.lock = PTHREAD_MUTEX_INITIALIZER, .is_empty = PTHREAD_COND_INITIALIZER \
	}

void door_open(struct door *door);

/* False: closed, stay out. */
bool door_enter(struct door *door);
void door_leave(struct door *door);

/* Turns newcomers away and returns when the last one has left. False: it was closed already. */
bool door_close(struct door *door);
