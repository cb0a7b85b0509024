/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What publishers are asked for.
 */
#include "plugins/feedback.h"

#include <string.h>

#include "tests/plugins/scene.h"

/* A video packet; VP8 as in scene.c. */
static void send_video(struct scene *scene, uint16_t seq, bool is_keyframe)
{
	uint8_t packet[SCENE_PACKET_MAX];
	uint8_t payload[8] = {0x10, is_keyframe ? 0 : 1};
	size_t len = scene_rtp(packet, seq, seq * 3000U, 7, true, payload, sizeof payload);
	gateway_rtp(scene->handle, SCENE_VIDEO, packet, len);
}

static void asks_until_there_is_a_keyframe(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 20");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	gateway_wait_plis(scene.handle, 2);
	send_video(&scene, 1, false);
	gateway_wait_plis(scene.handle, gateway_plis(scene.handle) + 2);
	send_video(&scene, 2, true);
	json_t *event = gateway_wait_event(scene.handle, "keyframe");
	g_autofree char *name = scene_recording(event);
	json_decref(event);

	/* Not more than the one that was on its way; then none, until another needs one. */
	unsigned plis = gateway_plis(scene.handle);
	json_t *result = scene_result(gateway_request(scene.handle,
		scene_json("{\"request\": \"start_recording\", \"parallel\": true}")));
	g_autofree char *second = scene_recording(result);
	json_decref(result);
	gateway_wait_plis(scene.handle, plis + 2);
	send_video(&scene, 3, true);
	event = gateway_wait_event(scene.handle, "keyframe");
	g_autofree char *named = scene_recording(event);
	g_assert_cmpstr(named, ==, second);
	json_decref(event);
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));
	g_free(scene_wait_finished(&scene, "hangup"));

	json_t *manifest = scene_manifest(gateway, name);
	json_t *video = json_array_get(json_object_get(manifest, "tracks"), SCENE_VIDEO);
	json_t *quality = json_object_get(video, "quality");
	json_int_t requests = json_integer_value(json_object_get(quality, "keyframe_requests"));
	g_assert_cmpint(requests, >=, 4);
	g_assert_cmpint(requests, <=, gateway_plis(scene.handle));
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

/* More at once than a writer can take away. */
static void overload(struct scene *scene)
{
	static uint8_t payload[SCENE_PACKET_MAX - 12] = {0x10, 1};
	uint8_t packet[SCENE_PACKET_MAX];
	for (uint16_t seq = 2; seq < 2000; seq++) {
		size_t len = scene_rtp(packet, seq, seq, 7, true, payload, sizeof payload);
		gateway_rtp(scene->handle, SCENE_VIDEO, packet, len);
	}
}

/* How many gaps the manifest of a recording lists just now. */
static size_t count_gaps(struct scene *scene, const char *name)
{
	json_t *result = scene_result(gateway_request(
		scene->handle, json_pack("{s:s, s:s}", "request", "recording", "name", name)));
	json_t *tracks = json_object_get(json_object_get(result, "recording"), "tracks");
	size_t count =
		json_array_size(json_object_get(json_array_get(tracks, SCENE_VIDEO), "gaps"));
	json_decref(result);
	return count;
}

static void asks_for_a_keyframe_after_a_gap(void)
{
	struct gateway *gateway =
		gateway_start("keyframe_retry = 20\nring_size = 262144\nflush_interval = 10");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_t *result = scene_publish(&scene, NULL);
	g_autofree char *name = scene_recording(result);
	json_decref(result);
	send_video(&scene, 1, true);
	json_decref(gateway_wait_event(scene.handle, "keyframe"));
	while (count_gaps(&scene, name) == 0)
		overload(&scene);
	unsigned plis = gateway_plis(scene.handle);
	json_t *gap = gateway_wait_event(scene.handle, "gap");
	g_assert_cmpstr(json_string_value(json_object_get(gap, "track")), ==, "video");
	g_assert_cmpstr(json_string_value(json_object_get(gap, "reason")), ==, "overload");
	g_assert_cmpint(json_integer_value(json_object_get(gap, "packets")), >, 0);
	json_decref(gap);
	json_decref(gateway_wait_notified(gateway, "gap", "camera"));
	gateway_wait_plis(scene.handle, plis + 2);
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void asks_for_none_without_a_recording(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 20\nbitrate_max = 100");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"record\": false, \"keyframe_interval\": 20}"));
	gateway_wait_bitrate(scene.handle, FEEDBACK_RAMP_STEPS - 1); /* many times 20 ms later */
	g_assert_cmpuint(gateway_plis(scene.handle), ==, 0);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void asks_again_at_the_interval(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 60000");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"keyframe_interval\": 20}"));
	send_video(&scene, 1, true);
	json_decref(gateway_wait_event(scene.handle, "keyframe"));
	gateway_wait_plis(scene.handle, gateway_plis(scene.handle) + 5);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void asks_at_once_for_each_recording(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 60000");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"keyframe_interval\": 3600000}"));
	for (unsigned recordings = 1; recordings <= 3; recordings++) {
		gateway_wait_plis(scene.handle, recordings);
		send_video(&scene, (uint16_t)recordings, true);
		json_decref(gateway_wait_event(scene.handle, "keyframe"));
		json_decref(scene_result(gateway_request(scene.handle,
			scene_json("{\"request\": \"start_recording\", \"parallel\": true}"))));
	}
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void comes_to_the_ceiling_in_steps(void)
{
	struct gateway *gateway = gateway_start("bitrate_max = 800000");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	for (unsigned step = 0; step < FEEDBACK_RAMP_STEPS; step++)
		g_assert_cmpuint(gateway_wait_bitrate(scene.handle, step), ==,
			800000 / FEEDBACK_RAMP_STEPS * (step + 1));
	json_decref(scene_result(gateway_request(
		scene.handle, scene_json("{\"request\": \"configure\", \"bitrate\": 100000}"))));
	g_assert_cmpuint(gateway_wait_bitrate(scene.handle, FEEDBACK_RAMP_STEPS), ==, 100000);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void asks_for_nothing_before_the_connection(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 20\nbitrate_max = 100");
	struct scene early, up;
	scene_init(&early, gateway, "early");
	scene_init(&up, gateway, "up");
	json_decref(scene_result(gateway_request_jsep(early.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"early\"}"),
		scene_jsep(SCENE_OFFER))));
	json_decref(scene_publish(&up, NULL));
	gateway_wait_plis(up.handle, 3);
	g_assert_cmpuint(gateway_plis(early.handle), ==, 0);
	scene_fini(&early);
	scene_fini(&up);
	gateway_stop(gateway);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/asks until there is a keyframe", asks_until_there_is_a_keyframe);
	g_test_add_func("/asks for a keyframe after a gap", asks_for_a_keyframe_after_a_gap);
	g_test_add_func("/asks for none without a recording", asks_for_none_without_a_recording);
	g_test_add_func("/asks again at the interval", asks_again_at_the_interval);
	g_test_add_func("/asks at once for each recording", asks_at_once_for_each_recording);
	g_test_add_func("/comes to the ceiling in steps", comes_to_the_ceiling_in_steps);
	g_test_add_func(
		"/asks for nothing before the connection", asks_for_nothing_before_the_connection);
	return g_test_run();
}
