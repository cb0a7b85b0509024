/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packets of many publishers, each with Opus at 50 packets per second, VP8
 * at 25 pictures per second, and two sender reports per second. Streams are out
 * of step with each other. Thread: the caller's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum traffic_kind {
	TRAFFIC_AUDIO, /* also the m-line */
	TRAFFIC_VIDEO,
	TRAFFIC_RTCP,
	TRAFFIC_KINDS,
};

enum {
	TRAFFIC_AUDIO_SIZE = 90,
	TRAFFIC_VIDEO_SIZE = 1150,
	TRAFFIC_REPORT_SIZE = 28, /* RFC 3550 §6.4.1, without report blocks */
	TRAFFIC_PACKET_MAX = 1500,
};

struct traffic_packet {
	unsigned stream;
	enum traffic_kind kind;
	uint8_t *data; /* valid during the call, and may be edited */
	size_t len;
};

typedef void (*traffic_fn)(const struct traffic_packet *packet, void *ctx);

struct traffic;

struct traffic *traffic_create(unsigned streams, unsigned video_bps);
void traffic_destroy(struct traffic *traffic); /* NULL is fine */

/* Hands out all that is due in millisecond `ms`. To be called for each, in order. */
void traffic_tick(struct traffic *traffic, unsigned ms, traffic_fn fn, void *ctx);

/* RTP packets per second of one stream. */
double traffic_rate(unsigned video_bps);

/* The offer that goes with it. */
#define TRAFFIC_OFFER                                                                      \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"                              \
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=sendonly\r\n" \
	"a=rtpmap:111 opus/48000/2\r\n"                                                    \
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\n"  \
	"a=rtpmap:96 VP8/90000\r\n"
