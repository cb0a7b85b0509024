/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the plugin says to requests and offers that are wrong.
 */
#include <string.h>

#include "tests/plugins/scene.h"

#define TEN(x)             x x x x x x x x x x
#define HUNDRED            TEN(TEN("x"))
#define TEN_K              TEN(TEN(HUNDRED))
#define PUBLISH(x)         "{\"request\": \"publish\", \"stream\": \"s\", " x "}"
#define START(x)           "{\"request\": \"start_recording\", \"stream\": \"camera\", " x "}"
#define LIST(x)            "{\"request\": \"recordings\", " x "}"
#define CHANGE(request, x) "{\"request\": \"" request "\", \"admin_key\": \"secret\", " x "}"

static const struct {
	const char *body;
	int code;
	const char *text;
} bad_requests[] = {
	{"{}", 400, "element 'request' is missing"},
	{"{\"request\": 1}", 400, "'request' must be a string"},
	{"{\"request\": \"pubish\"}", 400, "unknown request 'pubish'; allowed are publish,"},
	{"{\"request\": \"a\\nb\\u001b[2J\"}", 400, "unknown request 'a\\x0ab\\x1b[2J'"},
	{"{\"request\": \"" TEN_K "\"}", 400, "unknown request 'xxxxxxxx"},
	{"{\"request\": \"publish\"}", 400, "element 'stream' is missing"},
	{"{\"request\": \"publish\", \"stream\": 3}", 400,
		"'stream' is a number; it must be a str"},
	{"{\"request\": \"publish\", \"stream\": null}", 400, "'stream' is null; it must be a str"},
	{"{\"request\": \"publish\", \"stream\": \"\"}", 400, "from 1 to 255 bytes, not 0"},
	{"{\"request\": \"publish\", \"stream\": \"" TEN_K "\"}", 400, "to 255 bytes, not 10000"},
	{"{\"request\": \"publish\", \"stream\": \"a\\tb\"}", 400,
		"must not have control characters"},
	{"{\"request\": \"publish\", \"stream\": \"\\u0085\"}", 400, "not have control characters"},
	{"{\"request\": \"publish\", \"stream\": \"a\"}", 400, "'jsep' with an offer is missing"},
	{PUBLISH("\"record\": \"yes\""), 400, "'record' is a string; it must be a boolean"},
	{PUBLISH("\"login\": []"), 400, "'login' is an array; it must be a string"},
	{PUBLISH("\"metadata\": \"x\""), 400, "'metadata' is a string; it must be an object"},
	{PUBLISH("\"metadata\": {\"x\": \"" TEN_K TEN_K "\"}"), 400, "at most 16384 are allowed"},
	{PUBLISH("\"audiocodec\": \"vp8\""), 400, "audiocodec = 'vp8': allowed are opus,"},
	{PUBLISH("\"audiocodec\": \"\""), 400, "must have from 1 to"},
	{PUBLISH("\"audiocodec\": \"opus,,pcmu\""), 400, "allowed are opus,"},
	{PUBLISH("\"videocodec\": \"vp8,vp8\""), 400, "videocodec = 'vp8,vp8': allowed are vp8,"},
	{PUBLISH("\"videocodec\": \"mpeg1\""), 400, "allowed are vp8,"},
	{PUBLISH("\"videoprofile\": \"4\""), 400, "six hexadecimal digits"},
	{PUBLISH("\"videoprofile\": \"42e01\""), 400, "six hexadecimal digits"},
	{PUBLISH("\"opusred\": 1"), 400, "'opusred' is a number"},
	{PUBLISH("\"rotation\": -1"), 400, "rotation = -1: must be from 0 to"},
	{PUBLISH("\"bitrate\": -1"), 400, "bitrate = -1: must be from 0 to 4294967295"},
	{PUBLISH("\"bitrate\": 1.5"), 400, "'bitrate' is a number; it must be a whole number"},
	{PUBLISH("\"keyframe_interval\": 99999999"), 400, "must be from 0 to 3600000"},
	{PUBLISH("\"name\": \"../../etc/passwd\""), 400,
		"must not begin with a '.' nor have a '/'"},
	{PUBLISH("\"name\": \"..\""), 400, "must not begin with a '.'"},
	{PUBLISH("\"name\": \"a/b\""), 400, "nor have a '/'"},
	{PUBLISH("\"name\": \"a\\u0000b\""), 400, "must not have control characters"},
	{"{\"request\": \"configure\"}", 409, "this handle publishes nothing"},
	{"{\"request\": \"unpublish\"}", 409, "this handle publishes nothing"},
	{"{\"request\": \"unpublish\", \"stream\": \"nobody\"}", 404, "no stream 'nobody'"},
	{"{\"request\": \"start_recording\"}", 409, "this handle publishes nothing"},
	{"{\"request\": \"start_recording\", \"stream\": \"nobody\"}", 404, "no stream 'nobody'"},
	{"{\"request\": \"start_recording\", \"media_session_id\": \"x\"}", 404, "'x'"},
	{START("\"name\": \"/\""), 400, "nor have a '/'"},
	{START("\"metadata\": 1"), 400, "'metadata' is a number"},
	{START("\"request_id\": \"\""), 400, "request_id = '': must have from 1"},
	{START("\"parallel\": 1"), 400, "'parallel' is a number; it must be a boolean"},
	{START("\"admin_key\": \"wrong\""), 403, "stream 'camera' is another client's"},
	{START("\"x\": 1"), 403, "stream 'camera' is another client's"},
	{START("\"admin_key\": \"secret\""), 409, "stream 'camera' is being recorded already"},
	{"{\"request\": \"stop_recording\"}", 409, "this handle publishes nothing"},
	{"{\"request\": \"stop_recording\", \"stream\": \"camera\"}", 403, "another client's"},
	{"{\"request\": \"stop_recording\", \"id\": \"nothing\"}", 404, "no recording 'nothing'"},
	{"{\"request\": \"recording\"}", 400, "element 'id' or 'name' is missing"},
	{"{\"request\": \"recording\", \"id\": \"x\"}", 404, "no recording 'x'"},
	{"{\"request\": \"recording\", \"name\": \"../x\"}", 404, "no recording '../x'"},
	{LIST("\"limit\": 0"), 400, "limit = 0: must be from 1 to 1000"},
	{LIST("\"limit\": 1001"), 400, "limit = 1001: must be from 1 to 1000"},
	{LIST("\"state\": \"done\""), 400, "allowed are recording, complete, recovered, failed"},
	{LIST("\"cursor\": \"what?\""), 400, "cursor = 'what?': must be one"},
	{LIST("\"name_prefix\": \"\""), 400, "must have from 1 to 255 bytes"},
	{LIST("\"since\": \"yesterday\""), 400, "since = 'yesterday': a time like 2026-01-31T"},
	{LIST("\"until\": -1"), 400, "'until' is a number; it must be a time like"},
	{LIST("\"until\": true"), 400, "'until' is a boolean; it must be a time like"},
	{"{\"request\": \"delete_recording\"}", 403, "'admin_key' is missing or wrong"},
	{CHANGE("delete_recording", "\"x\": 1"), 400, "element 'id' or 'name' is missing"},
	{"{\"request\": \"delete_recording\", \"name\": \"x\"}", 403, "'admin_key' is missing"},
	{CHANGE("delete_recording", "\"name\": \"x\""), 404, "no recording 'x'"},
	{CHANGE("delete_recording", "\"name\": \"../x\""), 404, "no recording '../x'"},
	{CHANGE("hold_recording", "\"name\": \"x\""), 400, "element 'hold' is missing"},
	{CHANGE("hold_recording", "\"name\": \"x\", \"hold\": 1"), 400, "'hold' is a number"},
	{CHANGE("hold_recording", "\"id\": \"x\", \"hold\": true"), 404, "no recording 'x'"},
	{"{\"request\": \"hold_recording\", \"id\": \"x\", \"hold\": true}", 403, "'admin_key' is"},
};

static void refuses_bad_requests(void)
{
	struct gateway *gateway = gateway_start("admin_key = \"secret\"");
	struct scene camera, client;
	scene_init(&camera, gateway, "camera");
	scene_init(&client, gateway, "client");
	json_decref(scene_publish(&camera, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(bad_requests); i++) {
		json_t *body = json_loads(bad_requests[i].body, JSON_ALLOW_NUL, NULL);
		g_assert_nonnull(body);
		json_t *reply = gateway_request(client.handle, body);
		scene_expect_error(reply, bad_requests[i].code, bad_requests[i].text);
		json_decref(reply);
	}
	scene_fini(&camera);
	scene_fini(&client);
	gateway_stop(gateway);
}

#define VIDEO_LINE(codec, direction)                                         \
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=" direction \
	"\r\na=rtpmap:96 " codec "/90000\r\n"

static const struct {
	const char *name;
	const char *sdp;
	int code;
	const char *text;
} bad_offers[] = {
	{"empty", "", 400, "'jsep' is not an offer"},
	{"garbage", "v=\x01\x02", 400, "'jsep' is not an offer"},
	{"not SDP", "{\"v\": 0}", 400, "doesn't start with v="},
	{"a broken line", SCENE_OFFER_START "nonsense\r\n", 400, "Invalid line"},
	{"a kind of media that there is not", SCENE_OFFER_START "m=smell 9 RTP/AVP 0\r\n", 400,
		"m="},
	{"no media", SCENE_OFFER_START, 400, "Missing mandatory lines"},
	{"an unknown codec", SCENE_OFFER_START VIDEO_LINE("RV60", "sendonly"), 406, "no media"},
	{"only what is received", SCENE_OFFER_START VIDEO_LINE("VP8", "recvonly"), 406, "no media"},
	{"inactive", SCENE_OFFER_START VIDEO_LINE("VP8", "inactive"), 406, "no media"},
	{"application that is no data channel",
		SCENE_OFFER_START "m=application 9 UDP/BFCP *\r\nc=IN IP4 0.0.0.0\r\n", 406,
		"no m"},
};

static void refuses_offer(struct scene *scene, const char *sdp, int code, const char *text)
{
	json_t *reply = gateway_request_jsep(scene->handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"s\"}"), scene_jsep(sdp));
	scene_expect_error(reply, code, text);
	json_decref(reply);
}

static void refuses_bad_offers(void)
{
	struct gateway *gateway = gateway_start("");
	struct scene scene;
	scene_init(&scene, gateway, "s");
	for (size_t i = 0; i < G_N_ELEMENTS(bad_offers); i++)
		refuses_offer(&scene, bad_offers[i].sdp, bad_offers[i].code, bad_offers[i].text);

	GString *large = g_string_new(SCENE_OFFER_START);
	for (int i = 0; i < 200; i++)
		g_string_append(large, SCENE_OFFER_AUDIO);
	refuses_offer(&scene, large->str, 400, "has 200 m-lines; at most 31 are allowed");
	g_string_free(large, TRUE);

	json_t *answer = json_pack("{s:s, s:s}", "type", "answer", "sdp", SCENE_OFFER);
	json_t *reply = gateway_request_jsep(
		scene.handle, scene_json("{\"request\": \"publish\", \"stream\": \"s\"}"), answer);
	scene_expect_error(reply, 400, "'jsep' must be an offer");
	json_decref(reply);
	scene_fini(&scene);
	gateway_stop(gateway);
}

/* The codecs of an answer's tracks in order, comma-separated; NULL when it is an error. */
static char *negotiate(struct scene *scene, const char *sdp, const char *more)
{
	json_t *body = json_pack("{s:s, s:s}", "request", "publish", "stream", scene->stream);
	json_t *members = scene_json(more);
	json_object_update(body, members);
	json_decref(members);
	json_t *reply = gateway_request_jsep(scene->handle, body, scene_jsep(sdp));
	json_t *tracks = json_object_get(json_object_get(reply, "result"), "tracks");
	GString *codecs = g_string_new(NULL);
	size_t i;
	json_t *track;
	json_array_foreach(tracks, i, track) g_string_append_printf(codecs, "%s%s",
		i > 0 ? "," : "", json_string_value(json_object_get(track, "codec")));
	bool is_error = tracks == NULL;
	json_decref(reply);
	return g_string_free(codecs, is_error);
}

#define TWO_VIDEO                                                                               \
	"m=video 9 UDP/TLS/RTP/SAVPF 96 98 99\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendrecv\r\n" \
	"a=rtpmap:96 VP8/90000\r\na=rtpmap:98 H264/90000\r\n"                                   \
	"a=fmtp:98 profile-level-id=42e01f;packetization-mode=1\r\na=rtpmap:99 VP9/90000\r\n"   \
	"a=fmtp:99 profile-id=2\r\n"

static const struct {
	const char *sdp;
	const char *more;
	const char *codecs;     /* NULL: refused */
	const char *in_answer;  /* or NULL */
	const char *not_answer; /* or NULL */
} negotiations[] = {
	{SCENE_OFFER, "{}", "opus,vp8,text", "a=recvonly", "a=sendrecv\r\na=rtpmap"},
	{SCENE_OFFER_START TWO_VIDEO, "{}", "vp8", "a=rtpmap:96 VP8", "H264"},
	{SCENE_OFFER_START TWO_VIDEO, "{\"videocodec\": \"h264\"}", "h264",
		"profile-level-id=42e01f", "VP8"},
	{SCENE_OFFER_START TWO_VIDEO, "{\"videocodec\": \"av1,vp9,vp8\"}", "vp9", "profile-id=2",
		"VP8"},
	{SCENE_OFFER_START TWO_VIDEO,
		"{\"videocodec\": \"h264,vp8\", \"videoprofile\": \"640032\"}", "vp8", NULL,
		"H264"},
	{SCENE_OFFER_START TWO_VIDEO, "{\"videocodec\": \"vp9\", \"videoprofile\": \"2\"}", "vp9",
		"profile-id=2", NULL},
	{SCENE_OFFER_START TWO_VIDEO, "{\"videocodec\": \"vp9\", \"videoprofile\": \"0\"}", NULL,
		NULL, NULL},
	{SCENE_OFFER_START TWO_VIDEO, "{\"videocodec\": \"av1\"}", NULL, NULL, NULL},
	{SCENE_OFFER_START VIDEO_LINE("RV60", "sendonly") SCENE_OFFER_AUDIO, "{}", "opus",
		"m=video 0", NULL},
	{SCENE_OFFER_START SCENE_OFFER_AUDIO SCENE_OFFER_AUDIO SCENE_OFFER_VIDEO, "{}",
		"opus,opus,vp8", NULL, NULL},
	{SCENE_OFFER_START SCENE_OFFER_AUDIO, "{}", "opus", "useinbandfec=1", NULL},
	{SCENE_OFFER_START SCENE_OFFER_AUDIO, "{}", "opus", "a=extmap:1 urn:ietf", NULL},
};

static void negotiates_codecs_and_profiles(void)
{
	struct gateway *gateway = gateway_start("");
	for (size_t i = 0; i < G_N_ELEMENTS(negotiations); i++) {
		struct scene scene;
		scene_init(&scene, gateway, "camera");
		g_autofree char *codecs =
			negotiate(&scene, negotiations[i].sdp, negotiations[i].more);
		g_assert_cmpstr(codecs, ==, negotiations[i].codecs);
		const char *answer = gateway_answer(scene.handle);
		const char *wanted = negotiations[i].in_answer;
		const char *unwanted = negotiations[i].not_answer;
		if (wanted && !strstr(answer, wanted))
			g_error("'%s' is not in %s", wanted, answer);
		if (unwanted && strstr(answer, unwanted))
			g_error("'%s' is in %s", unwanted, answer);
		gateway_detach(scene.handle);
		scene_fini(&scene);
	}
	gateway_stop(gateway);
}

static void asks_for_the_admin_key(void)
{
	struct gateway *gateway = gateway_start("admin_key = \"secret\"");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"record\": false}"));
	static const char *const bad[] = {"{\"request\": \"streams\"}",
		"{\"request\": \"streams\", \"admin_key\": \"Secret\"}",
		"{\"request\": \"streams\", \"admin_key\": 1}"};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		json_t *reply = gateway_admin(gateway, scene_json(bad[i]));
		scene_expect_error(reply, 403, "'admin_key' is missing or wrong");
		json_decref(reply);
	}
	json_decref(scene_result(gateway_admin(
		gateway, scene_json("{\"request\": \"streams\", \"admin_key\": \"secret\"}"))));
	json_t *reply = gateway_admin(
		gateway, scene_json("{\"request\": \"publish\", \"admin_key\": \"secret\"}"));
	scene_expect_error(reply, 400, "needs a client's handle");
	json_decref(reply);
	reply = gateway_admin(gateway, json_array());
	scene_expect_error(reply, 400, "must be an object");
	json_decref(reply);

	json_decref(scene_result(gateway_admin(
		gateway, scene_json("{\"request\": \"start_recording\", \"stream\": \"camera\","
				    " \"admin_key\": \"secret\"}"))));
	scene_send_all(&scene, 10);
	json_decref(scene_result(gateway_admin(
		gateway, json_pack("{s:s, s:s, s:s}", "request", "unpublish", "media_session_id",
				 scene.media_session_id, "admin_key", "secret"))));
	gateway_wait_closed(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "unpublished");
	scene_check_files(&scene, name);
	scene_fini(&scene);
	gateway_stop(gateway);
}

static void starts_no_more_than_allowed(void)
{
	struct gateway *gateway = gateway_start("max_recordings = 1");
	struct scene first, second;
	scene_init(&first, gateway, "first");
	scene_init(&second, gateway, "second");
	json_decref(scene_publish(&first, NULL));
	json_t *body = scene_json("{\"request\": \"publish\", \"stream\": \"second\"}");
	json_t *reply = gateway_request_jsep(second.handle, body, scene_jsep(SCENE_OFFER));
	scene_expect_error(reply, 503, "1 recordings are running, and max_recordings is 1");
	json_decref(reply);
	gateway_hangup(first.handle);
	g_free(scene_wait_finished(&first, "hangup"));
	json_decref(scene_publish(&second, NULL));
	scene_fini(&first);
	scene_fini(&second);
	gateway_stop(gateway);
}

static void keeps_names_apart(void)
{
	struct gateway *gateway = gateway_start("max_streams = 2");
	struct scene first, second, third;
	scene_init(&first, gateway, "same/..");
	scene_init(&second, gateway, "same/..");
	scene_init(&third, gateway, "third");
	json_decref(scene_publish(&first, NULL));
	json_t *body = scene_json("{\"request\": \"publish\", \"stream\": \"same/..\"}");
	json_t *reply =
		gateway_request_jsep(second.handle, json_deep_copy(body), scene_jsep(SCENE_OFFER));
	scene_expect_error(reply, 409, "stream name 'same/..' is in use");
	json_decref(reply);
	reply = gateway_request_jsep(first.handle, json_deep_copy(body), scene_jsep(SCENE_OFFER));
	scene_expect_error(reply, 409, "this handle publishes stream 'same/..' already");
	json_decref(reply);
	gateway_hangup(first.handle);
	json_decref(
		scene_result(gateway_request_jsep(second.handle, body, scene_jsep(SCENE_OFFER))));
	json_decref(scene_publish(&third, NULL));
	reply = gateway_request_jsep(first.handle,
		scene_json("{\"request\": \"publish\", \"stream\": \"fourth\"}"),
		scene_jsep(SCENE_OFFER));
	scene_expect_error(reply, 409, "2 streams are published already");
	json_decref(reply);
	scene_fini(&first);
	scene_fini(&second);
	scene_fini(&third);
	gateway_stop(gateway);
}

static void changes_what_is_in_force(void)
{
	struct gateway *gateway = gateway_start("bitrate_max = 1000000");
	struct scene scene;
	scene_init(&scene, gateway, "camera");
	json_decref(scene_publish(&scene, "{\"bitrate\": 2000000}"));
	json_t *result = scene_result(gateway_request(scene.handle,
		scene_json("{\"request\": \"configure\", \"record\": false, \"bitrate\": 300000,"
			   " \"keyframe_interval\": 5000}")));
	g_assert_false(json_is_true(json_object_get(result, "record")));
	g_assert_cmpint(json_integer_value(json_object_get(result, "bitrate")), ==, 300000);
	g_assert_cmpint(json_integer_value(json_object_get(result, "keyframe_interval")), ==, 5000);
	json_decref(result);
	g_free(scene_wait_finished(&scene, "stopped"));
	result = scene_result(gateway_request(scene.handle,
		scene_json("{\"request\": \"configure\", \"record\": true, \"bitrate\": 0}")));
	g_assert_true(json_is_true(json_object_get(result, "record")));
	g_assert_cmpint(json_integer_value(json_object_get(result, "bitrate")), ==, 1000000);
	json_decref(result);
	scene_send_all(&scene, 5);
	gateway_hangup(scene.handle);
	g_autofree char *name = scene_wait_finished(&scene, "hangup");
	scene_check_files(&scene, name);
	scene_fini(&scene);
	gateway_stop(gateway);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	gateway_require();
	g_test_add_func("/refuses bad requests", refuses_bad_requests);
	g_test_add_func("/refuses bad offers", refuses_bad_offers);
	g_test_add_func("/negotiates codecs and profiles", negotiates_codecs_and_profiles);
	g_test_add_func("/asks for the admin key", asks_for_the_admin_key);
	g_test_add_func("/starts no more than allowed", starts_no_more_than_allowed);
	g_test_add_func("/keeps names apart", keeps_names_apart);
	g_test_add_func("/changes what is in force", changes_what_is_in_force);
	return g_test_run();
}
