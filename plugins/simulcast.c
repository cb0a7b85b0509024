/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The choice of a layer, and the rewriting that hides it.
 */
#include "plugins/simulcast.h"

#include <glib.h>
#include <stdatomic.h>
#include <string.h>

#include "common/rtcp.h"
#include "common/rtp_ext.h"

enum {
	NO_LAYER = -1
};

struct layer {
	struct simulcast_layer id;
	int64_t last_us;        /* arrival of its newest packet; 0: none yet */
	bool has_ended_picture; /* its last packet had the marker */
};

struct simulcast {
	/* constant */
	bool (*is_keyframe)(struct bytes payload); /* NULL: cannot be told */
	uint32_t ticks_per_ms;
	uint8_t rid_ext_id;
	size_t layer_count;
	uint32_t ssrc; /* of the track */

	/* media thread */
	struct layer layers[SIMULCAST_LAYERS_MAX]; /* worst first */
	int current;
	uint16_t first_seq; /* of the current layer since the switch to it, as received */
	uint16_t seq_offset;
	uint32_t timestamp_offset;
	uint16_t newest_seq; /* of the track */
	uint32_t newest_timestamp;
	int64_t newest_us;

	/* atomic */
	atomic_bool wants_keyframe;
};

static void read_rids(struct simulcast_params *out, const json_t *rids)
{
	size_t count = MIN(json_array_size(rids), SIMULCAST_LAYERS_MAX);
	for (size_t i = 0; i < count; i++) {
		/* The gateway lists the best first. */
		const char *rid = json_string_value(json_array_get(rids, count - 1 - i));
		g_strlcpy(out->layers[i].rid, rid ? rid : "", SIMULCAST_RID_SIZE);
	}
	out->layer_count = count;
}

static void read_ssrcs(struct simulcast_params *out, const json_t *ssrcs)
{
	size_t count = MIN(json_array_size(ssrcs), SIMULCAST_LAYERS_MAX);
	for (size_t i = 0; i < count; i++)
		out->layers[i].ssrc = (uint32_t)json_integer_value(json_array_get(ssrcs, i));
	out->layer_count = count;
}

void simulcast_params_from_json(struct simulcast_params *out, const json_t *entry)
{
	const json_t *rids = json_object_get(entry, "rids");
	json_int_t rid_ext = json_integer_value(json_object_get(entry, "rid-ext"));
	if (rid_ext > 0 && rid_ext <= RTP_EXT_ID_MAX)
		out->rid_ext_id = (uint8_t)rid_ext;
	if (json_array_size(rids) > 0)
		read_rids(out, rids);
	else
		read_ssrcs(out, json_object_get(entry, "ssrcs"));
}

struct simulcast *simulcast_create(const struct simulcast_params *params)
{
	struct simulcast *simulcast = g_new0(struct simulcast, 1);
	simulcast->is_keyframe = params->is_encrypted ? NULL : params->codec->is_keyframe;
	simulcast->ticks_per_ms = params->codec->clock_rate / 1000;
	simulcast->rid_ext_id = params->rid_ext_id;
	simulcast->layer_count = params->layer_count;
	simulcast->ssrc = g_random_int();
	simulcast->current = NO_LAYER;
	for (size_t i = 0; i < params->layer_count; i++)
		simulcast->layers[i].id = params->layers[i];
	atomic_init(&simulcast->wants_keyframe, false);
	return simulcast;
}

void simulcast_destroy(struct simulcast *simulcast)
{
	g_free(simulcast);
}

static int find_ssrc(const struct simulcast *simulcast, uint32_t ssrc)
{
	for (size_t i = 0; i < simulcast->layer_count; i++) {
		if (simulcast->layers[i].id.ssrc == ssrc)
			return (int)i;
	}
	return NO_LAYER;
}

static int find_rid(const struct simulcast *simulcast, struct bytes rid)
{
	for (size_t i = 0; i < simulcast->layer_count; i++) {
		const char *known = simulcast->layers[i].id.rid;
		if (rid.len > 0 && strlen(known) == rid.len &&
			memcmp(known, rid.data, rid.len) == 0)
			return (int)i;
	}
	return NO_LAYER;
}

static int identify(struct simulcast *simulcast, const struct rtp_packet *packet)
{
	int index = packet->ssrc != 0 ? find_ssrc(simulcast, packet->ssrc) : NO_LAYER;
	if (index != NO_LAYER || simulcast->rid_ext_id == 0)
		return index;
	struct bytes rid;
	if (!rtp_ext_find(&rid, packet, simulcast->rid_ext_id))
		return NO_LAYER;
	index = find_rid(simulcast, rid);
	if (index != NO_LAYER)
		simulcast->layers[index].id.ssrc = packet->ssrc;
	return index;
}

static bool is_arriving(const struct simulcast *simulcast, int index, int64_t now_us)
{
	const struct layer *layer = &simulcast->layers[index];
	return layer->last_us > 0 && now_us - layer->last_us < SIMULCAST_SILENCE_US;
}

static int best_arriving(const struct simulcast *simulcast, int64_t now_us)
{
	for (int i = (int)simulcast->layer_count - 1; i >= 0; i--) {
		if (is_arriving(simulcast, i, now_us))
			return i;
	}
	return NO_LAYER;
}

/* Whether the track may go over to this layer with this packet. */
static bool can_begin(
	const struct simulcast *simulcast, bool is_new_picture, const struct rtp_packet *packet)
{
	if (simulcast->is_keyframe)
		return simulcast->is_keyframe(packet->payload);
	return is_new_picture;
}

/* The packet becomes the one after the track's newest, as much later as it came later. */
static void switch_to(
	struct simulcast *simulcast, int index, const struct rtp_packet *packet, int64_t now_us)
{
	bool is_first = simulcast->current == NO_LAYER;
	if (is_first) {
		simulcast->newest_seq = (uint16_t)(packet->seq - 1);
		simulcast->newest_timestamp = packet->timestamp;
		simulcast->newest_us = now_us;
	}
	int64_t elapsed_ms = (now_us - simulcast->newest_us) / 1000;
	uint32_t ticks = (uint32_t)elapsed_ms * simulcast->ticks_per_ms;
	uint32_t step = is_first ? 0 : MAX(ticks, 1);
	simulcast->current = index;
	simulcast->first_seq = packet->seq;
	simulcast->seq_offset = (uint16_t)(simulcast->newest_seq + 1 - packet->seq);
	simulcast->timestamp_offset = simulcast->newest_timestamp + step - packet->timestamp;
}

static void rewrite(
	struct simulcast *simulcast, uint8_t *raw, const struct rtp_packet *packet, int64_t now_us)
{
	uint16_t seq = (uint16_t)(packet->seq + simulcast->seq_offset);
	uint32_t timestamp = packet->timestamp + simulcast->timestamp_offset;
	if (rtp_seq_diff(simulcast->newest_seq, seq) > 0) {
		simulcast->newest_seq = seq;
		simulcast->newest_timestamp = timestamp;
		simulcast->newest_us = now_us;
	}
	rtp_rewrite(raw, seq, timestamp, simulcast->ssrc);
}

bool simulcast_take(
	struct simulcast *simulcast, uint8_t *raw, const struct rtp_packet *packet, int64_t now_us)
{
	int index = identify(simulcast, packet);
	if (index == NO_LAYER)
		return false;
	struct layer *layer = &simulcast->layers[index];
	bool is_new_picture = layer->last_us == 0 || layer->has_ended_picture;
	layer->last_us = now_us;
	layer->has_ended_picture = packet->has_marker;

	int best = best_arriving(simulcast, now_us);
	if (index != simulcast->current && index == best &&
		can_begin(simulcast, is_new_picture, packet))
		switch_to(simulcast, index, packet, now_us);
	bool is_waiting = simulcast->current != best;
	if (atomic_load_explicit(&simulcast->wants_keyframe, memory_order_relaxed) != is_waiting)
		atomic_store_explicit(&simulcast->wants_keyframe, is_waiting, memory_order_relaxed);

	/* What was sent before the switch and comes late has no place in the track any more. */
	if (index != simulcast->current || rtp_seq_diff(simulcast->first_seq, packet->seq) < 0)
		return false;
	rewrite(simulcast, raw, packet, now_us);
	return true;
}

/* RFC 3550 §6.4.1: SSRC, NTP time (8 bytes), RTP timestamp, … */
enum {
	REPORT_TIMESTAMP = 12,
	REPORT_SIZE = 24,
};

void simulcast_translate(struct simulcast *simulcast, uint8_t *compound, size_t len)
{
	struct bytes rest = {compound, len};
	struct rtcp_packet packet;
	if (simulcast->current == NO_LAYER)
		return;
	uint32_t ssrc = simulcast->layers[simulcast->current].id.ssrc;
	while (rtcp_next(&packet, &rest) == 0) {
		if (packet.type != RTCP_SR || packet.body.len < REPORT_SIZE ||
			bytes_get_u32(packet.body.data) != ssrc)
			continue;
		uint8_t *body = compound + (packet.body.data - compound);
		uint32_t timestamp = bytes_get_u32(body + REPORT_TIMESTAMP);
		bytes_put_u32(body, simulcast->ssrc);
		bytes_put_u32(body + REPORT_TIMESTAMP, timestamp + simulcast->timestamp_offset);
	}
}

bool simulcast_wants_keyframe(const struct simulcast *simulcast)
{
	return atomic_load_explicit(&simulcast->wants_keyframe, memory_order_relaxed);
}
