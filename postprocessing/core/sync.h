/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets up the timeline of one recording: the sender reports of its rtcp track,
 * then the start of every audio and video track.
 *
 * Costs one pass over the rtcp track and the first seconds of each other one.
 */
#pragma once

#include "postprocessing/core/input.h"
#include "postprocessing/core/timeline.h"

enum {
	/* How long a track's start is looked at for the packet with the least delay. */
	SYNC_START_MS = 2000,
};

/* What a track is in the timeline. */
struct sync_track {
	bool is_on_timeline; /* false: data, rtcp, unreadable or without a packet */
	size_t number;       /* in the timeline */
};

/*
 * A settled timeline; `tracks` gets a row for each of input->tracks. An unreadable rtcp track is
 * as good as none.
 */
struct timeline *sync_create(const struct input *input, struct sync_track *tracks);
