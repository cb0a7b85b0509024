/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fanout. See fanout.h.
 *
 * A walker announces itself before it reads the pointer to the set, and a
 * changer looks for walkers after it has replaced the pointer. With sequentially
 * consistent operations, one of the two sees the other: a walker that the
 * changer did not see can only have found the new set.
 */
#include "recording/fanout.h"

#include <glib.h>
#include <sched.h>
#include <stdatomic.h>

#include "recording/track.h"

struct set {
	size_t count;
	struct track *tracks[];
};

struct fanout {
	_Atomic(struct set *) set; /* never NULL */
	atomic_uint walkers;
	atomic_flag message_turn; /* held for one push_message */
};

static struct set *new_set(size_t count)
{
	struct set *set = g_malloc(sizeof *set + count * sizeof set->tracks[0]);
	set->count = count;
	return set;
}

static const struct set *enter(struct fanout *fanout)
{
	atomic_fetch_add(&fanout->walkers, 1);
	return atomic_load(&fanout->set);
}

static void leave(struct fanout *fanout)
{
	atomic_fetch_sub_explicit(&fanout->walkers, 1, memory_order_release);
}

static void replace(struct fanout *fanout, struct set *set)
{
	struct set *old = atomic_exchange(&fanout->set, set);
	while (atomic_load(&fanout->walkers) > 0)
		sched_yield();
	g_free(old);
}

struct fanout *fanout_create(void)
{
	struct fanout *fanout = g_new0(struct fanout, 1);
	atomic_init(&fanout->set, new_set(0));
	atomic_flag_clear(&fanout->message_turn);
	return fanout;
}

void fanout_destroy(struct fanout *fanout)
{
	if (fanout == NULL)
		return;
	g_free(atomic_load(&fanout->set));
	g_free(fanout);
}

void fanout_add(struct fanout *fanout, struct track *track)
{
	const struct set *old = atomic_load(&fanout->set);
	struct set *set = new_set(old->count + 1);
	for (size_t i = 0; i < old->count; i++)
		set->tracks[i] = old->tracks[i];
	set->tracks[old->count] = track;
	replace(fanout, set);
}

void fanout_remove(struct fanout *fanout, struct track *track)
{
	const struct set *old = atomic_load(&fanout->set);
	struct set *set = new_set(old->count);
	set->count = 0;
	for (size_t i = 0; i < old->count; i++)
		if (old->tracks[i] != track)
			set->tracks[set->count++] = old->tracks[i];
	replace(fanout, set);
}

void fanout_push_rtp(struct fanout *fanout, const uint8_t *packet, size_t len)
{
	const struct set *set = enter(fanout);
	for (size_t i = 0; i < set->count; i++)
		track_push_rtp(set->tracks[i], packet, len);
	leave(fanout);
}

void fanout_push_message(struct fanout *fanout, const uint8_t *message, size_t len)
{
	const struct set *set = enter(fanout);
	while (atomic_flag_test_and_set_explicit(&fanout->message_turn, memory_order_acquire))
		sched_yield();
	for (size_t i = 0; i < set->count; i++)
		track_push_message(set->tracks[i], message, len);
	atomic_flag_clear_explicit(&fanout->message_turn, memory_order_release);
	leave(fanout);
}

void fanout_count_malformed(struct fanout *fanout)
{
	const struct set *set = enter(fanout);
	for (size_t i = 0; i < set->count; i++)
		track_count_malformed(set->tracks[i]);
	leave(fanout);
}

void fanout_count_keyframe_request(struct fanout *fanout)
{
	const struct set *set = enter(fanout);
	for (size_t i = 0; i < set->count; i++)
		track_count_keyframe_request(set->tracks[i]);
	leave(fanout);
}

bool fanout_wants_keyframe(struct fanout *fanout)
{
	const struct set *set = enter(fanout);
	bool wants = false;
	for (size_t i = 0; i < set->count; i++)
		wants = wants || !track_has_keyframe(set->tracks[i]);
	leave(fanout);
	return wants;
}
