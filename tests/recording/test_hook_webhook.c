/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of recordings that are posted to a server which is well, or is not. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "recording/hook_webhook.h"
#include "tests/recording/hook_scene.h"
#include "tests/recording/web_server.h"

#define SECRET "what nobody is to know"
#define ENDED  HOOK_ON(ENGINE_RECORDING_FINISHED)

static const int well[] = {0};
static const struct hook_webhook_options signing = {.secret = SECRET, .timeout_ms = 20000};

struct scene {
	struct hook_scene hooks;
	char *url;
};

static void scene_init(struct scene *scene, uint16_t port, unsigned events,
	const struct hook_webhook_options *options)
{
	hook_scene_init(&scene->hooks);
	hook_scene_add_action(&scene->hooks, "webhook_url", events, &hook_webhook);
	scene->url = g_strdup_printf("http://user:password@127.0.0.1:%u/here?a=b", port);
	scene->hooks.hooks[0].target = scene->url;
	scene->hooks.hooks[0].options = options;
	scene->hooks.hooks[0].concurrency = 4;
	hook_scene_start(&scene->hooks, &hook_scene_quick);
}

static void scene_fini(struct scene *scene)
{
	hook_scene_fini(&scene->hooks);
	g_free(scene->url);
}

/* The value of a header; the caller frees it. */
static char *header(const char *request, const char *name)
{
	g_autofree char *wanted = g_strdup_printf("\r\n%s: ", name);
	const char *found = strstr(request, wanted);
	if (found == NULL)
		return NULL;
	found += strlen(wanted);
	return g_strndup(found, strcspn(found, "\r"));
}

static const char *body_of(const char *request)
{
	return strstr(request, "\r\n\r\n") + 4;
}

static void expect_header(const char *request, const char *name, const char *wanted)
{
	g_autofree char *found = header(request, name);
	g_assert_cmpstr(found, ==, wanted);
}

static void an_end_is_posted_and_signed(void)
{
	struct scene scene;
	struct manifest manifest;
	struct web_server *server = web_server_start(well);
	scene_init(&scene, web_server_port(server), ENDED, &signing);
	hook_scene_record(&scene.hooks, "call");
	g_autofree char *request = web_server_request(server, 0);
	hook_scene_wait(&scene.hooks, 1);
	hook_scene_load(&manifest, &scene.hooks, "call.json");

	g_assert_true(g_str_has_prefix(request, "POST /here?a=b HTTP/1.1\r\n"));
	g_autofree char *key = g_strdup_printf("%s:recording_finished", manifest.id);
	expect_header(request, "Content-Type", "application/json");
	expect_header(request, "Idempotency-Key", key);
	expect_header(request, "Recorder-Event", "recording_finished");
	expect_header(request, "Recorder-Attempt", "1");
	g_autofree char *timestamp = header(request, "Recorder-Timestamp");
	g_assert_cmpint(g_ascii_strtoll(timestamp, NULL, 10), >=, 1700000000);
	g_autofree char *text = g_strconcat(timestamp, ".", body_of(request), NULL);
	g_autofree char *digest = g_compute_hmac_for_string(
		G_CHECKSUM_SHA256, (const guchar *)SECRET, strlen(SECRET), text, -1);
	g_autofree char *signature = g_strconcat("sha256=", digest, NULL);
	expect_header(request, "Recorder-Signature", signature);

	json_t *event = json_loads(body_of(request), 0, NULL);
	g_assert_cmpstr(json_string_value(json_object_get(event, "key")), ==, key);
	g_assert_cmpstr(json_string_value(json_object_get(event, "state")), ==, "complete");
	json_decref(event);
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpstr(manifest.hooks[0].action, ==, "webhook");
	g_assert_cmpuint(manifest.hooks[0].code, ==, 204);
	manifest_fini(&manifest);
	scene_fini(&scene);
	web_server_stop(server);
}

static void without_a_secret_nothing_is_signed(void)
{
	static const struct hook_webhook_options options = {.timeout_ms = 20000};
	struct scene scene;
	struct web_server *server = web_server_start(well);
	scene_init(&scene, web_server_port(server), ENDED, &options);
	hook_scene_record(&scene.hooks, "call");
	g_autofree char *request = web_server_request(server, 0);
	g_assert_null(strstr(request, "Recorder-Signature"));
	scene_fini(&scene);
	web_server_stop(server);
}

static void other_answers_than_success_are_tried_again_with_the_same_key(void)
{
	static const int answers[] = {503, 302, 200, 0};
	struct scene scene;
	struct web_server *server = web_server_start(answers);
	scene_init(&scene, web_server_port(server), ENDED, &signing);
	hook_scene_record(&scene.hooks, "call");
	hook_scene_wait(&scene.hooks, 1);
	g_assert_cmpuint(web_server_count(server), ==, 3);
	g_autofree char *first = web_server_request(server, 0);
	g_autofree char *key = header(first, "Idempotency-Key");
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *request = web_server_request(server, i);
		g_autofree char *attempt = g_strdup_printf("%u", i + 1);
		g_assert_true(g_str_has_prefix(request, "POST /here"));
		expect_header(request, "Idempotency-Key", key);
		expect_header(request, "Recorder-Attempt", attempt);
		g_assert_cmpstr(body_of(request), ==, body_of(first));
	}
	g_assert_cmpuint(rig_count_lines(&scene.hooks.rig, "HTTP status 503 at attempt 1"), ==, 1);
	g_assert_cmpuint(rig_count_lines(&scene.hooks.rig, "HTTP status 302 at attempt 2"), ==, 1);
	scene_fini(&scene);
	web_server_stop(server);
}

/* A port on which nobody listens. */
static uint16_t dead_port(void)
{
	struct web_server *server = web_server_start(well);
	uint16_t port = web_server_port(server);
	web_server_stop(server);
	return port;
}

static void what_cannot_be_delivered_is_kept_and_sent_after_all(void)
{
	struct scene scene;
	struct hook_scene *hooks = &scene.hooks;
	uint16_t port = dead_port();
	scene_init(&scene, port, ENDED, &signing);
	hook_scene_record(hooks, "call");
	hook_scene_wait(hooks, 1);
	g_assert_cmpuint(rig_count_lines(&hooks->rig, "is given up"), ==, 1);
	g_autofree char *failed = g_build_filename(hooks->rig.folder, ".hooks", "failed", NULL);
	engine_destroy(g_steal_pointer(&hooks->rig.engine));
	g_assert_cmpuint(rig_count_files(failed), ==, 1);

	g_autofree char *again = g_build_filename(hooks->rig.folder, ".hooks", "again", NULL);
	g_assert_cmpint(rename(failed, again), ==, 0);
	struct web_server *server = web_server_start_at(well, port);
	rig_restart(&hooks->rig);
	g_autofree char *request = web_server_request(server, 0);
	expect_header(request, "Recorder-Attempt", "1");
	hook_scene_wait(hooks, 2);
	scene_fini(&scene);
	web_server_stop(server);
}

static void a_server_that_is_silent_does_not_hold_up_others(void)
{
	static const int answers[] = {WEB_SERVER_SILENCE, 200, 200, 0};
	static const struct hook_webhook_options hasty = {.timeout_ms = 300};
	struct scene scene;
	struct manifest manifest;
	struct web_server *server = web_server_start(answers);
	scene_init(&scene, web_server_port(server), ENDED, &hasty);
	hook_scene_record(&scene.hooks, "one");
	g_free(web_server_request(server, 0));
	hook_scene_record(&scene.hooks, "two");
	hook_scene_wait(&scene.hooks, 2);
	hook_scene_load(&manifest, &scene.hooks, "one.json");
	g_assert_true(manifest.hooks[0].is_ok);
	g_assert_cmpuint(manifest.hooks[0].attempts, ==, 2);
	g_assert_cmpuint(
		rig_count_lines(&scene.hooks.rig, "Timeout was reached at attempt 1"), ==, 1);
	manifest_fini(&manifest);
	scene_fini(&scene);
	web_server_stop(server);
}

static void the_end_of_the_engine_does_not_wait_for_a_silent_server(void)
{
	static const int answers[] = {WEB_SERVER_SILENCE, 0};
	struct scene scene;
	struct web_server *server = web_server_start(answers);
	struct hook_limits brief = hook_scene_quick;
	scene_init(&scene, web_server_port(server), ENDED, &signing);
	rig_fini(&scene.hooks.rig);
	brief.grace_ms = 1;
	hook_scene_start(&scene.hooks, &brief);
	hook_scene_record(&scene.hooks, "call");
	g_free(web_server_request(server, 0));
	gint64 from_us = g_get_monotonic_time();
	engine_destroy(g_steal_pointer(&scene.hooks.rig.engine));
	g_assert_cmpint(g_get_monotonic_time() - from_us, <, 10 * G_TIME_SPAN_SECOND);
	rig_restart(&scene.hooks.rig);
	g_autofree char *request = web_server_request(server, 1);
	expect_header(request, "Recorder-Attempt", "1");
	hook_scene_wait(&scene.hooks, 1);
	scene_fini(&scene);
	web_server_stop(server);
}

static void an_answer_that_does_not_end_is_not_read_to_its_end(void)
{
	static const int answers[] = {WEB_SERVER_FLOOD, 0};
	struct scene scene;
	struct web_server *server = web_server_start(answers);
	scene_init(&scene, web_server_port(server), ENDED, &signing);
	hook_scene_record(&scene.hooks, "call");
	hook_scene_wait(&scene.hooks, 1);
	g_assert_cmpuint(web_server_count(server), ==, 1);
	g_assert_cmpuint(rig_count_lines(&scene.hooks.rig, "HTTP status 200"), ==, 1);
	scene_fini(&scene);
	web_server_stop(server);
}

static void events_of_a_recording_come_in_order(void)
{
	static const char *const wanted[] = {
		"recording_started", "part_finished", "recording_finished"};
	static const int answers[] = {500, 0};
	struct scene scene;
	unsigned events;
	struct web_server *server = web_server_start(answers);
	g_assert_true(hook_webhook_parse_events(&events, HOOK_WEBHOOK_EVENTS));
	scene_init(&scene, web_server_port(server), events, &signing);
	hook_scene_record(&scene.hooks, "call");
	hook_scene_wait(&scene.hooks, 3);
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *request = web_server_request(server, i + 1);
		expect_header(request, "Recorder-Event", wanted[i]);
	}
	scene_fini(&scene);
	web_server_stop(server);
}

static void contains_none(const char *path)
{
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_null(strstr(text, SECRET));
	g_assert_null(strstr(text, "password"));
}

static void neither_secret_nor_address_is_told_to_anybody(void)
{
	struct scene scene;
	struct hook_scene *hooks = &scene.hooks;
	scene_init(&scene, dead_port(), ENDED, &signing);
	hook_scene_record(hooks, "call");
	hook_scene_wait(hooks, 1);
	engine_destroy(g_steal_pointer(&hooks->rig.engine));
	g_assert_cmpuint(rig_count_lines(&hooks->rig, SECRET), ==, 0);
	g_assert_cmpuint(rig_count_lines(&hooks->rig, "password"), ==, 0);
	g_autofree char *manifest = g_build_filename(hooks->rig.folder, "call.json", NULL);
	contains_none(manifest);
	g_autofree char *failed = g_build_filename(hooks->rig.folder, ".hooks", "failed", NULL);
	g_autoptr(GDir) dir = g_dir_open(failed, 0, NULL);
	g_autofree char *job = g_build_filename(failed, g_dir_read_name(dir), NULL);
	contains_none(job);
	scene_fini(&scene);
}

static void events_are_chosen_by_name(void)
{
	unsigned events = 0;
	g_assert_true(hook_webhook_parse_events(&events, "recording_finished, part_finished"));
	g_assert_cmpuint(events, ==, ENDED | HOOK_ON(ENGINE_PART_FINISHED));
	static const char *const bad[] = {
		"", "hook_result", "recording_finished,", "disk_low", ","};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(hook_webhook_parse_events(&events, bad[i]));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_unsetenv("http_proxy");
	g_test_add_func("/an end is posted and signed", an_end_is_posted_and_signed);
	g_test_add_func("/without a secret nothing is signed", without_a_secret_nothing_is_signed);
	g_test_add_func("/other answers than success are tried again with the same key",
		other_answers_than_success_are_tried_again_with_the_same_key);
	g_test_add_func("/what cannot be delivered is kept, and sent after all",
		what_cannot_be_delivered_is_kept_and_sent_after_all);
	g_test_add_func("/a server that is silent does not hold up others",
		a_server_that_is_silent_does_not_hold_up_others);
	g_test_add_func("/the end of the engine does not wait for a silent server",
		the_end_of_the_engine_does_not_wait_for_a_silent_server);
	g_test_add_func("/an answer that does not end is not read to its end",
		an_answer_that_does_not_end_is_not_read_to_its_end);
	g_test_add_func(
		"/events of a recording come in order", events_of_a_recording_come_in_order);
	g_test_add_func("/neither secret nor address is told to anybody",
		neither_secret_nor_address_is_told_to_anybody);
	g_test_add_func("/events are chosen by name", events_are_chosen_by_name);
	return g_test_run();
}
