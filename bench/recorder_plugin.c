/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our plugin, in the fake gateway. See recorder.h. */
#include "bench/recorder.h"

#include <glib.h>
#include <jansson.h>

#include <janus/plugins/plugin.h>

#include "tests/double/gateway.h"

struct ours {
	struct gateway *gateway;
	janus_plugin *plugin;
	janus_plugin_session **sessions;
};

static janus_plugin_session *publish(struct gateway *gateway, unsigned number)
{
	struct gateway_handle *handle = gateway_attach(gateway);
	g_autofree char *stream = g_strdup_printf("s%u", number);
	json_t *reply = gateway_request_jsep(handle,
		json_pack("{s:s, s:s}", "request", "publish", "stream", stream),
		json_pack("{s:s, s:s}", "type", "offer", "sdp", TRAFFIC_OFFER));
	const char *error = json_string_value(json_object_get(reply, "error"));
	if (error != NULL)
		g_error("stream %u: %s", number, error);
	json_decref(reply);
	gateway_setup_media(handle);
	return gateway_session(handle);
}

static void *open_plugin(const struct recorder_setup *setup)
{
	gateway_require();
	struct ours *ours = g_new0(struct ours, 1);
	g_autofree char *file = g_strdup_printf("general: {\n\trecordings_folder = \"%s\"\n"
						"\tring_folder = \"%s\"\n\tmax_streams = %u\n}\n",
		setup->recordings, setup->rings, setup->streams);
	ours->gateway = gateway_start_raw(file);
	if (ours->gateway == NULL) {
		g_autofree char *log = gateway_log_text();
		g_error("the plugin does not start: %s", log);
	}
	ours->plugin = gateway_plugin();
	ours->sessions = g_new0(janus_plugin_session *, setup->streams);
	for (unsigned i = 0; i < setup->streams; i++)
		ours->sessions[i] = publish(ours->gateway, i);
	return ours;
}

static void take(void *self, const struct traffic_packet *packet)
{
	struct ours *ours = self;
	janus_plugin_session *session = ours->sessions[packet->stream];
	if (packet->kind == TRAFFIC_RTCP) {
		janus_plugin_rtcp rtcp = {
			.buffer = (char *)packet->data, .length = (uint16_t)packet->len};
		ours->plugin->incoming_rtcp(session, &rtcp);
		return;
	}
	janus_plugin_rtp rtp = {
		.mindex = (int)packet->kind,
		.video = packet->kind == TRAFFIC_VIDEO,
		.buffer = (char *)packet->data,
		.length = (uint16_t)packet->len,
	};
	ours->plugin->incoming_rtp(session, &rtp);
}

static void close_plugin(void *self)
{
	struct ours *ours = self;
	gateway_stop(ours->gateway);
	g_free(ours->sessions);
	g_free(ours);
}

const struct recorder recorder_plugin = {
	.name = "plugin", .open = open_plugin, .take = take, .close = close_plugin};
