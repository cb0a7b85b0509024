/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tokens that the gateway has to find signed, and what one client may have at once.
 */
#include <string.h>

#include "tests/plugins/scene.h"

#define SIGNER  "the signing secret"
#define PACKAGE "janus.plugin.recorder"
#define SIGNED  "signed_tokens = true"
#define LATER   (60)
#define PAST    (-60)
#define REFUSAL "stream 'camera' needs a 'token' that is signed for it"

/* HMAC-SHA1 over "expiry,realm,descriptors", in base64 behind a colon. */
static char *sign(int expires_in, const char *realm, const char *descriptors, const char *key)
{
	g_autofree char *data = g_strdup_printf("%" G_GINT64_FORMAT ",%s%s%s",
		g_get_real_time() / G_USEC_PER_SEC + expires_in, realm, *descriptors ? "," : "",
		descriptors);
	guint8 digest[20];
	gsize len = sizeof digest;
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)key, strlen(key));
	g_hmac_update(hmac, (const guchar *)data, (gssize)strlen(data));
	g_hmac_get_digest(hmac, digest, &len);
	g_hmac_unref(hmac);
	g_autofree char *signature = g_base64_encode(digest, len);
	return g_strconcat(data, ":", signature, NULL);
}

static json_t *publish(struct scene *scene, const char *token, const char *login)
{
	json_t *body = json_pack("{s:s, s:s, s:s*, s:s*}", "request", "publish", "stream",
		scene->stream, "token", token, "login", login);
	return gateway_request_jsep(scene->handle, body, scene_jsep(SCENE_OFFER));
}

static const struct {
	const char *stream;
	int expires_in;
	const char *realm;
	const char *descriptors;
	const char *key;
	bool is_allowed;
} tokens[] = {
	{"camera", LATER, PACKAGE, "stream=camera", SIGNER, true},
	{"camera", LATER, PACKAGE, "stream=a,stream=camera,client=ann", SIGNER, true},
	{"ünïcödé=1", LATER, PACKAGE, "stream=ünïcödé=1", SIGNER, true},
	{"camera", PAST, PACKAGE, "stream=camera", SIGNER, false},
	{"camera", LATER, PACKAGE, "stream=camera", "another secret", false},
	{"camera", LATER, "janus", "stream=camera", SIGNER, false},
	{"camera", LATER, "janus", PACKAGE ",stream=camera", SIGNER, false},
	{"camera", LATER, "janus.plugin.videoroom", "stream=camera", SIGNER, false},
	{"camera", LATER, PACKAGE, "", SIGNER, false},
	{"camera", LATER, PACKAGE, "stream=camer", SIGNER, false},
	{"camera", LATER, PACKAGE, "stream=camera2", SIGNER, false},
	{"camera", LATER, PACKAGE, "stream=", SIGNER, false},
	{"camera", LATER, PACKAGE, "camera", SIGNER, false},
	{"camera", LATER, PACKAGE, "room=camera", SIGNER, false},
	{"a,b", LATER, PACKAGE, "stream=a,b", SIGNER, false},
	{"a:b", LATER, PACKAGE, "stream=a:b", SIGNER, false},
};

static void try_token(struct gateway *gateway, size_t index)
{
	struct scene scene;
	scene_init(&scene, gateway, tokens[index].stream);
	g_autofree char *token = sign(tokens[index].expires_in, tokens[index].realm,
		tokens[index].descriptors, tokens[index].key);
	json_t *reply = publish(&scene, token, NULL);
	if (tokens[index].is_allowed)
		json_decref(scene_result(reply));
	else {
		scene_expect_error(reply, 403, "needs a 'token' that is signed for it");
		json_decref(reply);
	}
	gateway_detach(scene.handle);
	scene_fini(&scene);
}

static void publishes_with_a_signed_token_only(void)
{
	gateway_set_token_secret(SIGNER);
	struct gateway *gateway = gateway_start(SIGNED);
	for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++)
		try_token(gateway, i);
	static const char *const garbage[] = {NULL, "", ":", ",", ",,:", "::", "9999999999",
		"9999999999," PACKAGE ",stream=camera", "9999999999," PACKAGE ",stream=camera:"};
	struct scene camera;
	scene_init(&camera, gateway, "camera");
	for (size_t i = 0; i < G_N_ELEMENTS(garbage); i++) {
		json_t *reply = publish(&camera, garbage[i], NULL);
		scene_expect_error(reply, 403, REFUSAL);
		json_decref(reply);
	}
	scene_fini(&camera);
	gateway_stop(gateway);
	gateway_set_token_secret(NULL);
}

/* A request about "camera" from another handle. */
static json_t *touch(struct scene *other, const char *request, const char *more)
{
	g_autofree char *text =
		g_strdup_printf("{\"request\": \"%s\", \"stream\": \"camera\" %s}", request, more);
	return gateway_request(other->handle, scene_json(text));
}

static void touches_with_a_signed_token_and_the_secret(void)
{
	gateway_set_token_secret(SIGNER);
	struct gateway *gateway = gateway_start(SIGNED "\nadmin_key = \"key\"");
	struct scene camera, other;
	scene_init(&camera, gateway, "camera");
	scene_init(&other, gateway, "other");
	g_autofree char *token = sign(LATER, PACKAGE, "stream=camera", SIGNER);
	g_autofree char *foreign = sign(LATER, PACKAGE, "stream=other", SIGNER);
	g_autofree char *more = g_strdup_printf("{\"token\": \"%s\", \"secret\": \"s\"}", token);
	json_decref(scene_publish(&camera, more));
	const struct {
		const char *secret;
		const char *token;
		const char *key;
		bool is_allowed;
	} rows[] = {
		{"s", token, "", true},
		{"s", "", "", false},
		{"s", foreign, "", false},
		{"x", token, "", false},
		{"x", "", "key", true},
		{"x", token, "no", false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *given = g_strdup_printf(
			", \"secret\": \"%s\", \"token\": \"%s\", \"admin_key\": \"%s\"",
			rows[i].secret, rows[i].token, rows[i].key);
		json_t *reply = touch(&other, "stop_recording", given);
		if (rows[i].is_allowed) {
			json_decref(scene_result(reply));
			json_decref(scene_result(gateway_request(
				camera.handle, scene_json("{\"request\": \"start_recording\"}"))));
			continue;
		}
		scene_expect_error(reply, 403, "stream 'camera' is another client's");
		json_decref(reply);
	}
	scene_fini(&camera);
	scene_fini(&other);
	gateway_stop(gateway);
	gateway_set_token_secret(NULL);
}

static void does_not_start_where_nothing_is_signed(void)
{
	g_assert_null(gateway_start(SIGNED));
	g_autofree char *log = gateway_log_text();
	g_assert_nonnull(strstr(log, "signed_tokens = true: the gateway has no token_auth_secret"));
	gateway_stop(gateway_start("signed_tokens = false"));
}

static void allows_each_login_its_streams(void)
{
	static const char *const logins[] = {"ann", "ann", "bob", NULL, NULL, NULL, ""};
	struct gateway *gateway = gateway_start("max_streams_per_client = 2");
	struct scene scenes[G_N_ELEMENTS(logins)];
	for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
		g_autofree char *name = g_strdup_printf("stream %zu", i);
		scene_init(&scenes[i], gateway, name);
		json_decref(scene_result(publish(&scenes[i], NULL, logins[i])));
	}
	struct scene third;
	scene_init(&third, gateway, "third");
	json_t *reply = publish(&third, NULL, "ann");
	scene_expect_error(
		reply, 503, "this client publishes 2 streams, and max_streams_per_client is 2");
	json_decref(reply);
	gateway_hangup(scenes[0].handle);
	json_decref(scene_result(publish(&third, NULL, "ann")));
	for (size_t i = 0; i < G_N_ELEMENTS(logins); i++)
		scene_fini(&scenes[i]);
	scene_fini(&third);
	gateway_stop(gateway);
}

static void counts_by_what_the_token_says(void)
{
	gateway_set_token_secret(SIGNER);
	struct gateway *gateway = gateway_start(SIGNED "\nmax_streams_per_client = 1");
	struct scene first, second, third;
	scene_init(&first, gateway, "first");
	scene_init(&second, gateway, "second");
	scene_init(&third, gateway, "third");
	g_autofree char *ann_first = sign(LATER, PACKAGE, "stream=first,client=ann", SIGNER);
	g_autofree char *ann_second = sign(LATER, PACKAGE, "client=ann,stream=second", SIGNER);
	g_autofree char *bob_second = sign(LATER, PACKAGE, "stream=second,client=bob", SIGNER);
	g_autofree char *both = sign(LATER, PACKAGE, "stream=third,stream=second", SIGNER);
	json_decref(scene_result(publish(&first, ann_first, "x")));
	json_t *reply = publish(&second, ann_second, "y");
	scene_expect_error(reply, 503, "this client publishes 1 streams");
	json_decref(reply);
	json_decref(scene_result(publish(&second, bob_second, "x")));
	json_decref(scene_result(publish(&third, both, "x")));
	gateway_hangup(second.handle);
	reply = publish(&second, both, "z");
	scene_expect_error(reply, 503, "this client publishes 1 streams");
	json_decref(reply);
	scene_fini(&first);
	scene_fini(&second);
	scene_fini(&third);
	gateway_stop(gateway);
	gateway_set_token_secret(NULL);
}

static json_t *start(struct scene *scene)
{
	return gateway_request(scene->handle,
		scene_json("{\"request\": \"start_recording\", \"parallel\": true}"));
}

static void allows_each_client_its_recordings(void)
{
	struct gateway *gateway = gateway_start("max_recordings_per_client = 3");
	struct scene first, second, other;
	scene_init(&first, gateway, "first");
	scene_init(&second, gateway, "second");
	scene_init(&other, gateway, "other");
	json_decref(scene_publish(&first, "{\"login\": \"ann\"}"));
	json_decref(scene_publish(&second, "{\"login\": \"ann\"}"));
	json_decref(scene_publish(&other, "{\"login\": \"bob\"}"));
	json_decref(scene_result(start(&first)));
	json_t *reply = start(&second);
	scene_expect_error(reply, 503,
		"3 recordings of this client are running, and max_recordings_per_client is 3");
	json_decref(reply);
	json_decref(scene_result(start(&other)));
	json_decref(scene_result(
		gateway_request(second.handle, scene_json("{\"request\": \"stop_recording\"}"))));
	g_free(scene_wait_finished(&second, "stopped"));
	json_decref(scene_result(start(&second)));
	gateway_hangup(first.handle);
	gateway_hangup(second.handle);
	g_free(scene_wait_finished(&first, "hangup"));
	scene_fini(&first);
	scene_fini(&second);
	scene_fini(&other);
	gateway_stop(gateway);
}

static void allows_each_stream_its_recordings(void)
{
	struct gateway *gateway = gateway_start("max_recordings_per_stream = 2");
	struct scene camera;
	scene_init(&camera, gateway, "camera");
	json_decref(scene_publish(&camera, NULL));
	json_decref(scene_result(start(&camera)));
	json_t *reply = start(&camera);
	scene_expect_error(reply, 503,
		"2 recordings of stream 'camera' are running, and max_recordings_per_stream is 2");
	json_decref(reply);
	scene_fini(&camera);
	gateway_stop(gateway);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/publishes with a signed token only", publishes_with_a_signed_token_only);
	g_test_add_func("/touches with a signed token and the secret",
		touches_with_a_signed_token_and_the_secret);
	g_test_add_func(
		"/does not start where nothing is signed", does_not_start_where_nothing_is_signed);
	g_test_add_func("/allows each login its streams", allows_each_login_its_streams);
	g_test_add_func("/counts by what the token says", counts_by_what_the_token_says);
	g_test_add_func("/allows each client its recordings", allows_each_client_its_recordings);
	g_test_add_func("/allows each stream its recordings", allows_each_stream_its_recordings);
	return g_test_run();
}
