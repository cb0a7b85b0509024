/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fanout. See fanout.h.
 *
 * Links are replaced one at a time, and a track that was removed keeps its own:
 * a walker who stands on it finds the rest of the list.
 */
#include "recording/fanout.h"

#include <sched.h>

#include "recording/track_priv.h"

static struct track *first_of(const struct fanout *fanout)
{
	return atomic_load(&fanout->first);
}

static struct track *after(const struct track *track)
{
	return atomic_load(&track->next);
}

void fanout_add(struct fanout *fanout, struct track *track)
{
	atomic_store(&track->next, first_of(fanout));
	atomic_store(&fanout->first, track);
}

void fanout_remove(struct fanout *fanout, struct track *track)
{
	_Atomic(struct track *) *link = &fanout->first;
	struct track *at;
	while ((at = atomic_load(link)) != NULL && at != track)
		link = &at->next;
	if (at != NULL)
		atomic_store(link, after(at));
}

void fanout_push_rtp(const struct fanout *fanout, const uint8_t *packet, size_t len)
{
	for (struct track *track = first_of(fanout); track != NULL; track = after(track))
		track_push_rtp(track, packet, len);
}

void fanout_push_message(struct fanout *fanout, const uint8_t *message, size_t len)
{
	while (atomic_flag_test_and_set_explicit(&fanout->message_turn, memory_order_acquire))
		sched_yield();
	for (struct track *track = first_of(fanout); track != NULL; track = after(track))
		track_push_message(track, message, len);
	atomic_flag_clear_explicit(&fanout->message_turn, memory_order_release);
}

void fanout_count_malformed(const struct fanout *fanout)
{
	for (struct track *track = first_of(fanout); track != NULL; track = after(track))
		track_count_malformed(track);
}

void fanout_count_keyframe_request(const struct fanout *fanout)
{
	for (struct track *track = first_of(fanout); track != NULL; track = after(track))
		track_count_keyframe_request(track);
}

bool fanout_wants_keyframe(const struct fanout *fanout)
{
	for (struct track *track = first_of(fanout); track != NULL; track = after(track))
		if (!track_has_keyframe(track))
			return true;
	return false;
}
