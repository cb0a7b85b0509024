/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets that can be made again: which stream, track and place one has decides each
 * of its bytes, so that nobody needs to keep what was sent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/double/gateway.h"

enum {
	PACKET_MAX = 1200
};

struct packet {
	uint16_t len;
	uint8_t bytes[PACKET_MAX];
};

/* `kind`: SCENE_AUDIO, …; streams below 256. */
void packet_make(struct packet *out, unsigned stream, int kind, unsigned index);

/* Its RTP sequence number; 0 for data and RTCP, which have none. */
uint16_t packet_seq(int kind, unsigned index);

/* Hands it to the plugin. */
void packet_send(struct gateway_handle *handle, int kind, const struct packet *packet);

/* Which one of this track it is; false: none. */
bool packet_find(unsigned *index, unsigned stream, int kind, const void *bytes, size_t len);
