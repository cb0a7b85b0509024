/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many streams, many threads, and ends that come at any moment.
 */
#include <stdatomic.h>

#include "recording/gate.h"
#include "tests/plugins/scene.h"

enum {
	STREAMS = 100,
	THREADS = 4,
	ROUNDS = 20,
};

static struct scene scenes[STREAMS];

/* As in the gateway, a handle's media comes from one thread. */
static void *send_media(void *data)
{
	size_t first = GPOINTER_TO_SIZE(data);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = first; i < STREAMS; i += THREADS)
			scene_send_all(&scenes[i], 1);
	}
	return NULL;
}

static void records_many_streams_at_once(void)
{
	struct gateway *gateway = gateway_start("ring_size = 262144\nwriter_threads = 2");
	for (size_t i = 0; i < STREAMS; i++) {
		g_autofree char *name = g_strdup_printf("camera-%zu", i);
		scene_init(&scenes[i], gateway, name);
		json_decref(scene_publish(&scenes[i], NULL));
	}
	GThread *threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("media", send_media, GSIZE_TO_POINTER(i));
	for (size_t i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	for (size_t i = 0; i < STREAMS; i++)
		gateway_hangup(scenes[i].handle);
	for (size_t i = 0; i < STREAMS; i++) {
		g_autofree char *name = scene_wait_finished(&scenes[i], "hangup");
		scene_check_files(&scenes[i], name);
		scene_fini(&scenes[i]);
	}
	gateway_stop(gateway);
}

static atomic_bool is_over;

static void *send_until_over(void *data)
{
	while (!atomic_load(&is_over))
		scene_send_all(data, 1);
	return NULL;
}

/* A data channel has a second thread. */
static void *send_data_until_over(void *data)
{
	while (!atomic_load(&is_over))
		gateway_data(data, "beside", 6);
	return NULL;
}

static void start_and_stop(struct scene *scene)
{
	json_decref(
		gateway_request(scene->handle, scene_json("{\"request\": \"start_recording\"}")));
	json_decref(
		gateway_request(scene->handle, scene_json("{\"request\": \"stop_recording\"}")));
}

static void end_by_unpublish(struct scene *scene)
{
	json_decref(gateway_request(scene->handle, scene_json("{\"request\": \"unpublish\"}")));
}

static void end_by_hangup(struct scene *scene)
{
	gateway_hangup(scene->handle);
}

/* While media flows: recordings come and go, the stream ends and comes back, the handle dies. */
static void ends_under_fire(void)
{
	void (*const ends[])(struct scene *) = {end_by_unpublish, end_by_hangup};
	struct gateway *gateway = gateway_start("ring_size = 262144");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	atomic_store(&is_over, false);
	GThread *media = g_thread_new("media", send_until_over, &scene);
	GThread *data = g_thread_new("data", send_data_until_over, scene.handle);
	for (size_t round = 0; round < ROUNDS; round++) {
		json_decref(gateway_request_jsep(scene.handle,
			scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"),
			scene_jsep(SCENE_OFFER)));
		start_and_stop(&scene);
		start_and_stop(&scene);
		ends[round % G_N_ELEMENTS(ends)](&scene);
	}
	gateway_detach(scene.handle);
	gateway_destroy_plugin(gateway);
	atomic_store(&is_over, true);
	g_thread_join(media);
	g_thread_join(data);
	gateway_stop(gateway);
	scene_fini(&scene);
}

static void *call_from_outside(void *data)
{
	while (!atomic_load(&is_over)) {
		struct gateway_handle *handle = data;
		gateway_send(handle, scene_json("{\"request\": \"streams\"}"), NULL);
		gateway_send(handle,
			scene_json("{\"request\": \"publish\", \"stream\": \"camera\"}"),
			scene_jsep(SCENE_OFFER));
		gateway_hangup(handle);
		json_decref(gateway_query(handle));
		gateway_slow_link(handle, 0, false, false);
		gateway_detach(handle);
	}
	return NULL;
}

/* The plugin goes away under those who call it. */
static void goes_away_under_its_callers(void)
{
	struct gateway *gateway = gateway_start("ring_size = 262144");
	struct gateway_handle *handles[THREADS];
	GThread *threads[THREADS];
	atomic_store(&is_over, false);
	for (size_t i = 0; i < THREADS; i++)
		handles[i] = gateway_attach(gateway);
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("calls", call_from_outside, handles[i]);
	gateway_destroy_plugin(gateway);
	atomic_store(&is_over, true);
	for (size_t i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	gateway_stop(gateway);
}

struct guarded {
	struct gate gate;
	_Atomic(int *) value;
	atomic_bool is_over;
};

static void *read_guarded(void *data)
{
	struct guarded *guarded = data;
	while (!atomic_load(&guarded->is_over)) {
		unsigned token = gate_enter(&guarded->gate);
		g_assert_cmpint(*atomic_load(&guarded->value), ==, 42);
		gate_leave(&guarded->gate, token);
	}
	return NULL;
}

static void *replace_guarded(void *data)
{
	struct guarded *guarded = data;
	for (int round = 0; round < 500; round++) {
		int *fresh = g_new(int, 1);
		*fresh = 42;
		int *old = atomic_exchange(&guarded->value, fresh);
		gate_synchronise(&guarded->gate);
		*old = 0;
		g_free(old);
	}
	return NULL;
}

static void waits_for_all_who_may_hold_the_old(void)
{
	struct guarded guarded;
	gate_init(&guarded.gate);
	int *first = g_new(int, 1);
	*first = 42;
	atomic_init(&guarded.value, first);
	atomic_init(&guarded.is_over, false);
	GThread *readers[2], *writers[2];
	for (int i = 0; i < 2; i++) {
		readers[i] = g_thread_new("reader", read_guarded, &guarded);
		writers[i] = g_thread_new("writer", replace_guarded, &guarded);
	}
	for (int i = 0; i < 2; i++)
		g_thread_join(writers[i]);
	atomic_store(&guarded.is_over, true);
	for (int i = 0; i < 2; i++)
		g_thread_join(readers[i]);
	g_free(atomic_load(&guarded.value));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func(
		"/a gate waits for all who may hold the old", waits_for_all_who_may_hold_the_old);
	g_test_add_func("/records many streams at once", records_many_streams_at_once);
	g_test_add_func("/ends under fire", ends_under_fire);
	g_test_add_func("/goes away under its callers", goes_away_under_its_callers);
	return g_test_run();
}
