/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See journal.h. */
#include "tests/soak/journal.h"

#include <glib.h>

#include "tests/soak/packet.h"

void journal_push(struct journal *journal, struct gateway_handle *handle, unsigned stream, int kind)
{
	unsigned index = atomic_load(&journal->offered);
	struct packet packet;
	if (index == JOURNAL_MAX)
		return;
	packet_make(&packet, stream, kind, index);
	atomic_store(&journal->before_us[index], g_get_real_time());
	atomic_store(&journal->offered, index + 1);
	packet_send(handle, kind, &packet);
	atomic_store(&journal->after_us[index], g_get_real_time());
	atomic_store(&journal->accepted, index + 1);
}

void journal_begin_moments(struct moment out[static SCENE_KINDS], const struct journal *journals)
{
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		out[kind].min = atomic_load(&journals[kind].accepted);
}

void journal_end_moments(struct moment out[static SCENE_KINDS], const struct journal *journals)
{
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		out[kind].max = atomic_load(&journals[kind].offered);
}
