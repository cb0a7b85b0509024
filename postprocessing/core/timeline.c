/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A least-squares line per SSRC, kept as running means and moments (Welford), so
 * that memory does not grow with the number of reports.
 */
#include "postprocessing/core/timeline.h"

#include <glib.h>
#include <math.h>

enum {
	SSRC_MAX = 64,             /* more in one rtcp track is not a recording of one sender */
	FIT_MIN_REPORTS = 8,       /* fewer say nothing of the clock's speed */
	FIT_MIN_US = 10000000,     /* nor does a shorter time */
	STEP_US = 2000000,         /* a change of the sender's wall clock; delays vary less */
	CONTRADICTION_US = 5000000 /* a report this far off the arrivals is not to be believed */
};

/* Crystals are good for 100 ppm, bad sound cards for a few hundred. */
static const double drift_max_ppm = 1000;

/*
 * Browsers put the wall clock of a sound report some ms beside the truth, now and then 15 ms. A
 * drift is believed when it is this many times what such scatter can feign.
 */
static const double drift_min_sigmas = 3;

/* The reports of one SSRC: x in ticks, y in µs of the sender's wall clock, since the first. */
struct fit {
	uint32_t ssrc;
	uint32_t first_timestamp, last_timestamp;
	int64_t first_us;
	int64_t ticks; /* of the last report, since the first */
	unsigned count;
	double mean_x, mean_y, moment_xx, moment_xy, moment_yy;
};

/* time(timestamp) = anchor_us + (timestamp - anchor) × us_per_tick */
struct track {
	struct timeline_track_start start;
	bool is_synchronised;
	int64_t anchor;
	int64_t anchor_us;
	double us_per_tick;
};

struct timeline {
	GArray *fits;   /* struct fit */
	GArray *tracks; /* struct track */
	bool has_reports;
	int64_t least_delay_us; /* arrival - sending, each by its own clock */
	int64_t last_delay_us;
	int64_t origin_us;
};

struct timeline *timeline_create(void)
{
	struct timeline *timeline = g_new0(struct timeline, 1);
	timeline->fits = g_array_new(FALSE, TRUE, sizeof(struct fit));
	timeline->tracks = g_array_new(FALSE, TRUE, sizeof(struct track));
	return timeline;
}

void timeline_destroy(struct timeline *timeline)
{
	if (!timeline)
		return;
	g_array_unref(timeline->fits);
	g_array_unref(timeline->tracks);
	g_free(timeline);
}

/* ---- reports ---- */

static struct fit *find_fit(const struct timeline *timeline, uint32_t ssrc)
{
	for (guint i = 0; i < timeline->fits->len; i++) {
		struct fit *fit = &g_array_index(timeline->fits, struct fit, i);
		if (fit->ssrc == ssrc)
			return fit;
	}
	return NULL;
}

static struct fit *add_fit(struct timeline *timeline, uint32_t ssrc)
{
	if (timeline->fits->len >= SSRC_MAX)
		return NULL;
	struct fit fit = {.ssrc = ssrc};
	g_array_append_val(timeline->fits, fit);
	return find_fit(timeline, ssrc);
}

static void fit_point(struct fit *fit, uint32_t timestamp, int64_t us)
{
	if (fit->count == 0) {
		fit->first_timestamp = fit->last_timestamp = timestamp;
		fit->first_us = us;
	}
	fit->ticks += (int32_t)(timestamp - fit->last_timestamp);
	fit->last_timestamp = timestamp;
	fit->count++;
	double x = (double)fit->ticks;
	double y = (double)(us - fit->first_us);
	double from_mean_x = x - fit->mean_x;
	double from_mean_y = y - fit->mean_y;
	fit->mean_x += from_mean_x / fit->count;
	fit->mean_y += from_mean_y / fit->count;
	fit->moment_xx += from_mean_x * (x - fit->mean_x);
	fit->moment_xy += from_mean_x * (y - fit->mean_y);
	fit->moment_yy += from_mean_y * (y - fit->mean_y);
}

void timeline_add_report(
	struct timeline *timeline, const struct rtcp_sender_report *report, int64_t arrival_us)
{
	if (report->ntp == 0) /* RFC 3550 §6.4.1: the sender has no wall clock */
		return;
	int64_t sent_us = rtcp_ntp_to_us(report->ntp);
	int64_t delay_us = arrival_us - sent_us;
	if (timeline->has_reports && ABS(delay_us - timeline->last_delay_us) > STEP_US)
		return;
	struct fit *fit = find_fit(timeline, report->ssrc);
	if (!fit && !(fit = add_fit(timeline, report->ssrc)))
		return;
	timeline->least_delay_us =
		timeline->has_reports ? MIN(timeline->least_delay_us, delay_us) : delay_us;
	timeline->last_delay_us = delay_us;
	timeline->has_reports = true;
	fit_point(fit, report->timestamp, sent_us);
}

/* ---- tracks ---- */

static int64_t time_of(const struct track *track, int64_t timestamp)
{
	double us = (double)(timestamp - track->anchor) * track->us_per_tick;
	return track->anchor_us + (int64_t)(us < 0 ? us - 0.5 : us + 0.5);
}

static void tie_by_arrival(const struct timeline *timeline, struct track *track)
{
	track->is_synchronised = false;
	track->us_per_tick = 1e6 / track->start.clock_rate;
	track->anchor = track->start.timestamp;
	track->anchor_us = track->start.arrival_us - timeline->least_delay_us;
}

/* The length of a tick that the reports show; the nominal one when they prove no other. */
static double us_per_tick(const struct fit *fit, double nominal)
{
	if (fit->count < FIT_MIN_REPORTS || (double)fit->ticks * nominal < FIT_MIN_US)
		return nominal;
	double slope = fit->moment_xy / fit->moment_xx;
	double residue = MAX(0, fit->moment_yy - slope * fit->moment_xy);
	double variance = residue / (fit->count - 2) / fit->moment_xx;
	double drift = fabs(slope - nominal);
	bool is_proven = drift * drift > drift_min_sigmas * drift_min_sigmas * variance &&
			 drift <= nominal * drift_max_ppm / 1e6;
	return is_proven ? slope : nominal;
}

static void tie_by_reports(struct track *track, const struct fit *fit)
{
	const struct timeline_track_start *start = &track->start;
	track->is_synchronised = true;
	track->us_per_tick = us_per_tick(fit, 1e6 / start->clock_rate);
	track->anchor =
		start->timestamp + (int32_t)(fit->first_timestamp - (uint32_t)start->timestamp);
	/* Where the line through the middle of all reports stands at the first one. */
	track->anchor_us =
		fit->first_us + (int64_t)(fit->mean_y - fit->mean_x * track->us_per_tick);
}

/* Whether what the reports say of the first packet is possible, given when it came. */
static bool is_plausible(const struct timeline *timeline, const struct track *track)
{
	int64_t sent_us = time_of(track, track->start.timestamp);
	int64_t arrived_us = track->start.arrival_us - timeline->least_delay_us;
	return ABS(sent_us - arrived_us) <= CONTRADICTION_US;
}

size_t timeline_add_track(struct timeline *timeline, const struct timeline_track_start *start)
{
	struct track track = {.start = *start};
	const struct fit *fit = find_fit(timeline, start->ssrc);

	if (fit)
		tie_by_reports(&track, fit);
	if (!fit || !is_plausible(timeline, &track))
		tie_by_arrival(timeline, &track);
	g_array_append_val(timeline->tracks, track);
	return timeline->tracks->len - 1;
}

void timeline_settle(struct timeline *timeline)
{
	for (guint i = 0; i < timeline->tracks->len; i++) {
		const struct track *track = &g_array_index(timeline->tracks, struct track, i);
		int64_t us = time_of(track, track->start.timestamp);
		timeline->origin_us = i == 0 ? us : MIN(timeline->origin_us, us);
	}
}

int64_t timeline_pts_us(const struct timeline *timeline, size_t track, int64_t timestamp)
{
	return time_of(&g_array_index(timeline->tracks, struct track, track), timestamp) -
	       timeline->origin_us;
}

bool timeline_is_synchronised(const struct timeline *timeline, size_t track)
{
	return g_array_index(timeline->tracks, struct track, track).is_synchronised;
}

double timeline_drift_ppm(const struct timeline *timeline, size_t track)
{
	const struct track *t = &g_array_index(timeline->tracks, struct track, track);
	/* More time per tick is a slower clock. */
	return (1e6 / t->start.clock_rate / t->us_per_tick - 1) * 1e6;
}

int64_t timeline_origin_us(const struct timeline *timeline)
{
	return timeline->origin_us;
}
