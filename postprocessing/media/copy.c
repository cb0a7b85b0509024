/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copying: a queue of two packets, the one that waits for its duration and the next.
 */
#include "postprocessing/media/copy.h"

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>

enum {
	VIDEO_CLOCK = 90000 /* of RTP, so that times survive unrounded */
};

struct copy {
	struct transform base;
	AVPacket *held; /* blank, or waiting for its duration */
	AVPacket *next; /* blank, or what was just pushed */
	int64_t last_duration;
	bool is_ended;
};

static int push(struct transform *base, const struct transform_unit *unit, struct fault *fault)
{
	struct copy *copy = (struct copy *)base;
	int err = transform_packet(copy->next, unit);
	if (err < 0)
		return fault_set_av(fault, FAULT_OUTPUT, err, "copying");
	av_packet_rescale_ts(copy->next, TRANSFORM_US, base->time_base);
	return 0;
}

static int end(struct transform *base, struct fault *fault)
{
	(void)fault;
	((struct copy *)base)->is_ended = true;
	return 0;
}

/* The time to the next packet where there is one, else as long as the last had. */
static void set_duration(struct copy *copy)
{
	AVPacket *held = copy->held;
	if (held->duration > 0)
		return;
	if (copy->next->buf != NULL && copy->next->pts > held->pts)
		copy->last_duration = copy->next->pts - held->pts;
	held->duration = copy->last_duration;
}

static int pull(struct transform *base, AVPacket *packet, struct fault *fault)
{
	(void)fault;
	struct copy *copy = (struct copy *)base;
	bool has_held = copy->held->buf != NULL;
	bool has_next = copy->next->buf != NULL;
	if (!has_held && !has_next)
		return copy->is_ended ? STAGE_END : STAGE_AGAIN;
	if (has_held && !has_next && !copy->is_ended)
		return STAGE_AGAIN;
	if (has_held) {
		set_duration(copy);
		av_packet_move_ref(packet, copy->held);
	}
	if (has_next)
		av_packet_move_ref(copy->held, copy->next);
	return has_held ? STAGE_OK : STAGE_AGAIN;
}

static void destroy(struct transform *base)
{
	struct copy *copy = (struct copy *)base;
	av_packet_free(&copy->held);
	av_packet_free(&copy->next);
	avcodec_parameters_free(&base->parameters);
	g_free(copy);
}

static const struct transform_ops ops = {push, end, pull, destroy};

int copy_create(struct transform **out, const AVCodecParameters *parameters, struct fault *fault)
{
	struct copy *copy = g_new0(struct copy, 1);
	bool is_audio = parameters->codec_type == AVMEDIA_TYPE_AUDIO;
	copy->base.ops = &ops;
	copy->base.time_base = av_make_q(1, is_audio ? parameters->sample_rate : VIDEO_CLOCK);
	copy->base.parameters = avcodec_parameters_alloc();
	copy->held = av_packet_alloc();
	copy->next = av_packet_alloc();
	int err = AVERROR(ENOMEM);
	if (copy->base.parameters != NULL && copy->held != NULL && copy->next != NULL)
		err = avcodec_parameters_copy(copy->base.parameters, parameters);
	if (err < 0) {
		destroy(&copy->base);
		return fault_set_av(fault, FAULT_OUTPUT, err, "copying");
	}
	*out = &copy->base;
	return 0;
}
