/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens to one track between its access units and the output file: they
 * are copied (copy.h), or decoded and encoded again (audio.h, video.h).
 *
 * A stage that is pushed and pulled: push one unit, then pull until STAGE_AGAIN;
 * after transform_end(), pull until STAGE_END. A unit that cannot be decoded is
 * counted and passed over, it is no error. Nothing is kept but what the codecs
 * themselves hold back: memory does not grow with the length of the track.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <libavutil/rational.h>

#include "common/bytes.h"
#include "postprocessing/core/stage.h"
#include "postprocessing/media/fault.h"

struct transform_unit {
	struct bytes data;   /* borrowed during the push */
	int64_t pts_us;      /* in the output's time */
	int64_t duration_us; /* 0: unknown */
	bool is_keyframe;
};

struct transform_stats {
	uint64_t undecodable; /* units that the decoder refused */
	int64_t silence_us;   /* put into gaps of audio */
	int64_t trimmed_us;   /* of audio that overlapped what was there */
	uint64_t rescaled;    /* pictures of another size than the output's */
};

struct transform;

struct transform_ops {
	int (*push)(struct transform *, const struct transform_unit *, struct fault *);
	int (*end)(struct transform *, struct fault *);
	int (*pull)(struct transform *, AVPacket *, struct fault *);
	void (*destroy)(struct transform *);
};

/* The first member of each implementation's struct. */
struct transform {
	const struct transform_ops *ops;
	AVCodecParameters *parameters; /* of the packets that come out; owned */
	AVRational time_base;          /* of their times */
	struct transform_stats stats;
};

static inline int transform_push(
	struct transform *transform, const struct transform_unit *unit, struct fault *fault)
{
	return transform->ops->push(transform, unit, fault);
}

static inline int transform_end(struct transform *transform, struct fault *fault)
{
	return transform->ops->end(transform, fault);
}

/* STAGE_OK: `packet`, blank before, is the caller's to unreference. */
static inline int transform_pull(struct transform *transform, AVPacket *packet, struct fault *fault)
{
	return transform->ops->pull(transform, packet, fault);
}

static inline void transform_destroy(struct transform *transform)
{
	if (transform != NULL)
		transform->ops->destroy(transform);
}

/* The time of struct transform_unit, as libav writes it. */
static const AVRational TRANSFORM_US = {1, 1000000};

/* A new packet with a copy of the unit, in TRANSFORM_US. 0 or libav's error. */
int transform_packet(AVPacket *packet, const struct transform_unit *unit);

/* avcodec_receive_packet()'s result as a stage's; the encoder's errors go to `fault`. */
int transform_result(int err, struct fault *fault);
