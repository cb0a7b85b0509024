/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See overload.h. */
#include "recording/overload.h"

#include "common/rtp.h"

static struct overload_gap *gap_at(struct overload *overload, uint64_t index)
{
	return &overload->gaps[index % OVERLOAD_WAITING_MAX];
}

static void extend(struct overload_gap *gap, int64_t real_us, uint16_t seq)
{
	gap->to_us = real_us;
	gap->packets++;
	if (rtp_seq_diff(gap->last_seq, seq) > 0)
		gap->last_seq = seq;
}

void overload_drop(struct overload *overload, uint64_t position, int64_t real_us, uint16_t seq)
{
	uint64_t begun = overload->begun;
	if (begun > 0 && gap_at(overload, begun - 1)->position == position) {
		extend(gap_at(overload, begun - 1), real_us, seq);
		return;
	}
	if (begun - overload->saved == OVERLOAD_WAITING_MAX)
		return;
	struct overload_gap *gap = gap_at(overload, begun);
	gap->position = position;
	gap->from_us = gap->to_us = real_us;
	gap->first_seq = gap->last_seq = seq;
	gap->packets = 1;
	overload->begun = begun + 1;
}

bool overload_read(
	struct manifest_gap *out, struct overload *overload, uint64_t index, uint64_t position)
{
	uint64_t begun = overload->begun;
	if (index >= begun || begun - index > OVERLOAD_WAITING_MAX)
		return false;
	struct overload_gap *gap = gap_at(overload, index);
	if (gap->position > position)
		return false;
	*out = (struct manifest_gap){
		.from_us = gap->from_us,
		.to_us = gap->to_us,
		.first_seq = gap->first_seq,
		.last_seq = gap->last_seq,
		.packets = gap->packets,
	};
	return true;
}

void overload_release(struct overload *overload, uint64_t count)
{
	overload->saved = count;
}
