/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Media whose every unit is known: synthetic pictures and tones, encoded once,
 * and the RTP packets that carry them (made by libavformat's muxer, so that
 * our depacketisers meet somebody else's packets).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>

#include "common/bytes.h"

struct truth_unit {
	uint8_t *data;
	size_t len;
	int64_t time; /* in the clock of the codec, from 0 */
	bool is_keyframe;
};

struct truth {
	const char *codec; /* as in struct codec */
	uint32_t clock_rate;
	AVCodecParameters *parameters;
	GArray *units; /* of struct truth_unit */
};

/* libav says nothing but errors. */
void truth_quiet(void);

/* Pictures at 25 a second, a keyframe every `gop`. Aborts on any failure, as all of these do. */
struct truth *truth_video(const char *codec, int width, int height, int count, int gop);

/* A tone whose pitch rises slowly, in packets of `ms`; and the usual Opus in packets of 20 ms. */
struct truth *truth_sound(const char *codec, int channels, int ms, int count);
struct truth *truth_audio(int channels, int count);

/* The units of `more` after those of `truth`, at the same pace; and the same units over again. */
void truth_append(struct truth *truth, const struct truth *more);
void truth_repeat(struct truth *truth, int times);

void truth_free(struct truth *truth);

const struct truth_unit *truth_unit(const struct truth *truth, size_t index);

enum {
	TRUTH_MTU = 600,
	TRUTH_PACKET_MAX = 6000, /* sound is not cut */
};

struct truth_packet {
	uint8_t data[TRUTH_PACKET_MAX];
	size_t len;
	size_t unit; /* index of the unit that it carries a piece of */
};

/* Sequence numbers from `seq`, timestamps from `timestamp`. An array of struct truth_packet. */
GArray *truth_packets(const struct truth *truth, uint16_t seq, uint32_t timestamp, uint32_t ssrc);
