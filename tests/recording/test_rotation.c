/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Recordings that go on to new parts: the parts laid end to end are what was pushed,
 * byte for byte, video begins with keyframes, and all tracks are cut at one moment.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "common/codec.h"
#include "common/rtp.h"
#include "recording/rotation.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

enum {
	STEP_US = 20000,
	STEPS = 1500, /* half a minute */
	PACKET_MAX = 1500,
	TRACKS_MAX = 4,
	PACKETS_PER_PICTURE = 3,
	SECOND_US = 1000000,
};

/* --- when it is time --- */

static const struct policy {
	const char *name;
	struct manifest_rotation limits;
	int64_t from_us, now_us, now_real_us; /* of rotation_begin() */
	int64_t look_us;
	uint64_t bytes;
	bool is_due;
	int64_t due_us;
} POLICIES[] = {
	{"never", {0}, 5, 5, 100, INT64_MAX - 1, UINT64_MAX, false, 0},
	{"not_yet", {.duration_us = 100}, 5, 7, 0, 104, 0, false, 0},
	{"after_the_duration", {.duration_us = 100}, 5, 7, 0, 105, 0, true, 105},
	{"as_of_the_deadline", {.duration_us = 100}, 5, 7, 0, 190, 0, true, 105},
	{"small_enough", {.bytes = 50}, 5, 5, 0, 9, 49, false, 0},
	{"too_large", {.bytes = 50}, 5, 5, 0, 9, 50, true, 9},
	{"too_large_before_it_is_old", {50, 50, false}, 0, 0, 0, 9, 50, true, 9},
	{"too_large_after_it_is_old", {50, 50, false}, 0, 0, 0, 59, 50, true, 50},
	{"before_the_boundary", {100, 0, true}, 5, 15, 1030, 84, 0, false, 0},
	{"at_the_boundary", {100, 0, true}, 5, 15, 1030, 85, 0, true, 85},
	{"begun_at_a_boundary", {100, 0, true}, 5, 5, 1000, 104, 0, false, 0},
	{"the_next_boundary", {100, 0, true}, 5, 5, 1000, 105, 0, true, 105},
};

static void policy(gconstpointer data)
{
	const struct policy *row = data;
	struct rotation rotation = {.limits = row->limits};
	g_assert_false(rotation_look(&rotation, INT64_MAX, UINT64_MAX));
	rotation_begin(&rotation, row->from_us, row->now_us, row->now_real_us);
	g_assert_cmpint(rotation_look(&rotation, row->look_us, row->bytes), ==, row->is_due);
	if (!row->is_due)
		return;
	g_assert_true(rotation_look(&rotation, row->look_us + 1000, 0));
	g_assert_cmpint(rotation.due_us, ==, row->due_us);
	rotation_begin(&rotation, row->due_us, row->due_us, 0);
	g_assert_false(rotation_look(&rotation, row->due_us, 0));
}

/* --- what comes out --- */

static const struct scene {
	const char *name;
	struct manifest_rotation rotation;
	int keyframe_steps;    /* 0: but one, at the start */
	int second_video_late; /* steps after those of the first; 0: there is none */
	bool has_audio, has_video, has_data;
	bool is_reordered;
	bool begins_with_keyframes;
	size_t parts_min, parts_max; /* of a track with packets */
} SCENES[] = {
	{"once_a_second", {.duration_us = SECOND_US}, 10, 0, true, true, true, false, true, 15, 30},
	{"reordered", {.duration_us = SECOND_US}, 10, 0, true, true, true, true, true, 15, 30},
	{"rare_keyframes", {.duration_us = SECOND_US}, 80, 0, true, true, false, false, true, 10,
		19},
	{"no_keyframes", {.duration_us = SECOND_US}, 0, 0, true, true, false, false, false, 7, 11},
	{"audio_alone", {.duration_us = SECOND_US}, 0, 0, true, false, false, false, false, 20, 30},
	{"data_alone", {.duration_us = SECOND_US}, 0, 0, false, false, true, false, false, 20, 30},
	{"two_videos", {.duration_us = SECOND_US}, 10, 3, true, true, false, true, true, 15, 30},
	{"by_size", {.bytes = 100000}, 10, 0, true, true, false, false, true, 3, 60},
	{"aligned", {3 * SECOND_US, 0, true}, 10, 0, true, true, true, true, true, 7, 11},
};

struct stage {
	const struct scene *scene;
	struct rig rig;
	struct recording *recording;
	GByteArray *pushed[TRACKS_MAX]; /* lengths and packets */
	uint16_t seq[TRACKS_MAX];
};

static const struct recording_spec *spec_of(const struct scene *scene)
{
	static struct recording_track_spec tracks[3];
	static struct recording_spec spec;
	spec = *rig_spec();
	memcpy(tracks, spec.tracks, sizeof tracks);
	if (scene->second_video_late > 0)
		tracks[2] = (struct recording_track_spec){{.codec = codec_find("vp8")}, "2", 2};
	spec.tracks = tracks;
	spec.rotation = scene->rotation;
	return &spec;
}

static void expect(struct stage *stage, size_t t, const uint8_t *packet, size_t len)
{
	uint16_t size = (uint16_t)len;
	g_byte_array_append(stage->pushed[t], (const guint8 *)&size, sizeof size);
	g_byte_array_append(stage->pushed[t], packet, (guint)len);
}

static void push_rtp(struct stage *stage, size_t t, const uint8_t *packet, size_t len)
{
	struct track *track = recording_track(stage->recording, t);
	g_assert_cmpint(track_push_rtp(track, packet, len), ==, 0);
	expect(stage, t, packet, len);
}

static void push_message(struct stage *stage, size_t t)
{
	uint8_t message[8];
	bytes_put_u64(message, stage->seq[t]++);
	g_assert_cmpint(
		track_push_message(recording_track(stage->recording, t), message, sizeof message),
		==, 0);
	expect(stage, t, message, sizeof message);
}

/* Three packets; when they are reordered, the last comes before the second. */
static void push_picture(struct stage *stage, size_t t, int step, bool is_keyframe)
{
	static const size_t ORDERS[2][PACKETS_PER_PICTURE] = {{0, 1, 2}, {0, 2, 1}};
	uint16_t first = stage->seq[t];
	for (size_t i = 0; i < PACKETS_PER_PICTURE; i++) {
		uint8_t packet[PACKET_MAX];
		size_t index = ORDERS[stage->scene->is_reordered && step % 3 == 0][i];
		size_t len = rig_rtp(packet, (uint16_t)(first + index), (uint32_t)step * 1800, 300);
		packet[12] = index == 0 ? 0x10 : 0;
		packet[13] = !is_keyframe;
		push_rtp(stage, t, packet, len);
	}
	stage->seq[t] = (uint16_t)(first + PACKETS_PER_PICTURE);
}

static bool is_keyframe(const struct scene *scene, int step)
{
	return step == 0 || (scene->keyframe_steps > 0 && step % scene->keyframe_steps == 0);
}

static void push_step(struct stage *stage, int step)
{
	const struct scene *scene = stage->scene;
	if (scene->has_audio) {
		uint8_t packet[PACKET_MAX];
		size_t len = rig_rtp(packet, stage->seq[0]++, (uint32_t)step * 960, 80);
		push_rtp(stage, 0, packet, len);
	}
	int late = scene->second_video_late;
	if (scene->has_video && step % 2 == 0)
		push_picture(stage, 1, step, is_keyframe(scene, step));
	if (late > 0 && step >= late)
		push_picture(stage, 2, step, is_keyframe(scene, step - late));
	if (scene->has_data && step % 5 == 0)
		push_message(stage, 2);
	if (step % 50 == 0)
		push_message(stage, 3);
}

static void set_up(struct stage *stage, const struct scene *scene)
{
	*stage = (struct stage){.scene = scene};
	rig_init(&stage->rig, &(struct engine_params){.flush_interval_ms = 1});
	for (size_t t = 0; t < TRACKS_MAX; t++) {
		stage->pushed[t] = g_byte_array_new();
		stage->seq[t] = (uint16_t)(65000 + t);
	}
	g_assert_cmpint(
		recording_start(&stage->recording, stage->rig.engine, spec_of(scene)), ==, 0);
}

static void tear_down(struct stage *stage)
{
	for (size_t t = 0; t < TRACKS_MAX; t++)
		g_byte_array_unref(stage->pushed[t]);
	rig_fini(&stage->rig);
}

/* The payloads of a part's frames, each with its length before it. */
static void read_part(
	GByteArray *out, struct rig *rig, const struct manifest_part *part, bool is_rtp)
{
	GByteArray *file = rig_read(rig, part->file);
	struct bytes rest = {file->data, file->len};
	struct mjr_header header;
	struct mjr_frame frame;
	uint64_t count = 0;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_true(bytes_skip(&rest, header.size));
	for (; rest.len > 0; count++) {
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_true(bytes_skip(&rest, frame.size));
		g_assert_true(bytes_skip(&frame.payload, is_rtp ? 0 : MJR_DATA_TIME_SIZE));
		uint16_t size = (uint16_t)frame.payload.len;
		g_byte_array_append(out, (const guint8 *)&size, sizeof size);
		g_byte_array_append(out, frame.payload.data, (guint)frame.payload.len);
	}
	g_assert_cmpuint(part->packets, ==, count);
	g_assert_cmpuint(part->bytes, ==, file->len);
	g_byte_array_unref(file);
}

static void check_part(const struct stage *stage, const struct manifest_track *track, size_t index)
{
	const struct manifest_part *part = &track->parts[index];
	g_autofree char *file =
		g_strdup_printf("call.%04u-%s.mjr", (unsigned)part->number, track->label);
	g_assert_cmpstr(part->file, ==, file);
	bool is_video = track->kind == CODEC_VIDEO;
	bool is_first = index == 0;
	if (is_video && (is_first || stage->scene->begins_with_keyframes))
		g_assert_true(part->starts_with_keyframe);
	else
		g_assert_false(part->starts_with_keyframe);
	g_assert_cmpint(part->is_gapless, ==, !is_first);
	g_assert_cmpuint(part->lost_before, ==, 0);
	if (is_first)
		return;
	g_assert_cmpuint(part->number, >, part[-1].number);
	g_assert_cmpint(part->start_us, >=, part[-1].end_us);
	if (track->kind == CODEC_AUDIO)
		g_assert_cmpuint(part->first_seq, ==, (uint16_t)(part[-1].last_seq + 1));
}

static void check_track(struct stage *stage, const struct manifest *manifest, size_t t)
{
	const struct manifest_track *track = &manifest->tracks[t];
	bool is_rtp = track->kind != CODEC_DATA;
	GByteArray *found = g_byte_array_new();
	for (size_t i = 0; i < track->part_count; i++) {
		check_part(stage, track, i);
		read_part(found, &stage->rig, &track->parts[i], is_rtp);
	}
	const GByteArray *pushed = stage->pushed[t];
	g_assert_cmpmem(found->data, found->len, pushed->data, pushed->len);
	if (pushed->len > 0 && t < 3) {
		g_assert_cmpuint(track->part_count, >=, stage->scene->parts_min);
		g_assert_cmpuint(track->part_count, <=, stage->scene->parts_max);
	}
	g_assert_cmpuint(track->quality.lost + track->quality.dropped, ==, 0);
	g_byte_array_unref(found);
}

/* Audio is cut where the video is. */
static void check_moments(const struct manifest *manifest)
{
	const struct manifest_track *audio = &manifest->tracks[0], *video = &manifest->tracks[1];
	if (audio->part_count == 0 || video->part_count == 0)
		return;
	g_assert_cmpuint(audio->part_count, ==, video->part_count);
	for (size_t i = 1; i < video->part_count; i++) {
		int64_t cut_us = video->parts[i].start_us;
		g_assert_cmpuint(audio->parts[i].number, ==, video->parts[i].number);
		g_assert_cmpint(audio->parts[i - 1].end_us, <, cut_us + STEP_US);
		g_assert_cmpint(audio->parts[i].start_us, >=, cut_us - STEP_US);
	}
}

static void parts_make_up_the_whole(gconstpointer data)
{
	struct stage stage;
	struct manifest manifest;
	set_up(&stage, data);
	for (int step = 0; step < STEPS; step++) {
		push_step(&stage, step);
		rig_advance(&stage.rig, STEP_US);
		if (step % 5 == 0)
			g_usleep(1000); /* lets the writer look at most moments */
	}
	rig_stop(&stage.rig, stage.recording);
	rig_load_manifest(&manifest, &stage.rig, "call.json");
	g_assert_cmpint(manifest.state, ==, MANIFEST_COMPLETE);
	size_t parts = 0;
	for (size_t t = 0; t < manifest.track_count; t++) {
		check_track(&stage, &manifest, t);
		parts += manifest.tracks[t].part_count;
	}
	check_moments(&manifest);
	g_assert_cmpuint(rig_events(&stage.rig, ENGINE_PART_FINISHED), ==, parts);
	g_assert_cmpuint(rig_count_lines(&stage.rig, "without a keyframe") > 0, ==,
		stage.scene->has_video && !stage.scene->begins_with_keyframes);
	manifest_fini(&manifest);
	tear_down(&stage);
}

/* --- what is asked for --- */

static void a_keyframe_is_asked_for_and_waited_for(void)
{
	static const struct scene SCENE = {.rotation = {.duration_us = SECOND_US}};
	struct stage stage;
	struct manifest manifest;
	set_up(&stage, &SCENE);
	struct track *video = recording_track(stage.recording, 1);
	push_picture(&stage, 1, 0, true);
	g_assert_true(track_has_keyframe(video));
	rig_advance(&stage.rig, SECOND_US);
	rig_wait(&stage.rig, ENGINE_KEYFRAME_WANTED, 1);
	g_assert_false(track_has_keyframe(video));
	push_picture(&stage, 1, 1, false);
	rig_advance(&stage.rig, SECOND_US / 2);
	push_picture(&stage, 1, 2, true);
	g_assert_true(track_has_keyframe(video));
	rig_wait(&stage.rig, ENGINE_PART_FINISHED, 1);
	g_assert_cmpuint(rig_events(&stage.rig, ENGINE_KEYFRAME_WANTED), ==, 1);
	rig_stop(&stage.rig, stage.recording);
	rig_load_manifest(&manifest, &stage.rig, "call.json");
	g_assert_cmpuint(manifest.tracks[1].part_count, ==, 2);
	g_assert_cmpuint(manifest.tracks[1].parts[0].packets, ==, 2 * PACKETS_PER_PICTURE);
	g_assert_true(manifest.tracks[1].parts[1].starts_with_keyframe);
	manifest_fini(&manifest);
	tear_down(&stage);
}

static void a_disk_that_fills_up_meanwhile_does_no_harm(void)
{
	static const struct scene SCENE = {.name = "trouble",
		.rotation = {.duration_us = SECOND_US},
		.keyframe_steps = 10,
		.has_audio = true,
		.has_video = true};
	struct stage stage;
	struct manifest manifest;
	set_up(&stage, &SCENE);
	stage.rig.faults.error = -ENOSPC;
	for (int step = 0; step < STEPS; step++) {
		/* Fails at any stage of a rotation, for as long as a second. */
		if (step % 170 == 0)
			stage.rig.faults.write_at = stage.rig.faults.writes + 1 + step % 7;
		if (step % 170 == 50)
			stage.rig.faults.write_at = 0;
		push_step(&stage, step);
		rig_advance(&stage.rig, STEP_US);
		if (step % 5 == 0)
			g_usleep(1000);
	}
	stage.rig.faults.write_at = 0;
	rig_stop(&stage.rig, stage.recording);
	rig_load_manifest(&manifest, &stage.rig, "call.json");
	for (size_t t = 0; t < manifest.track_count; t++) {
		const struct manifest_track *track = &manifest.tracks[t];
		GByteArray *found = g_byte_array_new();
		for (size_t i = 0; i < track->part_count; i++)
			read_part(found, &stage.rig, &track->parts[i], track->kind != CODEC_DATA);
		g_assert_cmpmem(
			found->data, found->len, stage.pushed[t]->data, stage.pushed[t]->len);
		g_byte_array_unref(found);
	}
	g_assert_cmpuint(manifest.interruption_count, >, 0);
	g_assert_cmpuint(manifest.tracks[1].part_count, >, manifest.interruption_count + 3);
	manifest_fini(&manifest);
	tear_down(&stage);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(POLICIES); i++) {
		g_autofree char *path = g_strconcat("/rotation/policy/", POLICIES[i].name, NULL);
		g_test_add_data_func(path, &POLICIES[i], policy);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(SCENES); i++) {
		g_autofree char *path = g_strconcat("/rotation/parts/", SCENES[i].name, NULL);
		g_test_add_data_func(path, &SCENES[i], parts_make_up_the_whole);
	}
	g_test_add_func("/rotation/a_keyframe_is_asked_for_and_waited_for",
		a_keyframe_is_asked_for_and_waited_for);
	g_test_add_func("/rotation/a_disk_that_fills_up_meanwhile_does_no_harm",
		a_disk_that_fills_up_meanwhile_does_no_harm);
	return g_test_run();
}
