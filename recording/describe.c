/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See describe.h. */
#include "recording/describe.h"

#include <errno.h>
#include <glib.h>

#include "common/clock.h"
#include "common/mjr.h"
#include "recording/name.h"

/* Every track of the manifest, with what is known before the first packet. */
static void describe_tracks(struct manifest *manifest, const struct recording_spec *spec)
{
	size_t kinds[3] = {0};
	for (size_t i = 0; i < spec->track_count; i++) {
		const struct recording_track_spec *from = &spec->tracks[i];
		struct manifest_track *track = manifest_add_track(manifest);
		char label[NAME_LABEL_SIZE];
		track->kind = from->info.codec->kind;
		name_label(label, track->kind, kinds[track->kind]++);
		track->label = g_strdup(label);
		track->mid = g_strdup(from->mid);
		track->mindex = from->mindex;
		mjr_info_copy(&track->info, &from->info);
		track->info.created_us = manifest->created_us;
		track->info.first_frame_us = 0;
	}
	struct manifest_track *rtcp = manifest_add_track(manifest);
	rtcp->kind = CODEC_DATA;
	rtcp->label = g_strdup(NAME_RTCP_LABEL);
	rtcp->mindex = -1;
	rtcp->info.codec = codec_find("binary");
	rtcp->info.created_us = manifest->created_us;
}

void describe_recording(struct manifest *manifest, const struct recording_spec *spec,
	const char *engine_id, int64_t now_us)
{
	*manifest = (struct manifest){
		.id = g_uuid_string_random(),
		.stream = g_strdup(spec->stream),
		.media_session_id = g_strdup(spec->media_session_id),
		.login = g_strdup(spec->login),
		.engine = g_strdup(engine_id),
		.metadata = json_deep_copy(spec->metadata),
		.state = MANIFEST_RECORDING,
		.rotation = spec->rotation,
		.created_us = now_us,
	};
	describe_tracks(manifest, spec);
}

int describe_check(const struct recording_spec *spec)
{
	if (spec->track_count == 0 || spec->track_count > RECORDING_TRACKS_MAX)
		return -EINVAL;
	if (spec->rotation.duration_us > MANIFEST_DURATION_MAX_US)
		return -EINVAL;
	for (size_t i = 0; i < spec->track_count; i++) {
		uint8_t header[MJR_HEADER_MAX];
		struct mjr_info info = spec->tracks[i].info;
		/* The longest that the times can be. */
		info.created_us = info.first_frame_us = CLOCK_REAL_MAX_US;
		int size = mjr_info_build(header, sizeof header, &info);
		if (size < 0)
			return size;
	}
	return 0;
}
