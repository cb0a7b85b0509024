/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the RTP timestamps of several tracks to one common time.
 *
 * Each track's clock is tied to the sender's wall clock by its sender reports
 * (the rtcp track): a line through all of them, so that a sound card that runs
 * fast or slow does not pull sound and picture apart. The line has the nominal
 * slope until the reports prove another one against their own scatter. Where there are none, or
 * they contradict the arrival of the packets, it is tied to the receiver's clock
 * by the earliest arrival relative to the timestamps: network delay only adds.
 * Time zero of the output is the first packet of the earliest track.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mjr_info.h"
#include "common/rtcp.h"

struct timeline;

struct timeline *timeline_create(void);
void timeline_destroy(struct timeline *timeline); /* NULL is fine */

/*
 * Feeds one sender report and the wall clock of its arrival. All reports first, then the tracks.
 * Reports without a wall clock, or after the sender's was set, are passed over.
 */
void timeline_add_report(
	struct timeline *timeline, const struct rtcp_sender_report *report, int64_t arrival_us);

/* The start of a track, as its first packets show it. */
struct timeline_track_start {
	uint32_t ssrc;
	uint32_t clock_rate; /* Hz, not 0 */
	int64_t timestamp;   /* extended, of the first packet */
	/*
	 * Wall clock when that packet would have arrived, had it been delayed as little as the
	 * least delayed one; of the first packet itself when no others were looked at.
	 */
	int64_t arrival_us;
};

/* Returns the track's number, from 0. */
size_t timeline_add_track(struct timeline *timeline, const struct timeline_track_start *start);

/* After the last track was added: fixes time zero. */
void timeline_settle(struct timeline *timeline);

/*
 * Microseconds since time zero of an extended timestamp; negative for a packet from before its
 * track's first. Only after settling.
 */
int64_t timeline_pts_us(const struct timeline *timeline, size_t track, int64_t timestamp);

/* How the track was tied: true by sender reports, false by arrival. */
bool timeline_is_synchronised(const struct timeline *timeline, size_t track);

/*
 * How much faster than its nominal rate the track's clock ran, in parts per million; 0 when it is
 * not known.
 */
double timeline_drift_ppm(const struct timeline *timeline, size_t track);

/* Wall clock (of the sender, or of the receiver when no track has reports) at time zero, µs. */
int64_t timeline_origin_us(const struct timeline *timeline);
