/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decoding by libavcodec, strict: a complaint of a decoder fails the test.
 */
#include "tests/postprocessing/truth_decode.h"

#include <math.h>
#include <string.h>

#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/samplefmt.h>

static void sum_picture(struct truth_frame *out, const AVFrame *frame, GChecksum *checksum)
{
	int size = av_image_get_buffer_size(frame->format, frame->width, frame->height, 1);
	g_autofree uint8_t *pixels = g_malloc((gsize)size);
	av_image_copy_to_buffer(pixels, size, (const uint8_t *const *)frame->data, frame->linesize,
		frame->format, frame->width, frame->height, 1);
	g_checksum_update(checksum, pixels, size);
	out->width = frame->width;
	out->height = frame->height;
}

static double sample_at(const AVFrame *frame, int channel, int index)
{
	int channels = frame->ch_layout.nb_channels;
	const void *data = frame->extended_data[0];
	if (frame->format == AV_SAMPLE_FMT_S16)
		return ((const int16_t *)data)[index * channels + channel] / 32768.0;
	const void *plane = frame->extended_data[channel];
	if (frame->format == AV_SAMPLE_FMT_S16P)
		return ((const int16_t *)plane)[index] / 32768.0;
	g_assert_cmpint(frame->format, ==, AV_SAMPLE_FMT_FLTP);
	return (double)((const float *)plane)[index];
}

static void sum_sound(struct truth_frame *out, const AVFrame *frame, GChecksum *checksum)
{
	double energy = 0;
	out->channels = frame->ch_layout.nb_channels;
	for (int c = 0; c < out->channels; c++) {
		for (int i = 0; i < frame->nb_samples; i++) {
			double sample = sample_at(frame, c, i);
			g_checksum_update(checksum, (const guchar *)&sample, sizeof sample);
			energy += sample * sample;
		}
	}
	out->samples = frame->nb_samples;
	out->rate = frame->sample_rate;
	out->loudness = sqrt(energy / (frame->nb_samples * out->channels));
}

static void take_frames(GArray *frames, AVCodecContext *decoder)
{
	AVFrame *frame = av_frame_alloc();
	while (avcodec_receive_frame(decoder, frame) == 0) {
		g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_MD5);
		struct truth_frame out = {.pts_us = frame->pts};
		if (decoder->codec_type == AVMEDIA_TYPE_VIDEO)
			sum_picture(&out, frame, checksum);
		else
			sum_sound(&out, frame, checksum);
		g_strlcpy(out.md5, g_checksum_get_string(checksum), sizeof out.md5);
		g_array_append_val(frames, out);
		av_frame_unref(frame);
	}
	av_frame_free(&frame);
}

static AVCodecContext *open_decoder(const AVCodecParameters *parameters)
{
	AVCodecContext *decoder =
		avcodec_alloc_context3(avcodec_find_decoder(parameters->codec_id));
	g_assert_cmpint(avcodec_parameters_to_context(decoder, parameters), >=, 0);
	decoder->pkt_timebase = av_make_q(1, 1000000);
	decoder->err_recognition = AV_EF_EXPLODE;
	g_assert_cmpint(avcodec_open2(decoder, NULL, NULL), ==, 0);
	return decoder;
}

static void decode(GArray *frames, AVCodecContext *decoder, const AVPacket *packet)
{
	g_assert_cmpint(avcodec_send_packet(decoder, packet), ==, 0);
	take_frames(frames, decoder);
}

GArray *truth_decode_file(const char *path, enum AVMediaType kind)
{
	AVFormatContext *context = NULL;
	g_assert_cmpint(avformat_open_input(&context, path, NULL, NULL), ==, 0);
	g_assert_cmpint(avformat_find_stream_info(context, NULL), >=, 0);
	int index = av_find_best_stream(context, kind, -1, -1, NULL, 0);
	g_assert_cmpint(index, >=, 0);
	const AVStream *stream = context->streams[index];
	AVCodecContext *decoder = open_decoder(stream->codecpar);
	GArray *frames = g_array_new(FALSE, FALSE, sizeof(struct truth_frame));
	AVPacket *packet = av_packet_alloc();
	while (av_read_frame(context, packet) == 0) {
		if (packet->stream_index == index) {
			av_packet_rescale_ts(packet, stream->time_base, decoder->pkt_timebase);
			decode(frames, decoder, packet);
		}
		av_packet_unref(packet);
	}
	decode(frames, decoder, NULL);
	av_packet_free(&packet);
	avcodec_free_context(&decoder);
	avformat_close_input(&context);
	return frames;
}

GArray *truth_decode_units(const struct truth *truth)
{
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	avcodec_parameters_copy(parameters, truth->parameters);
	/* An Opus header of the encoder's would make the decoder skip the encoder's delay. */
	if (parameters->codec_type == AVMEDIA_TYPE_AUDIO) {
		av_freep(&parameters->extradata);
		parameters->extradata_size = 0;
		parameters->initial_padding = 0;
	}
	AVCodecContext *decoder = open_decoder(parameters);
	GArray *frames = g_array_new(FALSE, FALSE, sizeof(struct truth_frame));
	AVPacket *packet = av_packet_alloc();
	for (guint i = 0; i < truth->units->len; i++) {
		const struct truth_unit *unit = truth_unit(truth, i);
		g_assert_cmpint(av_new_packet(packet, (int)unit->len), ==, 0);
		memcpy(packet->data, unit->data, unit->len);
		packet->pts = av_rescale(unit->time, 1000000, truth->clock_rate);
		decode(frames, decoder, packet);
		av_packet_unref(packet);
	}
	decode(frames, decoder, NULL);
	av_packet_free(&packet);
	avcodec_parameters_free(&parameters);
	avcodec_free_context(&decoder);
	return frames;
}

const struct truth_frame *truth_frame(const GArray *frames, guint index)
{
	g_assert_cmpuint(index, <, frames->len);
	return &g_array_index(frames, struct truth_frame, index);
}

void truth_assert_same(const GArray *a, guint first_a, const GArray *b, guint first_b, guint count)
{
	for (guint i = 0; i < count; i++)
		g_assert_cmpstr(
			truth_frame(a, first_a + i)->md5, ==, truth_frame(b, first_b + i)->md5);
}
