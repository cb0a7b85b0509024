/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See traffic.h. */
#include "bench/traffic.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"
#include "common/rtp.h"

enum {
	AUDIO_MS = 20,
	VIDEO_MS = 40,
	REPORT_MS = 500,
	KEYFRAME_MS = 4000,
	AUDIO_PAYLOAD_TYPE = 111,
	VIDEO_PAYLOAD_TYPE = 96,
	MARKER = 0x80,
};

struct feed {
	uint16_t seq[TRAFFIC_RTCP]; /* of audio and video */
	unsigned picture_bits;      /* of the video rate, left over from earlier pictures */
};

struct traffic {
	unsigned streams;
	unsigned video_bps;
	struct feed *feeds;
	uint8_t audio[TRAFFIC_PACKET_MAX];
	uint8_t video[TRAFFIC_PACKET_MAX];
	uint8_t report[TRAFFIC_PACKET_MAX];
};

struct traffic *traffic_create(unsigned streams, unsigned video_bps)
{
	struct traffic *traffic = g_new0(struct traffic, 1);
	traffic->streams = streams;
	traffic->video_bps = video_bps;
	traffic->feeds = g_new0(struct feed, streams);
	for (size_t i = 0; i < TRAFFIC_PACKET_MAX; i++)
		traffic->audio[i] = traffic->video[i] = (uint8_t)(i * 7);
	traffic->audio[0] = traffic->video[0] = RTP_VERSION << 6;
	traffic->report[0] = RTP_VERSION << 6;
	traffic->report[1] = 200; /* a sender report */
	bytes_put_u16(traffic->report + 2, TRAFFIC_REPORT_SIZE / 4 - 1);
	return traffic;
}

void traffic_destroy(struct traffic *traffic)
{
	if (traffic == NULL)
		return;
	g_free(traffic->feeds);
	g_free(traffic);
}

double traffic_rate(unsigned video_bps)
{
	return 1000.0 / AUDIO_MS + video_bps / (8.0 * TRAFFIC_VIDEO_SIZE);
}

/* Streams have different phases, so that a tick's load is even. */
static bool is_due(unsigned ms, unsigned stream, unsigned interval_ms)
{
	return (ms + stream * 7) % interval_ms == 0;
}

static void put_header(uint8_t *packet, const struct traffic_packet *what, uint16_t seq,
	uint32_t timestamp, uint8_t type)
{
	packet[1] = type;
	bytes_put_u16(packet + 2, seq);
	bytes_put_u32(packet + 4, timestamp);
	bytes_put_u32(packet + 8, what->stream * TRAFFIC_KINDS + what->kind + 1);
}

static void send_audio(
	struct traffic *traffic, unsigned stream, unsigned ms, traffic_fn fn, void *ctx)
{
	struct traffic_packet packet = {stream, TRAFFIC_AUDIO, traffic->audio, TRAFFIC_AUDIO_SIZE};
	uint16_t seq = traffic->feeds[stream].seq[TRAFFIC_AUDIO]++;
	put_header(packet.data, &packet, seq, ms * 48, AUDIO_PAYLOAD_TYPE);
	fn(&packet, ctx);
}

/* RFC 7741 §4.2: the descriptor; RFC 6386 §9.1: the tag of a keyframe, start code and size. */
static void put_picture_start(uint8_t *payload, bool is_first, bool is_keyframe)
{
	static const uint8_t START[] = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};
	memcpy(payload, START, sizeof START);
	payload[0] = is_first ? 0x10 : 0;
	payload[1] |= is_keyframe ? 0 : 1;
}

static void send_picture(
	struct traffic *traffic, unsigned stream, unsigned ms, traffic_fn fn, void *ctx)
{
	enum {
		BITS = TRAFFIC_VIDEO_SIZE * 8
	};
	struct traffic_packet packet = {stream, TRAFFIC_VIDEO, traffic->video, TRAFFIC_VIDEO_SIZE};
	struct feed *feed = &traffic->feeds[stream];
	bool is_keyframe = ms % KEYFRAME_MS < VIDEO_MS;
	feed->picture_bits += traffic->video_bps / (1000 / VIDEO_MS);
	for (bool is_first = true; feed->picture_bits >= BITS; is_first = false) {
		feed->picture_bits -= BITS;
		bool is_last = feed->picture_bits < BITS;
		put_header(packet.data, &packet, feed->seq[TRAFFIC_VIDEO]++, ms * 90,
			VIDEO_PAYLOAD_TYPE | (is_last ? MARKER : 0));
		put_picture_start(packet.data + RTP_HEADER_SIZE, is_first, is_keyframe);
		fn(&packet, ctx);
	}
}

static void send_report(
	struct traffic *traffic, unsigned stream, unsigned ms, traffic_fn fn, void *ctx)
{
	struct traffic_packet packet = {stream, TRAFFIC_RTCP, traffic->report, TRAFFIC_REPORT_SIZE};
	bytes_put_u32(packet.data + 4, stream * TRAFFIC_KINDS + TRAFFIC_VIDEO + 1);
	bytes_put_u32(packet.data + 16, ms * 90);
	fn(&packet, ctx);
}

void traffic_tick(struct traffic *traffic, unsigned ms, traffic_fn fn, void *ctx)
{
	for (unsigned stream = 0; stream < traffic->streams; stream++) {
		if (is_due(ms, stream, AUDIO_MS))
			send_audio(traffic, stream, ms, fn, ctx);
		if (is_due(ms, stream, VIDEO_MS))
			send_picture(traffic, stream, ms, fn, ctx);
		if (is_due(ms, stream, REPORT_MS))
			send_report(traffic, stream, ms, fn, ctx);
	}
}
