/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who may do what with whose stream, what clients may set, and that no secret
 * is repeated.
 */
#include <string.h>

#include "tests/plugins/scene.h"

#define KEY    "hush, the key"
#define SECRET "hush, the secret"
#define KEYED  "admin_key = \"" KEY "\""

enum who {
	OWN,
	OTHER,
	ADMIN,
};

#define GIVES_KEY    "\"admin_key\": \"" KEY "\""
#define GIVES_SECRET "\"secret\": \"" SECRET "\""
#define WRONG_KEY    "\"admin_key\": \"wrong\""
#define WRONG_SECRET "\"secret\": \"wrong\""

static const struct {
	const char *settings;
	const char *secret; /* of the stream, or NULL */
	enum who who;
	const char *gives;
	bool is_allowed;
} rights[] = {
	{"", NULL, OWN, "", true},
	{"", NULL, OTHER, "", true},
	{"", NULL, OTHER, WRONG_SECRET, true},
	{"", NULL, OTHER, WRONG_KEY, true},
	{"", NULL, ADMIN, "", true},

	{"", SECRET, OWN, "", true},
	{"", SECRET, OWN, WRONG_SECRET, true},
	{"", SECRET, OTHER, "", false},
	{"", SECRET, OTHER, GIVES_SECRET, true},
	{"", SECRET, OTHER, WRONG_SECRET, false},
	{"", SECRET, OTHER, "\"secret\": \"hush\"", false},
	{"", SECRET, OTHER, "\"secret\": \"" SECRET "!\"", false},
	{"", SECRET, OTHER, "\"secret\": \"HUSH, THE SECRET\"", false},
	{"", SECRET, OTHER, "\"admin_key\": \"" SECRET "\"", false},
	{"", SECRET, OTHER, WRONG_KEY, false},
	{"", SECRET, ADMIN, "", true},

	{KEYED, NULL, OWN, "", true},
	{KEYED, NULL, OWN, WRONG_KEY, true},
	{KEYED, NULL, OTHER, "", false},
	{KEYED, NULL, OTHER, WRONG_SECRET, false},
	{KEYED, NULL, OTHER, WRONG_KEY, false},
	{KEYED, NULL, OTHER, "\"secret\": \"" KEY "\"", false},
	{KEYED, NULL, OTHER, GIVES_KEY, true},
	{KEYED, NULL, ADMIN, "", false},
	{KEYED, NULL, ADMIN, WRONG_KEY, false},
	{KEYED, NULL, ADMIN, GIVES_KEY, true},

	{KEYED, SECRET, OWN, "", true},
	{KEYED, SECRET, OTHER, "", false},
	{KEYED, SECRET, OTHER, GIVES_SECRET, true},
	{KEYED, SECRET, OTHER, WRONG_SECRET, false},
	{KEYED, SECRET, OTHER, GIVES_KEY, true},
	{KEYED, SECRET, OTHER, WRONG_KEY, false},
	{KEYED, SECRET, OTHER, WRONG_SECRET ", " WRONG_KEY, false},
	{KEYED, SECRET, OTHER, WRONG_SECRET ", " GIVES_KEY, true},
	{KEYED, SECRET, OTHER, GIVES_SECRET ", " WRONG_KEY, true},
	{KEYED, SECRET, OTHER, "\"secret\": \"" KEY "\"", false},
	{KEYED, SECRET, OTHER, "\"admin_key\": \"" SECRET "\"", false},
	{KEYED, SECRET, ADMIN, GIVES_SECRET, false},
	{KEYED, SECRET, ADMIN, GIVES_SECRET ", " GIVES_KEY, true},
};

/* What is asked of a stream that is being recorded. */
static const struct {
	const char *request;
	const char *more;
	bool is_by_id;
} touches[] = {
	{"start_recording", "\"parallel\": true", false},
	{"stop_recording", "", false},
	{"stop_recording", "", true},
	{"pause_recording", "", false},
	{"pause_recording", "", true},
	{"unpublish", "", false},
};

static json_t *make_body(const char *request, const char *members, const char *more)
{
	g_autofree char *text = g_strdup_printf("{\"request\": \"%s\"%s%s%s%s}", request,
		*members ? ", " : "", members, *more ? ", " : "", more);
	return scene_json(text);
}

static void expect_silence(const char *where, const char *text)
{
	if (strstr(text, "hush"))
		g_error("a secret is in %s: %s", where, text);
}

static void expect_silent_json(const char *where, const json_t *value)
{
	g_autofree char *text = json_dumps(value, JSON_ENCODE_ANY);
	expect_silence(where, text);
}

static void check_reply(size_t right, const char *request, json_t *reply)
{
	expect_silent_json(request, reply);
	if (rights[right].is_allowed) {
		json_decref(scene_result(reply));
		return;
	}
	const char *text = rights[right].who == ADMIN ? "'admin_key' is missing or wrong"
						      : "stream 'camera' is another client's, and "
							"'secret', 'admin_key' or 'token' is "
							"missing or wrong";
	scene_expect_error(reply, 403, text);
	json_decref(reply);
}

static void touch(struct gateway *gateway, size_t right, size_t index)
{
	struct scene camera, other;
	scene_init(&camera, gateway, "camera");
	scene_init(&other, gateway, "other");
	const char *secret = rights[right].secret;
	g_autofree char *more = secret ? g_strdup_printf("{\"secret\": \"%s\"}", secret) : NULL;
	json_t *published = scene_publish(&camera, more);
	json_t *body = make_body(touches[index].request, rights[right].gives, touches[index].more);
	const json_t *recording = json_object_get(published, "recording");
	if (touches[index].is_by_id)
		json_object_set(body, "id", json_object_get(recording, "id"));
	else
		json_object_set_new(body, "stream", json_string("camera"));
	struct gateway_handle *handle = rights[right].who == OWN ? camera.handle : other.handle;
	check_reply(right, touches[index].request,
		rights[right].who == ADMIN ? gateway_admin(gateway, body)
					   : gateway_request(handle, body));
	json_decref(published);
	gateway_detach(camera.handle);
	gateway_detach(other.handle);
	scene_fini(&camera);
	scene_fini(&other);
}

static void asks_for_what_the_policy_says(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rights); i++) {
		struct gateway *gateway = gateway_start(rights[i].settings);
		for (size_t j = 0; j < G_N_ELEMENTS(touches); j++)
			touch(gateway, i, j);
		gateway_stop(gateway);
		g_autofree char *log = gateway_log_text();
		expect_silence("the log", log);
	}
}

/* One that has ended: its stream's secret and its client's handle are worth nothing any more. */
static const struct {
	const char *settings;
	enum who who;
	const char *gives;
	bool is_allowed;
} ended[] = {
	{"", OWN, "", true},
	{"", OTHER, "", true},
	{"", ADMIN, "", true},
	{KEYED, OWN, "", false},
	{KEYED, OTHER, WRONG_KEY, false},
	{KEYED, OWN, "\"admin_key\": \"" SECRET "\"", false},
	{KEYED, ADMIN, "", false},
	{KEYED, OTHER, GIVES_KEY, true},
	{KEYED, ADMIN, GIVES_KEY, true},
};

static void change_ended(struct scene *camera, struct scene *other, size_t index, json_t *body)
{
	struct gateway_handle *handle = ended[index].who == OWN ? camera->handle : other->handle;
	json_t *reply = ended[index].who == ADMIN ? gateway_admin(camera->gateway, body)
						  : gateway_request(handle, body);
	expect_silent_json("a reply", reply);
	if (!ended[index].is_allowed)
		scene_expect_error(reply, 403, "'admin_key' is missing or wrong");
	else
		json_decref(scene_result(json_incref(reply)));
	json_decref(reply);
}

static void keeps_what_has_ended_for_the_operator(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ended); i++) {
		struct gateway *gateway = gateway_start(ended[i].settings);
		struct scene camera, other;
		scene_init(&camera, gateway, "camera");
		scene_init(&other, gateway, "other");
		json_decref(scene_publish(&camera, "{" GIVES_SECRET ", \"name\": \"take\"}"));
		gateway_hangup(camera.handle);
		g_free(scene_wait_finished(&camera, "hangup"));
		change_ended(&camera, &other, i,
			make_body("hold_recording", "\"name\": \"take\", \"hold\": false",
				ended[i].gives));
		change_ended(&camera, &other, i,
			make_body("delete_recording", "\"name\": \"take\"", ended[i].gives));
		scene_fini(&camera);
		scene_fini(&other);
		gateway_stop(gateway);
	}
}

#define TEN(x)   x x x x x x x x x x
#define FIFTY(x) TEN(x) TEN(x) TEN(x) TEN(x) TEN(x)
#define LONG_255 FIFTY("hush!") "hush!"

static const struct {
	const char *member;
	const char *text;
} hostile[] = {
	{"\"secret\": \"\"", "'secret' must have from 1 to 255 bytes, not 0"},
	{"\"secret\": \"" LONG_255 "x\"", "'secret' must have from 1 to 255 bytes, not 256"},
	{"\"secret\": 1", "'secret' is a number; it must be a string"},
	{"\"secret\": [\"hush\"]", "'secret' is an array; it must be a string"},
	{"\"secret\": {\"hush\": 1}", "'secret' is an object; it must be a string"},
	{"\"secret\": null", "'secret' is null; it must be a string"},
	{"\"secret\": \"hush\\n\"", "'secret' must not have control characters"},
	{"\"secret\": \"hush\\u0000\"", "'secret' must not have control characters"},
	{"\"token\": \"hush\\u0007\"", "'token' must not have control characters"},
	{"\"token\": 7", "'token' is a number; it must be a string"},
	{"\"token\": \"" TEN(FIFTY("hush, hush")) "\"", "'token' must have from 0 to 4096 bytes"},
	{"\"admin_key\": \"hush\\u0000\"", "'admin_key' must not have control characters"},
	{"\"admin_key\": \"" LONG_255 "x\"", "'admin_key' must have from 0 to 255 bytes"},
};

static void refuse_hostile(struct gateway_handle *handle, const char *request, size_t index)
{
	g_autofree char *text = g_strdup_printf("{\"request\": \"%s\", \"stream\": \"camera\", %s}",
		request, hostile[index].member);
	json_t *body = json_loads(text, JSON_ALLOW_NUL, NULL);
	g_assert_nonnull(body);
	json_t *reply = gateway_request_jsep(handle, body, scene_jsep(SCENE_OFFER));
	scene_expect_error(reply, 400, hostile[index].text);
	expect_silent_json("a reply", reply);
	json_decref(reply);
}

static void refuses_secrets_that_are_none(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene camera, other;
	scene_init(&camera, gateway, "camera");
	scene_init(&other, gateway, "other");
	json_decref(scene_publish(&camera, "{\"secret\": \"" LONG_255 "\"}"));
	for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
		refuse_hostile(other.handle, "publish", i);
		refuse_hostile(other.handle, "start_recording", i);
		refuse_hostile(other.handle, "unpublish", i);
	}
	json_decref(scene_result(gateway_request(
		other.handle, scene_json("{\"request\": \"unpublish\", \"stream\": \"camera\","
					 " \"secret\": \"" LONG_255 "\"}"))));
	scene_fini(&camera);
	scene_fini(&other);
	gateway_stop(gateway);
}

static void expect_silent_folder(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;
	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *entry = g_build_filename(path, name, NULL);
		g_autofree char *text = NULL;
		gsize size;
		if (g_file_test(entry, G_FILE_TEST_IS_DIR))
			expect_silent_folder(entry);
		else if (g_file_get_contents(entry, &text, &size, NULL))
			g_assert_null(memmem(text, size, "hush", 4));
	}
}

static void tells_no_secret(void)
{
	struct gateway *gateway = gateway_start(KEYED);
	struct scene camera, other;
	scene_init(&camera, gateway, "camera");
	scene_init(&other, gateway, "other");
	json_t *result = scene_publish(&camera, "{" GIVES_SECRET ", \"token\": \"hush\"}");
	expect_silent_json("published", result);
	json_decref(result);
	scene_send_all(&camera, 10);
	static const char *const lists[] = {"streams", "recordings"};
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		result = scene_result(
			gateway_request(other.handle, make_body(lists[i], GIVES_KEY, "")));
		expect_silent_json(lists[i], result);
		json_decref(result);
	}
	result = gateway_query(camera.handle);
	expect_silent_json("the handle's description", result);
	json_decref(result);
	json_decref(scene_result(gateway_request(
		other.handle, make_body("unpublish", "\"stream\": \"camera\"", GIVES_SECRET))));
	g_autofree char *name = scene_wait_finished(&camera, "unpublished");
	result = scene_manifest(gateway, name);
	expect_silent_json("the manifest", result);
	json_decref(result);
	while ((result = gateway_next_notified(gateway))) {
		expect_silent_json("an event", result);
		json_decref(result);
	}
	expect_silent_folder(gateway_recordings(gateway));
	scene_fini(&camera);
	scene_fini(&other);
	gateway_stop(gateway);
	g_autofree char *log = gateway_log_text();
	expect_silence("the log", log);
}

static const struct {
	const char *settings;
	const char *body;
	const char *field; /* that is refused, or NULL */
} settable[] = {
	{"", "\"request\": \"configure\", \"bitrate\": 1, \"record\": false", NULL},
	{"client_fields = \"all\"", "\"request\": \"configure\", \"bitrate\": 1", NULL},
	{"client_fields = \"bitrate\"", "\"request\": \"configure\", \"bitrate\": 1", NULL},
	{"client_fields = \"record,bitrate\"", "\"request\": \"configure\", \"bitrate\": 1", NULL},
	{"client_fields = \"record\"", "\"request\": \"configure\", \"bitrate\": 1", "bitrate"},
	{"client_fields = \"name,record\"", "\"request\": \"configure\", \"record\": true", NULL},
	{"client_fields = \"\"", "\"request\": \"configure\", \"record\": true", "record"},
	{"client_fields = \"\"", "\"request\": \"configure\"", NULL},
	{"client_fields = \"\"", "\"request\": \"start_recording\", \"name\": \"x\"", "name"},
	{"client_fields = \"name\"", "\"request\": \"start_recording\", \"metadata\": {}",
		"metadata"},
	{"client_fields = \"name\"", "\"request\": \"start_recording\", \"parallel\": true",
		"parallel"},
	{"client_fields = \"parallel\"",
		"\"request\": \"start_recording\", \"parallel\": true, \"request_id\": \"1\"",
		NULL},
	{"client_fields = \"\"\n" KEYED, "\"request\": \"configure\", \"bitrate\": 1, " WRONG_KEY,
		"bitrate"},
	{"client_fields = \"\"\n" KEYED, "\"request\": \"configure\", \"bitrate\": 1, " GIVES_KEY,
		NULL},
	{"client_fields = \"\"", "\"request\": \"configure\", \"bitrate\": 1, " WRONG_KEY,
		"bitrate"},
	{"client_fields = \"\"", "\"request\": \"recordings\", \"stream\": \"camera\"", NULL},
	{"client_fields = \"\"", "\"request\": \"configure\", \"x\": 1", NULL},
};

static void lets_clients_set_what_is_listed(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(settable); i++) {
		struct gateway *gateway = gateway_start(settable[i].settings);
		struct scene camera;
		scene_init(&camera, gateway, "camera");
		json_decref(scene_publish(&camera, NULL));
		g_autofree char *body = g_strdup_printf("{%s}", settable[i].body);
		json_t *reply = gateway_request(camera.handle, scene_json(body));
		g_autofree char *text = g_strdup_printf(
			"element '%s' is not for clients to set", settable[i].field);
		if (settable[i].field)
			scene_expect_error(reply, 403, text);
		else
			json_decref(scene_result(json_incref(reply)));
		json_decref(reply);
		scene_fini(&camera);
		gateway_stop(gateway);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/asks for what the policy says", asks_for_what_the_policy_says);
	g_test_add_func(
		"/keeps what has ended for the operator", keeps_what_has_ended_for_the_operator);
	g_test_add_func("/refuses secrets that are none", refuses_secrets_that_are_none);
	g_test_add_func("/tells no secret", tells_no_secret);
	g_test_add_func("/lets clients set what is listed", lets_clients_set_what_is_listed);
	return g_test_run();
}
