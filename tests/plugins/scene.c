/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Publishers for the tests of the plugin.
 */
#include "tests/plugins/scene.h"

#include <string.h>

#include "common/bytes.h"
#include "common/mjr.h"
#include "common/rtp.h"

enum {
	PAYLOAD_AUDIO = 111,
	PAYLOAD_VIDEO = 96,
	SSRC_AUDIO = 0x0a0a0a0a,
	SSRC_VIDEO = 0x0b0b0b0b,
};

json_t *scene_json(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if (!json)
		g_error("%s in %s", error.text, text);
	return json;
}

json_t *scene_jsep(const char *sdp)
{
	return json_pack("{s:s, s:s}", "type", "offer", "sdp", sdp);
}

void scene_expect_error(const json_t *reply, int code, const char *text)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	json_int_t seen = json_integer_value(json_object_get(reply, "error_code"));
	if (!error || seen != code || !strstr(error, text))
		g_error("wanted %d '%s', not %d '%s'", code, text, (int)seen, error);
	for (const char *at = error; *at; at++)
		g_assert_false(g_ascii_iscntrl(*at));
}

json_t *scene_result(json_t *reply)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	if (error)
		g_error("%s", error);
	json_t *result = json_incref(json_object_get(reply, "result"));
	g_assert_nonnull(result);
	json_decref(reply);
	return result;
}

static void free_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

void scene_init(struct scene *scene, struct gateway *gateway, const char *stream)
{
	*scene = (struct scene){
		.gateway = gateway, .handle = gateway_attach(gateway), .stream = g_strdup(stream)};
	for (int kind = 0; kind < SCENE_KINDS; kind++) {
		scene->sent[kind] = g_ptr_array_new_with_free_func(free_bytes);
		scene->seq[kind] = (uint16_t)(65500 + kind);
	}
}

void scene_fini(struct scene *scene)
{
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		g_ptr_array_free(scene->sent[kind], TRUE);
	g_free(scene->media_session_id);
	g_free(scene->stream);
}

void scene_forget(struct scene *scene)
{
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		g_ptr_array_set_size(scene->sent[kind], 0);
}

json_t *scene_publish(struct scene *scene, const char *more)
{
	json_t *body = json_pack("{s:s, s:s}", "request", "publish", "stream", scene->stream);
	json_t *members = scene_json(more ? more : "{}");
	json_object_update(body, members);
	json_decref(members);
	json_t *result =
		scene_result(gateway_request_jsep(scene->handle, body, scene_jsep(SCENE_OFFER)));
	g_free(scene->media_session_id);
	scene->media_session_id =
		g_strdup(json_string_value(json_object_get(result, "media_session_id")));
	gateway_setup_media(scene->handle);
	return result;
}

char *scene_recording(const json_t *result)
{
	const json_t *recording = json_object_get(result, "recording");
	return g_strdup(json_string_value(json_object_get(recording, "name")));
}

size_t scene_rtp(uint8_t out[static SCENE_PACKET_MAX], uint16_t seq, uint32_t timestamp,
	uint32_t ssrc, bool has_marker, const void *payload, size_t len)
{
	out[0] = RTP_VERSION << 6;
	out[1] = (uint8_t)(PAYLOAD_VIDEO | (has_marker ? 0x80 : 0));
	bytes_put_u16(out + 2, seq);
	bytes_put_u32(out + 4, timestamp);
	bytes_put_u32(out + 8, ssrc);
	memcpy(out + RTP_HEADER_SIZE, payload, len);
	return RTP_HEADER_SIZE + len;
}

static size_t make_rtp(struct scene *scene, int kind, uint8_t out[static SCENE_PACKET_MAX])
{
	/* RFC 7741: the first of a picture; RFC 6386: every tenth is a keyframe. */
	uint8_t payload[40] = {0x10, scene->sent[kind]->len % 10 == 0 ? 0x00 : 0x01};
	uint16_t seq = scene->seq[kind]++;
	bytes_put_u16(payload + 20, seq);
	size_t len = scene_rtp(out, seq, scene->timestamp += 960,
		kind == SCENE_AUDIO ? SSRC_AUDIO : SSRC_VIDEO, true, payload, sizeof payload);
	if (kind == SCENE_AUDIO)
		out[1] = PAYLOAD_AUDIO;
	return len;
}

void scene_send(struct scene *scene, int kind)
{
	uint8_t packet[SCENE_PACKET_MAX];
	size_t len;
	switch (kind) {
	case SCENE_AUDIO:
	case SCENE_VIDEO:
		len = make_rtp(scene, kind, packet);
		gateway_rtp(scene->handle, kind, packet, len);
		break;
	case SCENE_DATA:
		len = (size_t)g_snprintf((char *)packet, sizeof packet, "message %u of %s",
			scene->seq[kind]++, scene->stream);
		gateway_data(scene->handle, packet, len);
		break;
	default: {
		/* An empty receiver report, with a sender of its own. */
		static const uint8_t report[4] = {0x80, 201, 0, 1};
		memcpy(packet, report, sizeof report);
		bytes_put_u32(packet + 4, scene->seq[kind]++);
		len = 8;
		gateway_rtcp(scene->handle, SCENE_VIDEO, packet, len);
	}
	}
	g_ptr_array_add(scene->sent[kind], g_bytes_new(packet, len));
}

void scene_send_all(struct scene *scene, unsigned count)
{
	while (count-- > 0) {
		for (int kind = 0; kind < SCENE_KINDS; kind++)
			scene_send(scene, kind);
	}
}

GPtrArray *scene_read_frames(const char *path, bool is_rtp)
{
	GPtrArray *frames = g_ptr_array_new_with_free_func(free_bytes);
	g_autofree char *text = NULL;
	gsize size;
	if (!g_file_get_contents(path, &text, &size, NULL))
		return frames;
	struct bytes rest = {(const uint8_t *)text, size};
	struct mjr_header header;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
	g_assert_true(bytes_skip(&rest, header.size));
	while (rest.len > 0) {
		struct mjr_frame frame;
		g_assert_cmpint(mjr_frame_parse(&frame, rest, header.version), ==, 0);
		g_assert_true(bytes_skip(&rest, frame.size));
		size_t skip = is_rtp ? 0 : MJR_DATA_TIME_SIZE;
		g_ptr_array_add(
			frames, g_bytes_new(frame.payload.data + skip, frame.payload.len - skip));
	}
	return frames;
}

static void check_file(const struct scene *scene, const char *name, int kind)
{
	static const char *const suffixes[] = {"audio", "video", "data", "rtcp"};
	g_autofree char *file = g_strdup_printf(
		"%s/%s-%s.mjr", gateway_recordings(scene->gateway), name, suffixes[kind]);
	g_autoptr(GPtrArray) frames =
		scene_read_frames(file, kind == SCENE_AUDIO || kind == SCENE_VIDEO);
	if (frames->len != scene->sent[kind]->len)
		g_error("%s has %u frames, not %u", file, frames->len, scene->sent[kind]->len);
	for (guint i = 0; i < frames->len; i++) {
		if (!g_bytes_equal(
			    g_ptr_array_index(frames, i), g_ptr_array_index(scene->sent[kind], i)))
			g_error("frame %u of %s is not what was sent", i, file);
	}
}

void scene_check_files(const struct scene *scene, const char *name)
{
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		check_file(scene, name, kind);
}

json_t *scene_manifest(struct gateway *gateway, const char *name)
{
	g_autofree char *file = g_strdup_printf("%s/%s.json", gateway_recordings(gateway), name);
	json_error_t error;
	json_t *manifest = json_load_file(file, 0, &error);
	if (!manifest)
		g_error("%s: %s", file, error.text);
	return manifest;
}

char *scene_wait_finished(struct scene *scene, const char *reason)
{
	json_t *event = gateway_wait_notified(scene->gateway, "recording_finished", scene->stream);
	g_assert_cmpstr(json_string_value(json_object_get(event, "reason")), ==, reason);
	char *name = scene_recording(event);
	json_t *manifest = scene_manifest(scene->gateway, name);
	g_assert_cmpstr(json_string_value(json_object_get(manifest, "state")), ==, "complete");
	g_assert_cmpstr(json_string_value(json_object_get(manifest, "reason")), ==, reason);
	json_decref(manifest);
	json_decref(event);
	return name;
}
