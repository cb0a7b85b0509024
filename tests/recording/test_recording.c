/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings from start to end: files, manifests, names, events. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/codec.h"
#include "common/manifest.h"
#include "common/mjr.h"
#include "recording/fanout.h"
#include "recording/ring.h"
#include "recording/track_priv.h"
#include "tests/recording/rig.h"

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
	rig_wait_for_no_rings(&rig);
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
	rig_load_manifest(&manifest, &rig, "call.json");
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

/* A ring far smaller than the recording: frames lie across its end, the writer is woken by it. */
static void no_end_comes_before_the_last_packet(void)
{
	struct rig rig;
	struct manifest manifest;
	uint8_t packet[400];
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	for (uint16_t i = 0; i < 2; i++) {
		size_t len = rig_rtp(packet, i, i * 48000u, 100);
		g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
		rig_advance(&rig, G_USEC_PER_SEC);
	}
	/* Somebody sets the wall clock. */
	atomic_fetch_sub(&rig.real_us, (int64_t)3600 * G_USEC_PER_SEC);
	rig_stop(&rig, recording);
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_COMPLETE);
	g_assert_cmpint(manifest.ended_us, ==, manifest.tracks[0].parts[0].end_us);
	g_assert_cmpint(manifest.ended_us, ==, manifest.created_us + G_USEC_PER_SEC);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

static void a_small_ring_carries_a_large_recording(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){
			       .ring_size = RING_SIZE_MIN,
			       .flush_interval_ms = 3600 * 1000,
		       });
	int64_t created_us = rig.real_us;
	struct recording *recording = rig_start(&rig, "call");
	struct track *video = recording_track(recording, 1);
	GByteArray *expected = expect_header("vp8", created_us, created_us);
	for (uint16_t i = 0; i < 3000; i++) {
		uint8_t packet[1500];
		size_t len = rig_rtp(packet, i, i / 10 * 3000u, i * 977u % 1400);
		/* VP8: every 100th packet begins a keyframe, the others continue a picture. */
		if (len > 20) {
			packet[12] = i % 100 == 50 ? 0x10 : 0x00;
			packet[13] = 0;
		}
		while (track_push_rtp(video, packet, len) == -ENOBUFS)
			g_thread_yield();
		rig_expect_frame(expected, 0, packet, len);
	}
	rig_stop(&rig, recording);
	assert_file(&rig, "call-video.mjr", expected);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	const struct manifest_track *track = &manifest.tracks[1];
	g_assert_cmpuint(track->parts[0].packets, ==, 3000);
	g_assert_cmpuint(track->quality.lost, ==, 0);
	g_assert_cmpuint(track->quality.keyframes, ==, 30);
	g_assert_cmpuint(track->quality.received, ==, 3000 + track->quality.dropped);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

/* Counts how often the writer has looked, by the clock, until it writes. */
struct watched {
	struct rig rig;
	_Atomic unsigned looks, looks_at_write, writes;
};

static int64_t count_look(void *ctx)
{
	struct watched *watched = ctx;
	return (int64_t)atomic_fetch_add(&watched->looks, 1);
}

static int64_t no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static int count_write(
	void *ctx, int fd, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	void *start = (char *)ctx - offsetof(struct watched, rig.faults);
	struct watched *watched = start;
	int err = disk_system()->write_at(NULL, fd, pieces, count, offset, written);
	watched->looks_at_write = watched->looks;
	watched->writes++;
	return err;
}

static void few_bytes_of_a_track_wait_for_some_ticks(void)
{
	struct watched watched = {0};
	const struct clock clock = {count_look, no_time, &watched};
	rig_init(&watched.rig, &(struct engine_params){.flush_interval_ms = 1, .clock = &clock});
	watched.rig.disk.write_at = count_write;
	struct recording *recording = rig_start(&watched.rig, "call");
	for (uint16_t i = 0; i < 10; i++) {
		uint8_t packet[100];
		size_t len = rig_rtp(packet, i, i, 50);
		unsigned before = watched.looks + 1; /* the push is to look as well */
		g_assert_cmpint(track_push_rtp(recording_track(recording, 0), packet, len), ==, 0);
		while (watched.writes <= i)
			g_thread_yield();
		unsigned ticks = watched.looks_at_write - before;
		g_assert_cmpuint(ticks, >=, i == 0 ? 1 : DRAIN_TICKS_MAX);
	}
	rig_stop(&watched.rig, recording);
	g_assert_cmpuint(rig_count_frames(&watched.rig, "call-audio.mjr"), ==, 10);
	rig_fini(&watched.rig);
}

/* The publisher began anew: another SSRC has other numbers, and nothing of it is missing. */
static void a_new_ssrc_is_no_loss(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	static const struct {
		uint16_t seq;
		uint32_t ssrc;
	} PACKETS[] = {{10, 1}, {11, 1}, {40000, 2}, {40001, 2}, {40003, 2}};
	for (size_t i = 0; i < G_N_ELEMENTS(PACKETS); i++) {
		uint8_t packet[100];
		size_t len = rig_rtp(packet, PACKETS[i].seq, 0, 50);
		bytes_put_u32(packet + 8, PACKETS[i].ssrc);
		track_push_rtp(recording_track(recording, 0), packet, len);
	}
	rig_stop(&rig, recording);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpuint(manifest.tracks[0].ssrc, ==, 1);
	g_assert_cmpuint(manifest.tracks[0].quality.lost, ==, 1);
	g_assert_cmpuint(manifest.tracks[0].quality.duplicated, ==, 0);
	g_assert_cmpuint(manifest.tracks[0].parts[0].last_seq, ==, 40003);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

static void packets_that_no_frame_can_hold_are_refused(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = rig_start(&rig, "call");
	struct track *text = recording_track(recording, 2);
	g_autofree uint8_t *bytes = g_malloc0(MJR_PAYLOAD_MAX + 1);
	g_assert_cmpint(track_push_message(text, bytes, MJR_DATA_MAX + 1), ==, -EMSGSIZE);
	g_assert_cmpint(track_push_message(text, bytes, MJR_DATA_MAX), ==, 0);
	g_assert_cmpint(track_push_message(text, NULL, 0), ==, 0);
	struct track *audio = recording_track(recording, 0);
	g_assert_cmpint(track_push_rtp(audio, bytes, MJR_PAYLOAD_MAX + 1), ==, -EMSGSIZE);
	rig_stop(&rig, recording);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	g_assert_cmpuint(manifest.tracks[0].quality.malformed, ==, 1);
	g_assert_cmpuint(manifest.tracks[2].quality.malformed, ==, 1);
	g_assert_cmpuint(rig_count_frames(&rig, "call-data.mjr"), ==, 2);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

static void a_full_ring_drops_and_counts(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){
			       .ring_size = RING_SIZE_MIN,
			       .flush_interval_ms = 3600 * 1000,
		       });
	/* The writer is kept busy: with the lock that its event takes. */
	struct recording *other = rig_start(&rig, "other");
	struct recording *recording = rig_start(&rig, "call");
	struct track *audio = recording_track(recording, 0);
	pthread_mutex_lock(&rig.lock);
	recording_stop(other, "stopped");
	while (!recording_has_ended(other))
		g_thread_yield();
	static uint8_t packet[60000];
	int results[6];
	for (uint16_t i = 0; i < G_N_ELEMENTS(results); i++) {
		rig_advance(&rig, 1000);
		results[i] = track_push_rtp(audio, packet, rig_rtp(packet, i, i, 59000));
	}
	pthread_mutex_unlock(&rig.lock);
	for (size_t i = 0; i < G_N_ELEMENTS(results); i++)
		g_assert_cmpint(results[i], ==, i < 4 ? 0 : -ENOBUFS);
	rig_wait(&rig, ENGINE_RECORDING_FINISHED, 1);
	recording_put(other);
	while (ring_pending(&audio->ring) > 0)
		g_thread_yield();
	g_assert_cmpint(track_push_rtp(audio, packet, rig_rtp(packet, 7, 7, 100)), ==, 0);
	rig_stop(&rig, recording);
	g_assert_cmpuint(rig_events(&rig, ENGINE_GAP), ==, 1);
	g_assert_cmpuint(rig_count_frames(&rig, "call-audio.mjr"), ==, 5);
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "call.json");
	const struct manifest_track *track = &manifest.tracks[0];
	g_assert_cmpuint(track->quality.received, ==, 7);
	g_assert_cmpuint(track->quality.dropped, ==, 2);
	g_assert_cmpuint(track->quality.lost, ==, 1); /* 6 never came */
	g_assert_cmpuint(track->quality.gaps, ==, 1);
	g_assert_cmpuint(track->gap_count, ==, 1);
	g_assert_cmpstr(track->gaps[0].reason, ==, "overload");
	g_assert_cmpuint(track->gaps[0].first_seq, ==, 4);
	g_assert_cmpuint(track->gaps[0].last_seq, ==, 5);
	g_assert_cmpuint(track->gaps[0].packets, ==, 2);
	g_assert_cmpint(track->gaps[0].to_us - track->gaps[0].from_us, ==, 1000);
	manifest_fini(&manifest);
	rig_fini(&rig);
}

static void a_second_track_of_a_kind_has_a_number(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording_track_spec tracks[] = {
		{{.codec = codec_find("vp8")}, "a", 0},
		{{.codec = codec_find("opus")}, "b", 1},
		{{.codec = codec_find("h264"), .fmtp = (char[]){"profile-level-id=42e01f"}}, "c",
			2},
		{{.codec = codec_find("opus")}, "d", 3},
	};
	struct recording_spec spec = *rig_spec();
	spec.tracks = tracks;
	spec.track_count = G_N_ELEMENTS(tracks);
	struct recording *recording = NULL;
	g_assert_cmpint(recording_start(&recording, rig.engine, &spec), ==, 0);
	g_assert_cmpuint(recording_track_count(recording), ==, 5);
	for (size_t i = 0; i < 4; i++) {
		uint8_t packet[100];
		size_t len = rig_rtp(packet, 1, 1, 10);
		track_push_rtp(recording_track(recording, i), packet, len);
	}
	rig_stop(&rig, recording);
	static const char *const FILES[] = {
		"call-video.mjr", "call-audio.mjr", "call-video1.mjr", "call-audio1.mjr"};
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++)
		g_assert_cmpuint(rig_count_frames(&rig, FILES[i]), ==, 1);
	g_assert_cmpuint(rig_events(&rig, ENGINE_PART_FINISHED), ==, 4);
	rig_fini(&rig);
}

/* A header as full as it can be is still one that the stock tool takes. */
static void stock_tools_read_the_parts(void)
{
	g_autofree char *tool = g_find_program_in_path("janus-pp-rec");
	if (tool == NULL) {
		g_test_skip("janus-pp-rec is not installed");
		return;
	}
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording_spec spec = *rig_spec();
	struct recording_track_spec track = spec.tracks[0];
	char uri[90];
	memset(uri, 'u', sizeof uri - 1);
	uri[sizeof uri - 1] = '\0';
	for (int id = 1; id <= 14; id++)
		track.info.extmap[id] = uri;
	spec.tracks = &track;
	spec.track_count = 1;
	struct recording *recording = NULL;
	g_assert_cmpint(recording_start(&recording, rig.engine, &spec), ==, 0);
	for (uint16_t i = 0; i < 50; i++) {
		uint8_t packet[200];
		size_t len = rig_rtp(packet, i, i * 960u, 100);
		track_push_rtp(recording_track(recording, 0), packet, len);
		track_push_message(recording_track(recording, 1), packet, len);
		rig_advance(&rig, 20000);
	}
	rig_stop(&rig, recording);
	static const char *const FILES[] = {"call-audio.mjr", "call-rtcp.mjr"};
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		g_autofree char *path = g_build_filename(rig.folder, FILES[i], NULL);
		char *argv[] = {tool, (char[]){"--parse"}, (char[]){"-o"}, path, NULL};
		g_autofree char *output = NULL;
		int status = -1;
		g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
			&output, NULL, &status, NULL));
		g_assert_cmpint(status, ==, 0);
		g_test_message("%s", output);
		g_assert_nonnull(strstr(output, "Counted 50 frame packets"));
	}
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/recording/files_are_what_was_pushed", files_are_what_was_pushed);
	g_test_add_func("/recording/the_manifest_tells_what_is_in_the_files",
		the_manifest_tells_what_is_in_the_files);
	g_test_add_func("/recording/no_end_comes_before_the_last_packet",
		no_end_comes_before_the_last_packet);
	g_test_add_func("/recording/a_small_ring_carries_a_large_recording",
		a_small_ring_carries_a_large_recording);
	g_test_add_func("/recording/few_bytes_of_a_track_wait_for_some_ticks",
		few_bytes_of_a_track_wait_for_some_ticks);
	g_test_add_func("/recording/a_new_ssrc_is_no_loss", a_new_ssrc_is_no_loss);
	g_test_add_func("/recording/packets_that_no_frame_can_hold_are_refused",
		packets_that_no_frame_can_hold_are_refused);
	g_test_add_func("/recording/a_full_ring_drops_and_counts", a_full_ring_drops_and_counts);
	g_test_add_func("/recording/a_second_track_of_a_kind_has_a_number",
		a_second_track_of_a_kind_has_a_number);
	g_test_add_func("/recording/stock_tools_read_the_parts", stock_tools_read_the_parts);
	return g_test_run();
}
