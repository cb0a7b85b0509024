/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings from start to end: files, manifests, names, events. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/codec.h"
#include "common/manifest.h"
#include "common/mjr.h"
#include "recording/fanout.h"
#include "recording/ring.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

static void load_manifest(struct manifest *out, struct rig *rig, const char *file)
{
	g_autofree char *path = g_build_filename(rig->folder, file, NULL);
	g_autofree char *what = NULL;
	int err = manifest_load(out, path, &what);
	g_assert_cmpstr(what, ==, NULL);
	g_assert_cmpint(err, ==, 0);
}

static GByteArray *expect_header(const char *codec, int64_t created_us, int64_t first_us)
{
	struct mjr_info info = {
		.codec = codec_find(codec), .created_us = created_us, .first_frame_us = first_us};
	uint8_t header[MJR_HEADER_MAX];
	int size = mjr_info_build(header, sizeof header, &info);
	g_assert_cmpint(size, >, 0);
	GByteArray *file = g_byte_array_new();
	g_byte_array_append(file, header, (guint)size);
	return file;
}

static void assert_file(struct rig *rig, const char *name, GByteArray *expected)
{
	GByteArray *file = rig_read(rig, name);
	g_assert_cmpmem(file->data, file->len, expected->data, expected->len);
	g_byte_array_unref(file);
	g_byte_array_unref(expected);
}

static void files_are_what_was_pushed(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.flush_interval_ms = 1});
	int64_t created_us = rig.real_us;
	struct recording *recording = rig_start(&rig, "call");
	rig_advance(&rig, 250000);
	int64_t first_us = rig.real_us;
	GByteArray *audio = expect_header("opus", created_us, first_us);
	GByteArray *rtcp = expect_header("binary", created_us, first_us);
	for (uint16_t i = 0; i < 500; i++) {
		uint8_t packet[400];
		size_t len = rig_rtp(packet, (uint16_t)(65400 + i), i * 960u, 1 + i % 300u);
		g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
		rig_expect_frame(audio, i * 20u, packet, len);
		uint8_t message[16];
		bytes_put_u64(message, (uint64_t)rig.real_us);
		memcpy(message + 8, "compound", 8);
		g_assert_cmpint(
			track_push_message(recording_track(recording, 3), message + 8, 8), ==, 0);
		rig_expect_frame(rtcp, i * 20u, message, 16);
		rig_advance(&rig, 20000);
	}
	rig_stop(&rig, recording);
	assert_file(&rig, "call-audio.mjr", audio);
	assert_file(&rig, "call-rtcp.mjr", rtcp);
	/* A track without packets leaves no file, a recording that has ended no ring. */
	g_assert_false(rig_exists(&rig, "call-video.mjr"));
	g_assert_cmpuint(rig_count_files(rig.folder), ==, 3);
	g_assert_cmpuint(rig_count_files(rig.ring_folder), ==, 0);
	rig_fini(&rig);
}

static void the_manifest_tells_what_is_in_the_files(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	struct track *video = recording_track(recording, 1);
	rig_advance(&rig, 1000);
	/* 10 and 11 are lost for good, 14 comes late, 16 twice. */
	static const uint16_t SEQS[] = {8, 9, 12, 13, 15, 14, 16, 16};
	for (size_t i = 0; i < G_N_ELEMENTS(SEQS); i++) {
		uint8_t packet[100];
		size_t len = rig_rtp(packet, SEQS[i], SEQS[i] * 3000u, 80);
		track_push_rtp(video, packet, len);
		rig_advance(&rig, 40000);
	}
	track_count_malformed(video);
	track_count_keyframe_request(video);
	rig_stop(&rig, recording);

	struct manifest manifest;
	load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_COMPLETE);
	g_assert_cmpstr(manifest.reason, ==, "stopped");
	g_assert_cmpint(manifest.ended_us, ==, rig.real_us);
	g_assert_cmpuint(manifest.track_count, ==, 4);
	g_assert_cmpstr(manifest.tracks[3].label, ==, "rtcp");
	g_assert_cmpuint(manifest.tracks[0].part_count, ==, 0);
	const struct manifest_track *track = &manifest.tracks[1];
	g_assert_cmpuint(track->ssrc, ==, 0x11223344);
	g_assert_cmpuint(track->quality.received, ==, 8);
	g_assert_cmpuint(track->quality.lost, ==, 2);
	g_assert_cmpuint(track->quality.gaps, ==, 1);
	g_assert_cmpuint(track->quality.reordered, ==, 1);
	g_assert_cmpuint(track->quality.duplicated, ==, 1);
	g_assert_cmpuint(track->quality.malformed, ==, 1);
	g_assert_cmpuint(track->quality.keyframe_requests, ==, 1);
	g_assert_cmpuint(track->quality.ring_high_water, ==, 8 * 102);
	g_assert_cmpuint(track->part_count, ==, 1);
	const struct manifest_part *part = &track->parts[0];
	g_assert_cmpstr(part->file, ==, "call-video.mjr");
	g_assert_cmpuint(part->packets, ==, 8);
	g_assert_cmpuint(part->first_seq, ==, 8);
	g_assert_cmpuint(part->last_seq, ==, 16);
	g_assert_cmpuint(part->last_timestamp, ==, 48000);
	g_assert_cmpint(part->start_us, ==, manifest.created_us + 1000);
	g_assert_cmpint(part->end_us, ==, part->start_us + 280000);
	GByteArray *file = rig_read(&rig, "call-video.mjr");
	g_assert_cmpuint(part->bytes, ==, file->len);
	g_byte_array_unref(file);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/recording/files_are_what_was_pushed", files_are_what_was_pushed);
	g_test_add_func("/recording/the_manifest_tells_what_is_in_the_files",
		the_manifest_tells_what_is_in_the_files);
	return g_test_run();
}
