/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The count of control calls inside the plugin.
 */
#include "plugins/door.h"

void door_open(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	door->is_open = true;
	pthread_mutex_unlock(&door->lock);
}

bool door_enter(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	bool is_open = door->is_open;
	if (is_open)
		door->inside++;
	pthread_mutex_unlock(&door->lock);
	return is_open;
}

void door_leave(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	if (--door->inside == 0)
		pthread_cond_broadcast(&door->is_empty);
	pthread_mutex_unlock(&door->lock);
}

bool door_close(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	bool was_open = door->is_open;
	door->is_open = false;
	while (door->inside > 0)
		pthread_cond_wait(&door->is_empty, &door->lock);
	pthread_mutex_unlock(&door->lock);
	return was_open;
}
