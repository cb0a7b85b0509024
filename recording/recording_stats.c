/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording in numbers: kept by its writer at each flush, read by anybody. */
#include <glib.h>

#include "recording/engine_priv.h"
#include "recording/recording_priv.h"
#include "recording/track_priv.h"

void recording_stats_update(struct recording *recording)
{
	uint64_t dropped = 0, packets = 0;
	bool has_media = false;
	for (size_t i = 0; i < recording->manifest.track_count; i++) {
		const struct manifest_track *track = &recording->manifest.tracks[i];
		enum codec_kind kind = track->info.codec->kind;
		dropped += track->quality.dropped;
		if (kind != CODEC_AUDIO && kind != CODEC_VIDEO)
			continue;
		has_media = true;
		packets += track->quality.received - track->quality.dropped;
	}
	struct recording_counts *counts = &recording->counts;
	/* While the disk takes nothing, rings are full because of it. */
	if (recording->is_suspended)
		counts->dropped_by_disk += dropped - counts->dropped;
	/* Data and RTCP come when they like; nothing grows while it is suspended or paused. */
	bool may_rest = !has_media || recording->is_suspended ||
			manifest_open_pause(&recording->manifest) != NULL;
	if (may_rest || packets > counts->packets)
		counts->grew_us = recording->flush_us;
	counts->dropped = dropped;
	counts->packets = packets;
	counts->is_suspended = recording->is_suspended;
}

static void read_ring(struct stats_rings *rings, const struct ring *ring)
{
	rings->waiting += ring_pending(ring);
	rings->memory += ring_committed(ring);
}

void recording_stats_read(struct recording_stats *out, struct recording *recording)
{
	struct manifest_totals files;
	pthread_mutex_lock(&recording->lock);
	const struct manifest *manifest = &recording->manifest;
	const struct recording_counts *counts = &recording->counts;
	manifest_sum(&files, manifest);
	*out = (struct recording_stats){
		.totals.bytes = files.bytes,
		.totals.packets = files.packets,
		.totals.dropped[STATS_DROP_OVERLOAD] = counts->dropped - counts->dropped_by_disk,
		.totals.dropped[STATS_DROP_DISK] = counts->dropped_by_disk,
		.grew_us = counts->grew_us,
		.is_suspended = counts->is_suspended,
	};
	for (size_t i = 0; i < manifest->track_count; i++) {
		const struct manifest_quality *quality = &manifest->tracks[i].quality;
		out->totals.dropped[STATS_DROP_MALFORMED] += quality->malformed;
		out->totals.keyframe_requests += quality->keyframe_requests;
		out->rings.high_water = MAX(out->rings.high_water, quality->ring_high_water);
	}
	pthread_mutex_unlock(&recording->lock);
	for (size_t i = 0; i < manifest->track_count; i++)
		read_ring(&out->rings, &recording->tracks[i]->ring);
}
