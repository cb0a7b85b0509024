/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where units begin and end, and which of them lost something. What a payload
 * means is left to the codec's row.
 */
#include "postprocessing/depay/depay.h"

#include <glib.h>

#include "postprocessing/depay/depay_ops.h"

static const struct {
	const char *codec;
	const struct depay_ops *ops;
} rows[] = {
	{"opus", &opus_depay},
	{"multiopus", &opus_depay},
	{"pcmu", &pcm_depay},
	{"pcma", &pcm_depay},
	{"g722", &pcm_depay},
	{"l16", &pcm_depay},
	{"l16-48", &pcm_depay},
	{"vp8", &vp8_depay},
	{"vp9", &vp9_depay},
	{"h264", &h264_depay},
	{"h265", &h265_depay},
	{"av1", &av1_depay},
};

struct depay {
	struct reorder *source;
	const struct depay_ops *ops;
	void *state; /* the codec's */
	uint8_t red_payload_type;
	struct depay_stats stats;

	struct depay_builder builder;
	struct depay_unit unit; /* what is known of the open unit besides its bytes */
	size_t unit_packets;
	bool is_open;
	bool has_end;       /* the open unit's last packet had the marker bit */
	bool uses_markers;  /* this sender sets it */
	uint32_t useless;   /* packets dropped since the last unit */
	bool has_new_count; /* a dropped unit began a new run */

	struct reorder_packet packet; /* the packet last pulled */
	bool is_held;                 /* it belongs to the next unit */
};

int depay_create(struct depay **out, struct reorder *source, const struct codec *codec)
{
	const struct depay_ops *ops = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(rows) && !ops; i++) {
		if (codec_find(rows[i].codec) == codec)
			ops = rows[i].ops;
	}
	if (!ops)
		return -ENOTSUP;
	struct depay *depay = g_new0(struct depay, 1);
	depay->source = source;
	depay->ops = ops;
	depay->state = g_malloc0(MAX(ops->state_size, 1));
	depay->red_payload_type = reorder_info(source)->red_payload_type;
	depay->builder.codec = codec;
	depay->builder.data = g_byte_array_new();
	*out = depay;
	return 0;
}

void depay_destroy(struct depay *depay)
{
	if (!depay)
		return;
	g_byte_array_unref(depay->builder.data);
	g_free(depay->state);
	g_free(depay);
}

/* What every unit has, whatever its codec; it starts with the packet last pulled. */
static struct depay_unit unit_of(struct depay *depay)
{
	const struct reorder_packet *packet = &depay->packet;
	struct depay_unit unit = {
		.timestamp = packet->timestamp,
		.arrival_ms = packet->arrival_ms,
		.lost_before = packet->lost_before + depay->useless,
		.is_discontinuity = packet->is_discontinuity || depay->has_new_count,
		.is_damaged = packet->is_suspect,
	};
	depay->useless = 0;
	depay->has_new_count = false;
	return unit;
}

static void drop(struct depay *depay, const struct depay_unit *unit, size_t packets)
{
	depay->stats.dropped++;
	depay->useless = unit->lost_before + (uint32_t)packets;
	depay->has_new_count = unit->is_discontinuity;
}

static void count(struct depay *depay, const struct depay_unit *unit)
{
	depay->stats.units++;
	depay->stats.damaged += unit->is_damaged;
	depay->stats.keyframes += unit->is_keyframe;
}

/* ---- audio: a packet is a unit ---- */

static int pull_packet_unit(struct depay *depay, struct depay_unit *out)
{
	for (;;) {
		int err = reorder_pull(depay->source, &depay->packet);
		if (err)
			return err;
		const struct rtp_packet *rtp = &depay->packet.rtp;
		struct bytes payload = rtp->payload;
		*out = unit_of(depay);
		bool is_red = depay->red_payload_type != 0 &&
			      rtp->payload_type == depay->red_payload_type;
		if (is_red && !opus_red_primary(&payload, payload)) {
			drop(depay, out, 1);
			continue;
		}
		if (!depay->ops->unit(&out->data, &out->duration, payload, depay->builder.codec))
			out->is_damaged = true;
		if (out->data.len == 0) {
			drop(depay, out, 1);
			continue;
		}
		count(depay, out);
		return STAGE_OK;
	}
}

/* ---- video: packets of one timestamp are a unit ---- */

static void open_unit(struct depay *depay)
{
	const struct reorder_packet *packet = &depay->packet;
	bool follows = depay->stats.units + depay->stats.dropped > 0 && packet->lost_before == 0 &&
		       !packet->is_discontinuity;

	depay->unit = unit_of(depay);
	depay->unit_packets = 0;
	depay->builder.width = depay->builder.height = 0;
	depay->builder.is_keyframe = false;
	depay->builder.is_damaged = !follows && !depay->ops->is_start(packet->rtp.payload);
	g_byte_array_set_size(depay->builder.data, 0);
	depay->is_open = true;
}

static void add_packet(struct depay *depay)
{
	const struct reorder_packet *packet = &depay->packet;
	struct depay_builder *builder = &depay->builder;
	bool has_gap = depay->unit_packets > 0 && packet->lost_before > 0;

	builder->is_damaged |= has_gap || packet->is_suspect;
	depay->unit_packets++;
	depay->has_end = packet->rtp.has_marker;
	depay->uses_markers |= packet->rtp.has_marker;
	if (builder->data->len + packet->rtp.payload.len > DEPAY_UNIT_MAX)
		builder->is_damaged = true;
	else
		depay->ops->push(depay->state, builder, packet->rtp.payload, has_gap);
}

/* What is known of the end of a unit that lacks the marker bit. */
enum ending {
	ENDING_FOLLOWED, /* the next unit came right after it: nothing is missing */
	ENDING_LOST,     /* packets are missing after it */
	ENDING_OPEN,     /* nothing more came: complete only if this sender sets no markers */
};

/* False when nothing of the unit is of use. */
static bool close_unit(struct depay *depay, struct depay_unit *out, enum ending ending)
{
	struct depay_builder *builder = &depay->builder;
	bool is_cut = ending == ENDING_LOST || (ending == ENDING_OPEN && depay->uses_markers);

	depay->ops->finish(depay->state, builder);
	depay->is_open = false;
	if (is_cut && !depay->has_end)
		builder->is_damaged = true;
	if (builder->data->len == 0) {
		drop(depay, &depay->unit, depay->unit_packets);
		return false;
	}
	*out = depay->unit;
	out->data = (struct bytes){builder->data->data, builder->data->len};
	out->width = builder->width;
	out->height = builder->height;
	out->is_keyframe = builder->is_keyframe;
	out->is_damaged |= builder->is_damaged;
	count(depay, out);
	return true;
}

static enum ending ending_of(const struct reorder_packet *next)
{
	if (next->is_discontinuity)
		return ENDING_OPEN;
	return next->lost_before > 0 ? ENDING_LOST : ENDING_FOLLOWED;
}

static bool is_next_unit(const struct depay *depay)
{
	return depay->is_open &&
	       (depay->packet.timestamp != depay->unit.timestamp || depay->packet.is_discontinuity);
}

int depay_pull(struct depay *depay, struct depay_unit *out)
{
	if (depay->ops->unit)
		return pull_packet_unit(depay, out);
	for (;;) {
		int err = depay->is_held ? 0 : reorder_pull(depay->source, &depay->packet);
		if (err == STAGE_END && depay->is_open && close_unit(depay, out, ENDING_OPEN))
			return STAGE_OK;
		if (err)
			return err;
		depay->is_held = is_next_unit(depay);
		if (depay->is_held) {
			if (close_unit(depay, out, ending_of(&depay->packet)))
				return STAGE_OK;
			depay->is_held = false;
		}
		if (!depay->is_open)
			open_unit(depay);
		add_packet(depay);
	}
}

const struct depay_stats *depay_stats(const struct depay *depay)
{
	return &depay->stats;
}
