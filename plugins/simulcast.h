/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several encodings of one picture come in; one continuous RTP stream goes on.
 *
 * The best layer that is arriving is chosen. A switch happens at a keyframe of
 * the new layer; when the chosen layer falls silent, the best of the others takes
 * over. Sequence numbers go on without a hole at a switch, timestamps by the time
 * that has passed, and the SSRC is one of our own, so that a reader of the track
 * cannot tell, and takes no report on another layer for one on the track.
 *
 * Layers are told apart by SSRC: known from the offer, or learnt from the RTP
 * stream id (RFC 8852) that browsers send in the first packets.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/codec.h"
#include "common/rtp.h"

struct simulcast;

enum {
	SIMULCAST_LAYERS_MAX = 3, /* what the gateway supports */
	SIMULCAST_RID_SIZE = 17,
	SIMULCAST_SILENCE_US =
		250 * 1000, /* a layer that sent nothing for so long is not arriving */
};

struct simulcast_layer {
	char rid[SIMULCAST_RID_SIZE]; /* or "" */
	uint32_t ssrc;                /* 0: to be learnt */
};

struct simulcast_params {
	const struct codec *codec;
	bool is_encrypted;  /* payloads cannot be looked into: switch between any two pictures */
	uint8_t rid_ext_id; /* of the RTP stream id; 0: not negotiated */
	struct simulcast_layer layers[SIMULCAST_LAYERS_MAX]; /* worst first */
	size_t layer_count;
};

/* Reads an entry of the gateway's JSEP "simulcast" member; at most SIMULCAST_LAYERS_MAX layers. */
void simulcast_params_from_json(struct simulcast_params *out, const json_t *entry);

/* Thread: any. Never NULL. */
struct simulcast *simulcast_create(const struct simulcast_params *params);
void simulcast_destroy(struct simulcast *simulcast); /* NULL is fine */

/*
 * Media thread. False: this packet is not part of the track. True: `raw`, which `packet` is a parse
 * of, has been rewritten in place to be the next one. `now_us` is monotonic.
 */
bool simulcast_take(
	struct simulcast *simulcast, uint8_t *raw, const struct rtp_packet *packet, int64_t now_us);

/*
 * Media thread: sender reports of the layer that goes on now are made to speak of the track, in
 * place, so that its timestamps still translate to the sender's clock. All else stays as it is.
 */
void simulcast_translate(struct simulcast *simulcast, uint8_t *compound, size_t len);

/* True while a better layer arrives and waits for a keyframe. Thread: any. */
bool simulcast_wants_keyframe(const struct simulcast *simulcast);
