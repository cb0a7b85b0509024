/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Recordings that are paused for a while.
 */
#include <stdatomic.h>

#include "tests/plugins/scene.h"

enum {
	PACKETS = 20,
	ROUNDS = 30,
};

static json_t *ask(struct scene *scene, const char *text)
{
	return gateway_request(scene->handle, scene_json(text));
}

static void expect(struct scene *scene, const char *request)
{
	json_decref(scene_result(ask(scene, request)));
}

/* Packets that must not be recorded. */
static void send_in_vain(struct scene *scene, unsigned count)
{
	GPtrArray *sent[SCENE_KINDS];
	for (int kind = 0; kind < SCENE_KINDS; kind++) {
		sent[kind] = scene->sent[kind];
		scene->sent[kind] = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	}
	scene_send_all(scene, count);
	for (int kind = 0; kind < SCENE_KINDS; kind++) {
		g_ptr_array_free(scene->sent[kind], TRUE);
		scene->sent[kind] = sent[kind];
	}
}

static bool is_paused(struct scene *scene, const char *listing)
{
	g_autofree char *request = g_strdup_printf("{\"request\": \"%s\"}", listing);
	json_t *result = scene_result(ask(scene, request));
	json_t *streams = json_object_get(result, "streams");
	json_t *list = json_object_get(streams ? json_array_get(streams, 0) : result, "recordings");
	json_t *paused = json_object_get(json_array_get(list, 0), "paused");
	g_assert_true(json_is_boolean(paused));
	bool is = json_is_true(paused);
	json_decref(result);
	return is;
}

static json_int_t member(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static json_t *quality_of(const json_t *manifest, int track)
{
	return json_object_get(
		json_array_get(json_object_get(manifest, "tracks"), (size_t)track), "quality");
}

static void records_nothing_while_it_is_paused(void)
{
	struct gateway *gateway = gateway_start("keyframe_retry = 20");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, PACKETS);
	json_decref(gateway_wait_event(scene.handle, "keyframe"));
	expect(&scene, "{\"request\": \"pause_recording\"}");
	send_in_vain(&scene, PACKETS);
	json_t *event = gateway_wait_event(scene.handle, "recording_paused");
	g_autofree char *name = scene_recording(event);
	json_decref(event);
	json_t *manifest = scene_manifest(gateway, name);
	json_t *pause = json_array_get(json_object_get(manifest, "pauses"), 0);
	g_assert_null(json_object_get(pause, "to_us"));
	g_assert_cmpint(member(pause, "from_us"), >=, member(manifest, "created_us"));
	json_decref(manifest);
	g_assert_true(is_paused(&scene, "streams"));
	g_assert_true(is_paused(&scene, "recordings"));

	unsigned plis = gateway_plis(scene.handle);
	expect(&scene, "{\"request\": \"resume_recording\"}");
	gateway_wait_plis(scene.handle, plis + 1);
	g_assert_false(is_paused(&scene, "streams"));
	scene_send_all(&scene, PACKETS);
	json_decref(gateway_wait_event(scene.handle, "recording_continued"));
	gateway_hangup(scene.handle);
	g_free(scene_wait_finished(&scene, "hangup"));
	scene_check_files(&scene, name);
	manifest = scene_manifest(gateway, name);
	pause = json_array_get(json_object_get(manifest, "pauses"), 0);
	g_assert_cmpint(member(pause, "to_us"), >=, member(pause, "from_us"));
	for (int track = 0; track < SCENE_KINDS; track++) {
		g_assert_cmpint(member(quality_of(manifest, track), "lost"), ==, 0);
		g_assert_cmpint(member(quality_of(manifest, track), "received"), ==, 2 * PACKETS);
	}
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void ends_while_it_is_paused(const void *data)
{
	bool is_hangup = data != NULL;
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, PACKETS);
	expect(&scene, "{\"request\": \"pause_recording\"}");
	send_in_vain(&scene, 1);
	if (is_hangup)
		gateway_hangup(scene.handle);
	else
		expect(&scene, "{\"request\": \"stop_recording\"}");
	g_autofree char *name = scene_wait_finished(&scene, is_hangup ? "hangup" : "stopped");
	scene_check_files(&scene, name);
	json_t *manifest = scene_manifest(gateway, name);
	json_t *pauses = json_object_get(manifest, "pauses");
	g_assert_cmpuint(json_array_size(pauses), ==, 1);
	g_assert_true(json_is_integer(json_object_get(json_array_get(pauses, 0), "to_us")));
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void expect_refusal(struct scene *scene, const char *request, int code, const char *text)
{
	json_t *reply = ask(scene, request);
	scene_expect_error(reply, code, text);
	json_decref(reply);
}

static void refuses_what_makes_no_sense(void)
{
	struct gateway *gateway = gateway_start("record_streams = false\nadmin_key = \"secret\"");
	struct scene scene, other;
	scene_init(&scene, gateway, "camera");
	scene_init(&other, gateway, "other");
	json_decref(scene_publish(&scene, NULL));
	expect_refusal(&scene, "{\"request\": \"pause_recording\"}", 409, "is not being recorded");
	expect(&scene, "{\"request\": \"start_recording\"}");
	expect_refusal(&scene, "{\"request\": \"resume_recording\"}", 409, "is not paused");
	expect_refusal(&scene, "{\"request\": \"pause_recording\", \"id\": \"none\"}", 404,
		"no recording 'none'");
	expect_refusal(&other, "{\"request\": \"pause_recording\"}", 409, "publishes nothing");
	expect_refusal(&other, "{\"request\": \"pause_recording\", \"stream\": \"camera\"}", 403,
		"admin_key");
	expect(&other, "{\"request\": \"pause_recording\", \"stream\": \"camera\","
		       " \"admin_key\": \"secret\"}");
	expect_refusal(&scene, "{\"request\": \"pause_recording\"}", 409, "is paused already");
	expect_refusal(
		&scene, "{\"request\": \"start_recording\"}", 409, "is being recorded already");
	scene_fini(&other);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void answers_a_repeated_request_alike(void)
{
	static const char pause[] = "{\"request\": \"pause_recording\", \"request_id\": \"a\"}";
	static const char resume[] = "{\"request\": \"resume_recording\", \"request_id\": \"b\"}";
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	json_t *first = scene_result(ask(&scene, pause));
	json_t *again = scene_result(ask(&scene, pause));
	g_assert_true(json_equal(first, again));
	expect(&scene, resume);
	expect(&scene, resume);
	json_decref(again);
	again = scene_result(ask(&scene, pause)); /* late */
	g_assert_true(json_equal(first, again));
	g_assert_false(is_paused(&scene, "streams"));
	json_decref(first);
	json_decref(again);
	scene_send_all(&scene, PACKETS);
	gateway_hangup(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	scene_check_files(&scene, name);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static atomic_bool is_over;

static void *send_until_over(void *data)
{
	while (!atomic_load(&is_over))
		scene_send_all(data, 1);
	return NULL;
}

/* Refused half of the time, since another does the same. */
static void *pause_and_resume(void *data)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		json_decref(ask(data, "{\"request\": \"pause_recording\"}"));
		json_decref(ask(data, "{\"request\": \"resume_recording\"}"));
	}
	return NULL;
}

static void *pause_through_admin(void *data)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		json_decref(gateway_admin(data,
			scene_json("{\"request\": \"pause_recording\", \"stream\": \"camera\"}")));
		json_decref(gateway_admin(data,
			scene_json("{\"request\": \"resume_recording\", \"stream\": \"camera\"}")));
	}
	return NULL;
}

/* What is in the file was sent, in this order; returns how much it is. */
static unsigned check_order(const struct scene *scene, const char *name)
{
	const GPtrArray *sent = scene->sent[SCENE_AUDIO];
	g_autofree char *file =
		g_strdup_printf("%s/%s-audio.mjr", gateway_recordings(scene->gateway), name);
	g_autoptr(GPtrArray) frames = scene_read_frames(file, true);
	guint next = 0;
	for (guint i = 0; i < frames->len; i++, next++) {
		while (next < sent->len && !g_bytes_equal(frames->pdata[i], sent->pdata[next]))
			next++;
		g_assert_cmpuint(next, <, sent->len);
	}
	return frames->len;
}

static void pauses_under_fire(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, NULL));
	scene_send_all(&scene, 1);
	atomic_store(&is_over, false);
	GThread *media = g_thread_new("media", send_until_over, &scene);
	GThread *first = g_thread_new("first", pause_and_resume, &scene);
	GThread *second = g_thread_new("second", pause_through_admin, gateway);
	g_thread_join(first);
	g_thread_join(second);
	gateway_hangup(scene.handle);
	atomic_store(&is_over, true);
	g_thread_join(media);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	json_t *manifest = scene_manifest(gateway, name);
	size_t count = json_array_size(json_object_get(manifest, "pauses"));
	g_assert_cmpuint(count, >=, ROUNDS);
	json_int_t last_us = 0;
	for (size_t i = 0; i < count; i++) {
		json_t *pause = json_array_get(json_object_get(manifest, "pauses"), i);
		g_assert_cmpint(member(pause, "from_us"), >=, last_us);
		last_us = member(pause, "to_us");
		g_assert_cmpint(member(pause, "from_us"), <=, last_us);
	}
	unsigned recorded = check_order(&scene, name);
	g_assert_cmpint(member(quality_of(manifest, SCENE_AUDIO), "received"), ==, recorded);
	g_assert_cmpint(member(quality_of(manifest, SCENE_AUDIO), "reordered"), ==, 0);
	json_decref(manifest);
	scene_fini(&scene);
	gateway_stop(gateway);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/records nothing while it is paused", records_nothing_while_it_is_paused);
	g_test_add_data_func("/is stopped while it is paused", NULL, ends_while_it_is_paused);
	g_test_add_data_func(
		"/ends with its publisher while it is paused", &is_over, ends_while_it_is_paused);
	g_test_add_func("/refuses what makes no sense", refuses_what_makes_no_sense);
	g_test_add_func("/answers a repeated request alike", answers_a_repeated_request_alike);
	g_test_add_func("/pauses under fire", pauses_under_fire);
	return g_test_run();
}
