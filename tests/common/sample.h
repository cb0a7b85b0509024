/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two manifests: one with every member set, one with none that may be left out. */
#pragma once

#include <glib.h>

#include "common/manifest.h"

static inline void sample_part(struct manifest_track *track, uint32_t number)
{
	struct manifest_part *part = manifest_add_part(track);
	*part = (struct manifest_part){
		.file = g_strdup_printf("caf\xc3\xa9.%04u-%s.mjr", number, track->label),
		.number = number,
		.packets = 1000 + number,
		.bytes = UINT64_C(5000000000) + number,
		.start_us = INT64_C(1785000001000000) + number * 60000000,
		.end_us = INT64_C(1785000060999999) + number * 60000000,
		.first_seq = 65000,
		.last_seq = 464,
		.first_timestamp = UINT32_MAX - 7,
		.last_timestamp = 5400000,
	};
}

static inline void sample_video(struct manifest *manifest)
{
	struct manifest_track *track = manifest_add_track(manifest);
	track->label = g_strdup("video");
	track->mid = g_strdup("1");
	track->mindex = 1;
	track->kind = CODEC_VIDEO;
	track->info.codec = codec_find("h264");
	track->info.fmtp = g_strdup("profile-level-id=42e01f;packetization-mode=1");
	track->info.description = g_strdup("front door");
	track->info.extmap[1] = g_strdup("urn:ietf:params:rtp-hdrext:sdes:mid");
	track->info.extmap[13] = g_strdup("urn:3gpp:video-orientation");
	track->info.created_us = INT64_C(1785000000500000);
	track->info.first_frame_us = INT64_C(1785000001000000);
	track->info.red_payload_type = 63;
	track->info.is_encrypted = true;
	track->ssrc = 0xcafebabe;
	track->quality = (struct manifest_quality){
		.received = 1,
		.lost = 2,
		.reordered = 3,
		.duplicated = 4,
		.malformed = 5,
		.dropped = 6,
		.gaps = 7,
		.keyframes = 8,
		.keyframe_requests = 9,
		.ring_high_water = 4194304,
	};
	*manifest_add_gap(track) = (struct manifest_gap){
		.reason = g_strdup("overload"),
		.from_us = INT64_C(1785000010000000),
		.to_us = INT64_C(1785000010500000),
		.first_seq = 65530,
		.last_seq = 3,
		.packets = 10,
	};
	track->gaps_omitted = 11;
	for (uint32_t number = 1; number <= 5; number++)
		sample_part(track, number);
	track->parts[0].is_doubtful = true;
	track->parts[0].starts_with_keyframe = true;
	track->parts[0].is_gapless = true;
	track->parts[0].lost_before = 12;
}

/* The smallest: a track of RTCP without a part, nothing that may be absent. */
static inline void sample_minimal(struct manifest *out)
{
	*out = (struct manifest){
		.id = g_strdup("3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
		.name = g_strdup("camera"),
		.stream = g_strdup("camera"),
		.media_session_id = g_strdup("9a0c0305-4f89-41d3-9a0c-e82c33013f25"),
		.state = MANIFEST_RECORDING,
		.created_us = INT64_C(1785000000123456),
	};
	struct manifest_track *track = manifest_add_track(out);
	track->label = g_strdup("rtcp");
	track->mindex = -1;
	track->kind = CODEC_DATA;
	track->info.codec = codec_find("binary");
}

static inline void sample_full(struct manifest *out)
{
	sample_minimal(out);
	out->login = g_strdup("al\"ice\n");
	out->engine = g_strdup("0a1d4c5e-60f6-4f0b-b0c9-5b0c1a3f7e11");
	out->metadata = json_pack("{s:s, s:[i, i]}", "room", "blue", "list", 1, 2);
	out->state = MANIFEST_FAILED;
	out->reason = g_strdup("disk_full");
	out->hold = true;
	out->ended_us = INT64_C(1785000361000000);
	out->rotation = (struct manifest_rotation){20000000, 1048576, true};
	*manifest_add_interruption(out) = (struct manifest_interruption){
		g_strdup("io_error"), INT64_C(1785000100000000), INT64_C(1785000101000001)};
	*manifest_add_interruption(out) =
		(struct manifest_interruption){g_strdup("disk_full"), INT64_C(1785000350000000), 0};
	*manifest_add_pause(out) =
		(struct manifest_pause){INT64_C(1785000200000000), INT64_C(1785000260000001)};
	*manifest_add_pause(out) = (struct manifest_pause){INT64_C(1785000300000000), 0};
	*manifest_add_hook(out) = (struct manifest_hook){
		.hook = g_strdup("on_record_hook_script"),
		.action = g_strdup("program"),
		.event = g_strdup("recording_failed"),
		.key = g_strdup("3f2504e0-4f89-41d3-9a0c-0305e82c3301:recording_failed"),
		.is_ok = true,
		.code = 65535,
		.detail = g_strdup("exit status 0"),
		.output = g_strdup("/srv/web/camera.mp4"),
		.attempts = 2,
		.from_us = INT64_C(1785000361000001),
		.to_us = INT64_C(1785000361500000),
	};
	*manifest_add_output(out) = (struct manifest_output){
		.file = g_strdup("camera.mp4"),
		.format = g_strdup("mp4"),
		.bytes = 12345678,
		.duration_us = 360999000,
		.is_lossy = true,
		.report = json_pack("{s:f, s:[]}", "duration", 360.999, "tracks"),
	};
	sample_video(out);
	sample_part(&out->tracks[0], 1);
}
