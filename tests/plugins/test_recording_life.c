/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is published is recorded, byte for byte, whatever ends it.
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "common/bytes.h"
#include "common/mjr.h"
#include "common/mjr_info.h"
#include "tests/plugins/scene.h"

enum {
	PACKETS = 50
};

static void check_and_free(struct scene *scene, const char *reason)
{
	g_autofree char *name = scene_wait_finished(scene, reason);
	scene_check_files(scene, name);
	scene_fini(scene);
}

static void records_from_publish_to_unpublish(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_t *result = scene_publish(&scene, "{\"login\": \"ann\"}");
	g_autofree char *name = scene_recording(result);
	g_autofree char *expected = g_strdup_printf("stream-%s-ann", scene.media_session_id);
	g_assert_cmpstr(name, ==, expected);
	g_assert_cmpuint(json_array_size(json_object_get(result, "tracks")), ==, 3);
	json_decref(result);
	json_decref(gateway_wait_event(scene.handle, "recording_started"));
	json_decref(gateway_wait_event(scene.handle, "publishing"));

	scene_send_all(&scene, PACKETS);
	json_decref(scene_result(
		gateway_request(scene.handle, scene_json("{\"request\": \"unpublish\"}"))));
	gateway_wait_closed(scene.handle);
	scene_forget(&scene);
	scene_send_all(&scene, 1); /* too late: must not be recorded */
	scene_forget(&scene);
	gateway_hangup(scene.handle);
	g_autofree char *finished = scene_wait_finished(&scene, "unpublished");
	g_assert_cmpstr(finished, ==, name);
	json_t *manifest = scene_manifest(gateway, name);
	size_t i;
	json_t *track;
	json_array_foreach(json_object_get(manifest, "tracks"), i, track)
	{
		json_t *part = json_array_get(json_object_get(track, "parts"), 0);
		g_assert_cmpint(json_integer_value(json_object_get(part, "packets")), ==, PACKETS);
	}
	g_assert_cmpuint(i, ==, SCENE_KINDS);
	json_decref(manifest);
	json_decref(gateway_wait_event(scene.handle, "part_finished"));
	json_decref(gateway_wait_event(scene.handle, "recording_finished"));
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void records_twice_in_a_row(void)
{
	struct gateway *gateway = gateway_start("record_streams = false");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_t *result = scene_publish(&scene, NULL);
	g_assert_null(json_object_get(result, "recording"));
	json_decref(result);
	scene_send_all(&scene, 3); /* not recorded */
	for (int round = 0; round < 2; round++) {
		scene_forget(&scene);
		json_decref(scene_result(gateway_request(scene.handle,
			scene_json("{\"request\": \"start_recording\", \"name\": \"take\"}"))));
		scene_send_all(&scene, PACKETS);
		json_decref(scene_result(gateway_request(
			scene.handle, scene_json("{\"request\": \"stop_recording\"}"))));
		g_autofree char *name = scene_wait_finished(&scene, "stopped");
		g_assert_true(g_str_has_prefix(name, "take"));
		scene_check_files(&scene, name);
	}
	scene_fini(&scene);
	gateway_stop(gateway);
}

/* Each ends the stream in its own way. */
static void by_hangup(struct scene *scene)
{
	gateway_hangup(scene->handle);
}

static void by_session(struct scene *scene)
{
	gateway_detach(scene->handle);
}

static void by_plugin(struct scene *scene)
{
	gateway_destroy_plugin(scene->gateway);
}

static void by_detach_and_hangup(struct scene *scene)
{
	gateway_detach(scene->handle);
	gateway_hangup(scene->handle);
}

static const struct {
	const char *name;
	void (*end)(struct scene *scene);
	const char *reason;
} ends[] = {
	{"hang-up", by_hangup, "hangup"},
	{"the session's death", by_session, "session_ended"},
	{"the plugin's end", by_plugin, "shutdown"},
	{"a hang-up that comes after the session", by_detach_and_hangup, "session_ended"},
};

static void completes_files_at(const void *data)
{
	size_t index = GPOINTER_TO_SIZE(data);
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, PACKETS);
	ends[index].end(&scene);
	/* The core may be late to notice. */
	struct scene late = scene;
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		late.sent[kind] = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	scene_send_all(&late, 1);
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		g_ptr_array_free(late.sent[kind], TRUE);
	check_and_free(&scene, ends[index].reason);
	gateway_stop(gateway);
}

static void survives_hangups_in_every_state(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	gateway_hangup(scene.handle); /* nothing published */
	gateway_hangup(scene.handle);
	gateway_setup_media(scene.handle);
	gateway_slow_link(scene.handle, 0, false, true);

	json_decref(scene_publish(&scene, NULL)); /* published, no packet */
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));

	gateway_send(scene.handle, scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"),
		scene_jsep(SCENE_OFFER));
	gateway_hangup(scene.handle); /* before, during or after the answer */
	json_decref(scene_publish(&scene, "{\"stream\": \"camera\"}"));
	scene_forget(&scene);
	scene_send_all(&scene, PACKETS);
	gateway_hangup(scene.handle);
	gateway_hangup(scene.handle);
	gateway_detach(scene.handle);
	gateway_detach(scene.handle);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void gives_the_name_free_when_the_answer_is_lost(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene lost, next;
	scene_init(&lost, gateway, "camera");
	gateway_break_answers(lost.handle);
	gateway_send(lost.handle, scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"),
		scene_jsep(SCENE_OFFER));
	json_decref(gateway_wait_event(lost.handle, "gone"));
	scene_init(&next, gateway, "camera");
	json_decref(scene_publish(&next, NULL));
	scene_fini(&lost);
	scene_fini(&next);
	gateway_stop(gateway);
}

static void publishes_again_on_the_same_handle(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	for (int round = 0; round < 3; round++) {
		scene_forget(&scene);
		json_decref(scene_publish(&scene, NULL));
		scene_send_all(&scene, PACKETS);
		json_decref(scene_result(
			gateway_request(scene.handle, scene_json("{\"request\": \"unpublish\"}"))));
		g_autofree char *name = scene_wait_finished(&scene, "unpublished");
		scene_check_files(&scene, name);
		gateway_hangup(scene.handle);
	}
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void goes_on_recording_through_a_renegotiation(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, PACKETS);
	json_t *jsep = scene_jsep(SCENE_OFFER SCENE_OFFER_AUDIO);
	json_object_set_new(jsep, "update", json_true());
	json_t *result = scene_result(gateway_request_jsep(scene.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"), jsep));
	g_assert_cmpuint(json_array_size(json_object_get(result, "tracks")), ==, 4);
	json_decref(result);
	scene_send_all(&scene, PACKETS);
	gateway_hangup(scene.handle);
	check_and_free(&scene, "hangup");
	gateway_stop(gateway);
}

#define OFFER_RED                                                                 \
	SCENE_OFFER_START                                                         \
	"m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\nc=IN IP4 0.0.0.0\r\na=mid:red\r\n" \
	"a=sendonly\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"          \
	"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 stereo=1\r\n"                    \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"              \
	"a=extmap:9 urn:example:unknown\r\n"

static void writes_down_what_was_negotiated(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_t *jsep = scene_jsep(OFFER_RED);
	json_object_set_new(jsep, "e2ee", json_true());
	json_decref(scene_result(gateway_request_jsep(scene.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"camera\","
			   " \"opusred\": true, \"name\": \"red\"}"),
		jsep)));
	scene_send(&scene, SCENE_AUDIO);
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));

	g_autofree char *path =
		g_build_filename(gateway_recordings(gateway), "red-audio.mjr", NULL);
	g_autofree char *text = NULL;
	gsize size;
	g_assert_true(g_file_get_contents(path, &text, &size, NULL));
	struct mjr_header header;
	struct mjr_info info;
	struct bytes start = {(const uint8_t *)text, size};
	g_assert_cmpint(mjr_header_parse(&header, start), ==, 0);
	g_assert_cmpint(mjr_info_parse(&info, &header, NULL), ==, 0);
	g_assert_cmpstr(info.codec->name, ==, "opus");
	g_assert_cmpstr(info.fmtp, ==, "stereo=1");
	g_assert_cmpstr(info.extmap[1], ==, "urn:ietf:params:rtp-hdrext:ssrc-audio-level");
	g_assert_null(info.extmap[9]);
	g_assert_cmpuint(info.red_payload_type, ==, 63);
	g_assert_true(info.is_encrypted);
	mjr_info_fini(&info);
	json_t *manifest = scene_manifest(gateway, "red");
	json_t *track = json_array_get(json_object_get(manifest, "tracks"), 0);
	g_assert_cmpstr(json_string_value(json_object_get(track, "mid")), ==, "red");
	g_assert_cmpint(json_integer_value(json_object_get(track, "mindex")), ==, 0);
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

/* Two layers, the better one from the third packet on: the file has one stream without a hole. */
static void records_simulcast_as_one_stream(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_t *jsep = scene_jsep(SCENE_OFFER);
	json_object_set_new(jsep, "simulcast",
		json_pack("[{s:i, s:[i, i]}]", "mindex", SCENE_VIDEO, "ssrcs", 1000, 1001));
	json_decref(scene_result(gateway_request_jsep(scene.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"camera\","
			   " \"name\": \"layers\"}"),
		jsep)));
	uint8_t packet[SCENE_PACKET_MAX];
	for (uint16_t i = 0; i < PACKETS; i++) {
		uint8_t keyframe[] = {0x10, 0x00, 'k'};
		for (uint32_t layer = 0; layer < (i < 3 ? 1 : 2); layer++) {
			size_t len = scene_rtp(packet, (uint16_t)(500 * layer + i),
				i * 3000U + layer, 1000 + layer, true, keyframe, sizeof keyframe);
			gateway_rtp(scene.handle, SCENE_VIDEO, packet, len);
		}
	}
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));
	g_autofree char *path =
		g_build_filename(gateway_recordings(gateway), "layers-video.mjr", NULL);
	g_autoptr(GPtrArray) frames = scene_read_frames(path, true);
	g_assert_cmpuint(frames->len, ==, PACKETS + 1); /* both of the fourth pair */
	const uint8_t *first = g_bytes_get_data(g_ptr_array_index(frames, 0), NULL);
	for (guint i = 0; i < frames->len; i++) {
		const uint8_t *frame = g_bytes_get_data(g_ptr_array_index(frames, i), NULL);
		g_assert_cmpuint(bytes_get_u16(frame + 2), ==, i);
		g_assert_cmpuint(bytes_get_u32(frame + 8), ==, bytes_get_u32(first + 8));
	}
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void records_a_stream_twice_at_once_when_asked(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	json_t *start = scene_json("{\"request\": \"start_recording\", \"request_id\": \"r\"}");
	json_t *reply = gateway_request(scene.handle, json_deep_copy(start));
	scene_expect_error(reply, 409, "is being recorded already");
	json_decref(reply);

	json_object_set_new(start, "parallel", json_true());
	json_t *first = scene_result(gateway_request(scene.handle, json_deep_copy(start)));
	json_t *again = scene_result(gateway_request(scene.handle, start));
	g_assert_true(json_equal(first, again)); /* the same request id */
	scene_send_all(&scene, PACKETS);
	json_t *stopped = scene_result(
		gateway_request(scene.handle, scene_json("{\"request\": \"stop_recording\"}")));
	g_assert_cmpuint(json_array_size(json_object_get(stopped, "recordings")), ==, 2);
	for (int i = 0; i < 2; i++) {
		g_autofree char *name = scene_wait_finished(&scene, "stopped");
		scene_check_files(&scene, name);
	}
	json_decref(stopped);
	json_decref(first);
	json_decref(again);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void lists_what_it_publishes_and_records(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"metadata\": {\"room\": 7}}"));
	json_t *streams = scene_result(
		gateway_request(scene.handle, scene_json("{\"request\": \"streams\"}")));
	json_t *stream = json_array_get(json_object_get(streams, "streams"), 0);
	g_assert_cmpstr(json_string_value(json_object_get(stream, "state")), ==, "publishing");
	json_t *query = gateway_query(scene.handle);
	g_assert_true(json_equal(query, stream));
	scene_send_all(&scene, PACKETS);
	gateway_hangup(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	json_t *list = scene_result(
		gateway_request(scene.handle, scene_json("{\"request\": \"recordings\"}")));
	json_t *entry = json_array_get(json_object_get(list, "recordings"), 0);
	g_assert_cmpstr(json_string_value(json_object_get(entry, "name")), ==, name);
	g_assert_cmpstr(json_string_value(json_object_get(entry, "state")), ==, "complete");
	json_t *one = scene_result(gateway_request(
		scene.handle, json_pack("{s:s, s:s}", "request", "recording", "name", name)));
	json_t *metadata = json_object_get(json_object_get(one, "recording"), "metadata");
	g_assert_cmpint(json_integer_value(json_object_get(metadata, "room")), ==, 7);
	json_decref(one);
	json_decref(list);
	json_decref(query);
	json_decref(streams);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void counts_hostile_packets_and_goes_on(void)
{
	static const struct {
		const char *what;
		size_t len;
		uint8_t bytes[24];
	} hostile[] = {
		{"shorter than a header", 11, {0x80, 96}},
		{"of version 1", 12, {0x40, 96}},
		{"with CSRCs past the end", 12, {0x8f, 96}},
		{"with an extension past the end", 16,
			{0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff}},
		{"with padding longer than itself", 13,
			{0xa0, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff}},
	};
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
		scene_send(&scene, SCENE_VIDEO);
		gateway_rtp(scene.handle, SCENE_VIDEO, hostile[i].bytes, hostile[i].len);
	}
	static const int mindexes[] = {-1, SCENE_DATA, 30, 31, 32, G_MAXINT, G_MININT};
	for (size_t i = 0; i < G_N_ELEMENTS(mindexes); i++)
		gateway_rtp(scene.handle, mindexes[i], hostile[0].bytes, hostile[0].len);
	gateway_hangup(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	scene_check_files(&scene, name);
	json_t *manifest = scene_manifest(gateway, name);
	json_t *video = json_array_get(json_object_get(manifest, "tracks"), SCENE_VIDEO);
	json_t *quality = json_object_get(video, "quality");
	g_assert_cmpint(json_integer_value(json_object_get(quality, "malformed")), ==,
		G_N_ELEMENTS(hostile));
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

/* A limit on the size of files stands for a disk that is full. */
static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	limit.rlim_cur = bytes;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* All packets of a track that was sent `count`, in files that are whole. */
static void check_parts(struct gateway *gateway, const json_t *track, json_int_t count)
{
	json_t *part, *parts = json_object_get(track, "parts");
	json_int_t found = 0;
	size_t i;
	g_assert_cmpuint(json_array_size(parts), >, 1);
	json_array_foreach(parts, i, part)
	{
		g_autofree char *file = g_build_filename(gateway_recordings(gateway),
			json_string_value(json_object_get(part, "file")), NULL);
		g_autoptr(GPtrArray) frames = scene_read_frames(file, true);
		g_assert_cmpuint(
			frames->len, ==, json_integer_value(json_object_get(part, "packets")));
		found += frames->len;
	}
	g_assert_cmpint(found, ==, count);
}

static void goes_on_when_the_disk_is_full_no_more(void)
{
	enum {
		COUNT = 1000
	};
	signal(SIGXFSZ, SIG_IGN);
	struct gateway *gateway = gateway_start("flush_interval = 10");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	set_file_limit(16 << 10);
	scene_send_all(&scene, COUNT);
	json_t *event = gateway_wait_event(scene.handle, "recording_suspended");
	g_assert_cmpstr(json_string_value(json_object_get(event, "reason")), ==, "disk_full");
	json_decref(event);
	set_file_limit(RLIM_INFINITY);
	json_decref(gateway_wait_event(scene.handle, "recording_resumed"));

	scene_send_all(&scene, COUNT);
	gateway_hangup(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	json_t *manifest = scene_manifest(gateway, name);
	json_t *tracks = json_object_get(manifest, "tracks");
	check_parts(gateway, json_array_get(tracks, SCENE_AUDIO), 2 * COUNT);
	check_parts(gateway, json_array_get(tracks, SCENE_VIDEO), 2 * COUNT);
	g_assert_cmpuint(json_array_size(json_object_get(manifest, "interruptions")), ==, 1);
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void refuses_to_publish_when_it_cannot_record(void)
{
	signal(SIGXFSZ, SIG_IGN);
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	set_file_limit(16 << 10); /* too small for a ring */
	json_t *reply = gateway_request_jsep(scene.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"),
		scene_jsep(SCENE_OFFER));
	set_file_limit(RLIM_INFINITY);
	scene_expect_error(reply, 507, "the recording cannot be started");
	json_decref(reply);
	json_decref(scene_publish(&scene, NULL));
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void says_how_much_room_there_is_when_it_is_too_little(void)
{
	struct gateway *gateway = gateway_start("disk_reserve = \"4000000000000000000\"");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"record\": false}"));
	json_t *reply =
		gateway_request(scene.handle, scene_json("{\"request\": \"start_recording\"}"));
	scene_expect_error(reply, 507, "disk_reserve keeps 4000000000000000000");
	scene_expect_error(reply, 507, " bytes are free in ");
	scene_expect_error(reply, 507, gateway_recordings(gateway));
	json_decref(reply);
	scene_fini(&scene);
	gateway_stop(gateway);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/records from publish to unpublish", records_from_publish_to_unpublish);
	g_test_add_func("/records twice in a row", records_twice_in_a_row);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *path = g_strdup_printf("/completes files at %s", ends[i].name);
		g_test_add_data_func(path, GSIZE_TO_POINTER(i), completes_files_at);
	}
	g_test_add_func("/survives hang-ups in every state", survives_hangups_in_every_state);
	g_test_add_func("/gives the name free when the answer is lost",
		gives_the_name_free_when_the_answer_is_lost);
	g_test_add_func("/publishes again on the same handle", publishes_again_on_the_same_handle);
	g_test_add_func("/goes on recording through a renegotiation",
		goes_on_recording_through_a_renegotiation);
	g_test_add_func("/writes down what was negotiated", writes_down_what_was_negotiated);
	g_test_add_func("/records simulcast as one stream", records_simulcast_as_one_stream);
	g_test_add_func("/records a stream twice at once when asked",
		records_a_stream_twice_at_once_when_asked);
	g_test_add_func(
		"/lists what it publishes and records", lists_what_it_publishes_and_records);
	g_test_add_func("/counts hostile packets and goes on", counts_hostile_packets_and_goes_on);
	g_test_add_func(
		"/goes on when the disk is full no more", goes_on_when_the_disk_is_full_no_more);
	g_test_add_func("/refuses to publish when it cannot record",
		refuses_to_publish_when_it_cannot_record);
	g_test_add_func("/says how much room there is when it is too little",
		says_how_much_room_there_is_when_it_is_too_little);
	return g_test_run();
}
