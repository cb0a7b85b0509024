/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Encoders and packetisers of libav, driven so that the same call gives the same media.
 */
#include "tests/postprocessing/truth_source.h"

#include <math.h>
#include <string.h>

#include <libavformat/avformat.h>
#include <libavutil/log.h>

#include "common/rtp.h"
#include "tests/postprocessing/truth_av1.h"

enum {
	PICTURE_TICKS = 90000 / 25,
	RTCP_FIRST = 192, /* second byte, RFC 5761 §4: 192…223 is RTCP */
	RTCP_LAST = 223,
};

/* libx265 forgets rows of its frame filter when it is closed. Only these tests encode with it. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libx265.so";
}

void truth_quiet(void)
{
	av_log_set_level(AV_LOG_ERROR);
}

static void take_packets(struct truth *truth, AVCodecContext *encoder)
{
	AVPacket *packet = av_packet_alloc();
	while (avcodec_receive_packet(encoder, packet) == 0) {
		struct truth_unit unit = {
			.data = g_memdup2(packet->data, (gsize)packet->size),
			.len = (size_t)packet->size,
			.time = packet->pts,
			.is_keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0,
		};
		g_array_append_val(truth->units, unit);
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
}

static void encode(struct truth *truth, AVCodecContext *encoder, const AVFrame *frame)
{
	g_assert_cmpint(avcodec_send_frame(encoder, frame), ==, 0);
	take_packets(truth, encoder);
}

static struct truth *truth_new(
	const char *codec, uint32_t clock_rate, AVCodecContext *encoder, const char *options)
{
	AVDictionary *dictionary = NULL;
	av_dict_parse_string(&dictionary, options, "=", ",", 0);
	encoder->time_base = av_make_q(1, (int)clock_rate);
	encoder->thread_count = 1;
	g_assert_cmpint(avcodec_open2(encoder, encoder->codec, &dictionary), ==, 0);
	g_assert_cmpint(av_dict_count(dictionary), ==, 0);
	av_dict_free(&dictionary);
	struct truth *truth = g_new0(struct truth, 1);
	truth->codec = codec;
	truth->clock_rate = clock_rate;
	truth->units = g_array_new(FALSE, TRUE, sizeof(struct truth_unit));
	truth->parameters = avcodec_parameters_alloc();
	avcodec_parameters_from_context(truth->parameters, encoder);
	return truth;
}

/* A texture that moves, so that pictures differ and are larger than a packet. */
static void paint(AVFrame *frame, int index)
{
	for (int y = 0; y < frame->height; y++)
		for (int x = 0; x < frame->width; x++)
			frame->data[0][y * frame->linesize[0] + x] =
				(uint8_t)(((x + 3 * index) ^ (y + index)) + x * y / 64);
	for (int plane = 1; plane < 3; plane++)
		for (int y = 0; y < (frame->height + 1) / 2; y++)
			memset(frame->data[plane] + y * frame->linesize[plane],
				(y + 5 * index * plane) & 0xff, (size_t)(frame->width + 1) / 2);
}

/* Encoders at speed, in the way of a call: no picture waits for a later one. */
static const struct recipe {
	const char *codec, *encoder, *options;
} recipes[] = {
	{"vp8", "libvpx", "deadline=good,cpu-used=5,lag-in-frames=0,auto-alt-ref=0"},
	{"vp9", "libvpx-vp9", "deadline=realtime,cpu-used=8,lag-in-frames=0,auto-alt-ref=0"},
	{"av1", "libaom-av1", "usage=realtime,cpu-used=8,lag-in-frames=0,row-mt=0"},
	{"h265", "libx265",
		"preset=ultrafast,tune=zerolatency,x265-params=log-level=none:repeat-headers=1:"
		"bframes=0:keyint=1000:scenecut=0:frame-threads=1"},
	{"h264", "libx264", "preset=ultrafast,tune=zerolatency,profile=baseline"},
};

static const struct recipe *find_recipe(const char *codec)
{
	size_t i = 0;
	while (strcmp(recipes[i].codec, codec) != 0)
		g_assert_cmpuint(++i, <, G_N_ELEMENTS(recipes));
	return &recipes[i];
}

struct truth *truth_video(const char *codec, int width, int height, int count, int gop)
{
	const struct recipe *recipe = find_recipe(codec);
	AVCodecContext *encoder =
		avcodec_alloc_context3(avcodec_find_encoder_by_name(recipe->encoder));
	encoder->width = width;
	encoder->height = height;
	encoder->pix_fmt = AV_PIX_FMT_YUV420P;
	encoder->bit_rate = 600000;
	encoder->gop_size = gop;
	encoder->ticks_per_frame = PICTURE_TICKS;
	struct truth *truth = truth_new(codec, 90000, encoder, recipe->options);
	AVFrame *frame = av_frame_alloc();
	frame->width = width;
	frame->height = height;
	frame->format = encoder->pix_fmt;
	g_assert_cmpint(av_frame_get_buffer(frame, 0), ==, 0);
	for (int i = 0; i < count; i++) {
		g_assert_cmpint(av_frame_make_writable(frame), ==, 0);
		paint(frame, i);
		frame->pts = (int64_t)i * PICTURE_TICKS;
		frame->pict_type = i % gop == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
		encode(truth, encoder, frame);
	}
	encode(truth, encoder, NULL);
	g_assert_cmpuint(truth->units->len, ==, (guint)count);
	av_frame_free(&frame);
	avcodec_free_context(&encoder);
	return truth;
}

static const struct voice {
	const char *codec, *encoder;
	int rate; /* of samples */
	int clock_rate;
} voices[] = {
	{"opus", "libopus", 48000, 48000},
	{"multiopus", "libopus", 48000, 48000},
	{"pcmu", "pcm_mulaw", 8000, 8000},
	{"pcma", "pcm_alaw", 8000, 8000},
	{"g722", "g722", 16000, 8000},
	{"l16", "pcm_s16be", 16000, 16000},
	{"l16-48", "pcm_s16be", 48000, 48000},
};

static const struct voice *find_voice(const char *codec)
{
	size_t i = 0;
	while (strcmp(voices[i].codec, codec) != 0)
		g_assert_cmpuint(++i, <, G_N_ELEMENTS(voices));
	return &voices[i];
}

/* A tone whose pitch rises slowly; the same in all channels. */
static void sing(AVFrame *frame, int index)
{
	int channels = frame->ch_layout.nb_channels;
	int16_t *samples = (int16_t *)(void *)frame->data[0];
	for (int n = 0; n < frame->nb_samples * channels; n++) {
		double time = (double)(index * frame->nb_samples + n / channels);
		double pitch = 2400.0 / frame->sample_rate + index * 1e-5;
		samples[n] = (int16_t)(9000 * sin(time * pitch));
	}
}

struct truth *truth_sound(const char *codec, int channels, int ms, int count)
{
	const struct voice *voice = find_voice(codec);
	const AVCodec *found = avcodec_find_encoder_by_name(voice->encoder);
	AVCodecContext *encoder = avcodec_alloc_context3(found);
	encoder->sample_rate = voice->rate;
	encoder->sample_fmt = AV_SAMPLE_FMT_S16;
	encoder->frame_size = voice->rate * ms / 1000;
	av_channel_layout_default(&encoder->ch_layout, channels);
	bool is_opus = found->id == AV_CODEC_ID_OPUS;
	if (is_opus)
		encoder->bit_rate = 32000;
	g_autofree char *options =
		is_opus ? g_strdup_printf("application=voip,frame_duration=%d", ms) : g_strdup("");
	struct truth *truth = truth_new(codec, (uint32_t)voice->clock_rate, encoder, options);
	AVFrame *frame = av_frame_alloc();
	frame->nb_samples = voice->rate * ms / 1000;
	frame->format = encoder->sample_fmt;
	frame->sample_rate = voice->rate;
	av_channel_layout_copy(&frame->ch_layout, &encoder->ch_layout);
	g_assert_cmpint(av_frame_get_buffer(frame, 0), ==, 0);
	for (int i = 0; i < count; i++) {
		g_assert_cmpint(av_frame_make_writable(frame), ==, 0);
		sing(frame, i);
		frame->pts = (int64_t)i * voice->clock_rate * ms / 1000;
		encode(truth, encoder, frame);
	}
	/* The encoder's own delay would add a packet and shift times: neither is wanted. */
	for (guint i = 0; i < truth->units->len; i++)
		g_array_index(truth->units, struct truth_unit, i).time =
			(int64_t)i * voice->clock_rate * ms / 1000;
	av_frame_free(&frame);
	avcodec_free_context(&encoder);
	return truth;
}

struct truth *truth_audio(int channels, int count)
{
	return truth_sound("opus", channels, 20, count);
}

static void append(struct truth *truth, const struct truth_unit *unit)
{
	int64_t pace = truth_unit(truth, 1)->time - truth_unit(truth, 0)->time;
	struct truth_unit copy = *unit;
	copy.data = g_memdup2(unit->data, unit->len);
	copy.time = (int64_t)truth->units->len * pace;
	g_array_append_val(truth->units, copy);
}

void truth_append(struct truth *truth, const struct truth *more)
{
	for (guint i = 0; i < more->units->len; i++)
		append(truth, truth_unit(more, i));
}

void truth_repeat(struct truth *truth, int times)
{
	guint count = truth->units->len;
	for (guint i = 0; i < count * (guint)(times - 1); i++) {
		struct truth_unit unit = *truth_unit(truth, i % count);
		append(truth, &unit);
	}
}

void truth_free(struct truth *truth)
{
	for (guint i = 0; i < truth->units->len; i++)
		g_free(g_array_index(truth->units, struct truth_unit, i).data);
	g_array_unref(truth->units);
	avcodec_parameters_free(&truth->parameters);
	g_free(truth);
}

const struct truth_unit *truth_unit(const struct truth *truth, size_t index)
{
	return &g_array_index(truth->units, struct truth_unit, index);
}

struct packetiser {
	GArray *packets;
	size_t unit;
};

/* The muxer flushes once a packet; its own sender reports are left out. */
static int write_packet(void *opaque, uint8_t *data, int len)
{
	struct packetiser *to = opaque;
	if (data[1] >= RTCP_FIRST && data[1] <= RTCP_LAST)
		return len;
	struct truth_packet packet = {.len = (size_t)len, .unit = to->unit};
	g_assert_cmpint(len, <=, TRUTH_MTU);
	memcpy(packet.data, data, packet.len);
	g_array_append_val(to->packets, packet);
	return len;
}

static AVFormatContext *open_packetiser(struct packetiser *to, const struct truth *truth)
{
	AVFormatContext *context = NULL;
	avformat_alloc_output_context2(&context, NULL, "rtp", NULL);
	uint8_t *buffer = av_malloc(TRUTH_MTU);
	context->pb = avio_alloc_context(buffer, TRUTH_MTU, 1, to, NULL, write_packet, NULL);
	context->pb->max_packet_size = TRUTH_MTU;
	context->packet_size = TRUTH_MTU;
	AVStream *stream = avformat_new_stream(context, NULL);
	avcodec_parameters_copy(stream->codecpar, truth->parameters);
	stream->time_base = av_make_q(1, (int)truth->clock_rate);
	context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL; /* VP9 */
	g_assert_cmpint(avformat_write_header(context, NULL), >=, 0);
	return context;
}

static void packetise_by_libav(struct packetiser *to, const struct truth *truth)
{
	AVFormatContext *context = open_packetiser(to, truth);
	AVPacket *packet = av_packet_alloc();
	for (; to->unit < truth->units->len; to->unit++) {
		const struct truth_unit *unit = truth_unit(truth, to->unit);
		av_new_packet(packet, (int)unit->len);
		memcpy(packet->data, unit->data, unit->len);
		packet->pts = packet->dts = unit->time;
		g_assert_cmpint(av_write_frame(context, packet), >=, 0);
		av_packet_unref(packet);
	}
	av_write_trailer(context);
	av_packet_free(&packet);
	av_freep(&context->pb->buffer);
	avio_context_free(&context->pb);
	avformat_free_context(context);
}

/* A packet each, however large. */
static void packetise_sound(struct packetiser *to, const struct truth *truth)
{
	for (guint i = 0; i < truth->units->len; i++) {
		const struct truth_unit *unit = truth_unit(truth, i);
		struct truth_packet packet = {.data = {RTP_VERSION << 6, 96},
			.len = RTP_HEADER_SIZE + unit->len,
			.unit = i};
		g_assert_cmpuint(packet.len, <=, sizeof packet.data);
		memcpy(packet.data + RTP_HEADER_SIZE, unit->data, unit->len);
		g_array_append_val(to->packets, packet);
	}
}

GArray *truth_packets(const struct truth *truth, uint16_t seq, uint32_t timestamp, uint32_t ssrc)
{
	struct packetiser to = {g_array_new(FALSE, FALSE, sizeof(struct truth_packet)), 0};
	if (truth->parameters->codec_type == AVMEDIA_TYPE_AUDIO)
		packetise_sound(&to, truth);
	else if (strcmp(truth->codec, "av1") == 0)
		for (size_t i = 0; i < truth->units->len; i++)
			truth_av1_packets(to.packets, truth_unit(truth, i), i);
	else
		packetise_by_libav(&to, truth);
	for (guint i = 0; i < to.packets->len; i++) {
		struct truth_packet *made = &g_array_index(to.packets, struct truth_packet, i);
		int64_t time = truth_unit(truth, made->unit)->time;
		rtp_rewrite(made->data, (uint16_t)(seq + i), timestamp + (uint32_t)time, ssrc);
	}
	return to.packets;
}
