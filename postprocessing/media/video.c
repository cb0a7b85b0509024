/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decoder → picture of the right size → encoder. The codecs run on all cores;
 * their settings are those whose result does not depend on how fast they ran.
 */
#include "postprocessing/media/video.h"

#include <errno.h>

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>

#include "postprocessing/media/picture.h"

enum {
	VIDEO_CLOCK = 90000,
	USUAL_FRAME = VIDEO_CLOCK / 30,
	GOP = 250,                     /* pictures from keyframe to keyframe, for seeking */
	VP8_BITS_PER_MACROBLOCK = 768, /* a second; 640×360 gets 0.7 Mbit/s at most */
	VP8_THREADS_MAX = 16,
};

struct video {
	struct transform base;
	AVCodecContext *decoder, *encoder;
	struct picture *picture;
	AVPacket *packet;
	AVFrame *frame;
	int64_t last_pts; /* given to the encoder */
	int64_t interval; /* between the last two pictures */
};

/* Gives the encoder its next picture, or the end. A stage's result, or libav's error. */
static int feed_encoder(struct video *video)
{
	AVFrame *frame = video->frame;
	int err = avcodec_receive_frame(video->decoder, frame);
	if (err == AVERROR_EOF)
		return avcodec_send_frame(video->encoder, NULL);
	if (err == AVERROR(EAGAIN))
		return STAGE_AGAIN;
	if (err < 0) {
		video->base.stats.undecodable++;
		return 0;
	}
	bool was_scaled = false;
	if ((err = picture_fit(video->picture, frame, &was_scaled)) < 0)
		return err;
	video->base.stats.rescaled += was_scaled;
	int64_t pts = av_rescale_q(frame->pts, TRANSFORM_US, video->base.time_base);
	frame->pts = FFMAX(pts, video->last_pts + 1);
	if (video->last_pts >= 0)
		video->interval = frame->pts - video->last_pts;
	video->last_pts = frame->pts;
	frame->pict_type = AV_PICTURE_TYPE_NONE; /* the encoder's to choose */
	err = avcodec_send_frame(video->encoder, frame);
	av_frame_unref(frame);
	return err;
}

static int pull(struct transform *base, AVPacket *packet, struct fault *fault)
{
	struct video *video = (struct video *)base;
	for (;;) {
		int err = avcodec_receive_packet(video->encoder, packet);
		/* The last picture must last, or players leave it out. */
		if (err == 0 && packet->duration == 0)
			packet->duration = video->interval;
		if (err != AVERROR(EAGAIN))
			return transform_result(err, fault);
		if ((err = feed_encoder(video)) < 0)
			return transform_result(err, fault);
	}
}

static int push(struct transform *base, const struct transform_unit *unit, struct fault *fault)
{
	struct video *video = (struct video *)base;
	int err = transform_packet(video->packet, unit);
	if (err < 0)
		return fault_set_av(fault, FAULT_OUTPUT, err, "decoding");
	if (avcodec_send_packet(video->decoder, video->packet) < 0)
		base->stats.undecodable++;
	av_packet_unref(video->packet);
	return 0;
}

static int end(struct transform *base, struct fault *fault)
{
	(void)fault;
	avcodec_send_packet(((struct video *)base)->decoder, NULL);
	return 0;
}

static void destroy(struct transform *base)
{
	struct video *video = (struct video *)base;
	avcodec_free_context(&video->decoder);
	avcodec_free_context(&video->encoder);
	picture_destroy(video->picture);
	av_packet_free(&video->packet);
	av_frame_free(&video->frame);
	avcodec_parameters_free(&base->parameters);
	g_free(video);
}

static const struct transform_ops ops = {push, end, pull, destroy};

static int open_decoder(struct video *video, const AVCodecParameters *parameters)
{
	const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
	if (codec == NULL)
		return AVERROR_DECODER_NOT_FOUND;
	video->decoder = avcodec_alloc_context3(codec);
	if (video->decoder == NULL)
		return AVERROR(ENOMEM);
	int err = avcodec_parameters_to_context(video->decoder, parameters);
	if (err < 0)
		return err;
	video->decoder->pkt_timebase = TRANSFORM_US;
	video->decoder->thread_count = 0;
	return avcodec_open2(video->decoder, codec, NULL);
}

static void tune_h264(AVCodecContext *encoder)
{
	av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
	if (encoder->bit_rate == 0)
		av_opt_set(encoder->priv_data, "crf", "23", 0);
}

/*
 * libvpx's real-time mode looks at the clock; "good" does not. Constant quality needs a ceiling
 * there. Without a usual duration the first picture would be thought 90000 a second's share.
 */
static void tune_vp8(AVCodecContext *encoder)
{
	av_opt_set(encoder->priv_data, "deadline", "good", 0);
	av_opt_set(encoder->priv_data, "cpu-used", "4", 0);
	if (encoder->bit_rate == 0) {
		av_opt_set(encoder->priv_data, "crf", "10", 0);
		encoder->bit_rate =
			(int64_t)encoder->width * encoder->height / 256 * VP8_BITS_PER_MACROBLOCK;
	}
	encoder->ticks_per_frame = USUAL_FRAME;
	encoder->thread_count = FFMIN((int)g_get_num_processors(), VP8_THREADS_MAX);
}

static int open_encoder(struct video *video, const AVCodecParameters *parameters,
	const struct video_options *options)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(options->to->encoder);
	if (codec == NULL)
		return AVERROR_ENCODER_NOT_FOUND;
	video->encoder = avcodec_alloc_context3(codec);
	if (video->encoder == NULL)
		return AVERROR(ENOMEM);
	AVCodecContext *encoder = video->encoder;
	encoder->width = (parameters->width + 1) & ~1;
	encoder->height = (parameters->height + 1) & ~1;
	encoder->pix_fmt = AV_PIX_FMT_YUV420P;
	encoder->time_base = av_make_q(1, VIDEO_CLOCK);
	encoder->bit_rate = options->bitrate;
	encoder->gop_size = GOP;
	encoder->thread_count = 0;
	encoder->flags |= AV_CODEC_FLAG_BITEXACT;
	if (options->has_global_header)
		encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	if (options->to->id == AV_CODEC_ID_H264)
		tune_h264(encoder);
	else
		tune_vp8(encoder);
	int err = avcodec_open2(encoder, codec, NULL);
	if (err < 0)
		return err;
	video->picture = picture_create(encoder->width, encoder->height, encoder->pix_fmt);
	video->base.time_base = encoder->time_base;
	video->base.parameters = avcodec_parameters_alloc();
	if (video->base.parameters == NULL)
		return AVERROR(ENOMEM);
	return avcodec_parameters_from_context(video->base.parameters, encoder);
}

int video_create(struct transform **out, const AVCodecParameters *parameters,
	const struct video_options *options, struct fault *fault)
{
	struct video *video = g_new0(struct video, 1);
	video->base.ops = &ops;
	video->last_pts = -1;
	video->interval = USUAL_FRAME;
	video->packet = av_packet_alloc();
	video->frame = av_frame_alloc();
	const char *step = "allocating";
	int err = AVERROR(ENOMEM);
	if (video->packet == NULL || video->frame == NULL)
		goto fail;
	step = "opening the video decoder";
	if ((err = open_decoder(video, parameters)) < 0)
		goto fail;
	step = "opening the video encoder";
	if ((err = open_encoder(video, parameters, options)) < 0)
		goto fail;
	*out = &video->base;
	return 0;
fail:
	destroy(&video->base);
	return fault_set_av(fault, FAULT_OUTPUT, err, step);
}
