/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps the books of one track: what the manifest says of its frames.
 *
 * Fed with every frame that has reached the disk, in file order. Thread: writer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/manifest.h"
#include "common/mjr.h"
#include "recording/sequence.h"

struct rtp_packet;

struct account {
	const struct codec *codec; /* static */
	uint32_t ssrc;             /* of the first packet */
	/* The part in hand: packets, times, sequence numbers and timestamps. */
	struct manifest_part part;
	uint64_t packets; /* of all parts */
	uint64_t keyframes;
	struct sequence sequence;

	/* private */
	int64_t origin_us;
	bool has_packet;
	bool is_after_pause;
	bool has_keyframe;
	uint32_t last_ssrc;
	uint32_t keyframe_timestamp;
	bool is_at_joint;      /* nothing newer than the part before has come in this one */
	bool has_gap_at_joint; /* and we have dropped some between */
	uint16_t joint[2];     /* the numbers between which the parts meet */
};

void account_init(struct account *account, const struct codec *codec);

/* The frames that follow belong to a new part. Their times count from `origin_us` (wall clock). */
void account_begin_part(struct account *account, int64_t origin_us);

void account_frame(struct account *account, const struct mjr_frame *frame);

/* Whether this packet, not entered yet, is of a keyframe of which none was entered either. */
bool account_is_new_keyframe(const struct account *account, const struct rtp_packet *packet);

/* Between two frames we dropped some ourselves: they are not lost. */
void account_gap(struct account *account, const struct manifest_gap *gap);

/* Whether the gap lies between what was entered last and this frame, which was not entered yet. */
bool account_is_gap_before(const struct account *account, const struct manifest_gap *gap,
	const struct mjr_frame *frame);

/* When the frame arrived: wall clock. */
int64_t account_arrival_us(const struct account *account, const struct mjr_frame *frame);

/* Before the next frame nothing was recorded for a while: what is missing there is not lost. */
void account_pause(struct account *account);

/* A frame that came, and that no disk took: it is not lost, either. */
void account_left_behind(struct account *account, const struct mjr_frame *frame);

/* Fills in the members of `out` that the frames decide. */
void account_report(struct manifest_quality *out, const struct account *account);
