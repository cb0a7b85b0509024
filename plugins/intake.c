/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The media threads' way through the plugin.
 */
#include "plugins/intake.h"

#include "common/clock.h"
#include "plugins/session.h"
#include "plugins/stream.h"

/* The stream that the handle publishes, or NULL. Inside the gate. */
static struct stream *stream_of(const janus_plugin_session *handle)
{
	struct session *session = session_peek(handle);
	return session ? atomic_load(&session->stream) : NULL;
}

static void take_rtp(struct stream_lane *lane, uint8_t *raw, size_t len)
{
	struct rtp_packet packet;
	if (rtp_parse(&packet, (struct bytes){raw, len}) < 0) {
		fanout_count_malformed(&lane->fanout);
		return;
	}
	struct simulcast *simulcast = atomic_load(&lane->simulcast);
	if (simulcast && !simulcast_take(simulcast, raw, &packet, clock_mono_us(clock_system())))
		return;
	fanout_push_rtp(&lane->fanout, raw, len);
}

void intake_rtp(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	struct gate *gate = plugin_gate(plugin, handle);
	unsigned token = gate_enter(gate);
	struct stream *stream = stream_of(handle);
	struct stream_lane *lane = stream ? stream_lane(stream, packet->mindex) : NULL;
	if (lane)
		take_rtp(lane, (uint8_t *)packet->buffer, packet->length);
	gate_leave(gate, token);
}

void intake_rtcp(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
	struct gate *gate = plugin_gate(plugin, handle);
	unsigned token = gate_enter(gate);
	struct stream *stream = stream_of(handle);
	struct stream_lane *lane = stream ? stream_lane(stream, packet->mindex) : NULL;
	struct simulcast *simulcast = lane ? atomic_load(&lane->simulcast) : NULL;
	uint8_t *raw = (uint8_t *)packet->buffer;
	if (simulcast)
		simulcast_translate(simulcast, raw, packet->length);
	if (stream)
		fanout_push_message(&stream->rtcp, raw, packet->length);
	gate_leave(gate, token);
}

void intake_data(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_data *packet)
{
	struct gate *gate = plugin_gate(plugin, handle);
	unsigned token = gate_enter(gate);
	struct stream *stream = stream_of(handle);
	if (stream)
		fanout_push_message(&stream->data, (const uint8_t *)packet->buffer, packet->length);
	gate_leave(gate, token);
}
