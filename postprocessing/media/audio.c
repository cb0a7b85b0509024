/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decoder → place in time → resampler → FIFO → encoder. Pulling drives it, one
 * frame of the encoder at a time, so that an hour of silence needs no memory.
 */
#include "postprocessing/media/audio.h"

#include <errno.h>

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/common.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>

enum {
	SILENCE_SAMPLES = 1024, /* filled in at once */
	FREE_FRAME_SIZE = 1024, /* for encoders that take any */
	/*
	 * From here on libavcodec's "fast" search is the better of its two, and takes a quarter of
	 * the time. Its own choice of a bit rate is above.
	 */
	AAC_LOW_BITRATE = 64000,
	STRETCH_FROM_US = 1000, /* less cannot be heard, and is within what is measured */
	STRETCH_SHARE = 1000,   /* of the speed: a thousandth cannot be heard either */
};

struct audio {
	struct transform base;
	AVCodecContext *decoder, *encoder;
	SwrContext *resampler;
	AVAudioFifo *fifo;
	AVPacket *packet;   /* on its way into the decoder */
	AVFrame *decoded;   /* blank, or waiting to be resampled */
	AVFrame *silence;   /* SILENCE_SAMPLES of it, as if decoded */
	AVFrame *resampled; /* room for one conversion */
	AVFrame *chunk;     /* what the encoder gets */
	bool has_start;
	bool is_resampler_empty;
	int64_t start_us;  /* time of the first sample */
	int64_t first_pts; /* the same in the encoder's time */
	int64_t next_pts;  /* of the encoder's next frame */
	int64_t silent;    /* samples of silence due before `decoded` */
	int skip;          /* samples of `decoded` to leave out */
};

/* When the next sample that is resampled will be heard: after all that is on its way. */
static int64_t next_time_us(const struct audio *audio)
{
	int rate = audio->encoder->sample_rate;
	int64_t ahead = audio->next_pts - audio->first_pts + av_audio_fifo_size(audio->fifo) +
			swr_get_delay(audio->resampler, rate);
	return audio->start_us + av_rescale(ahead, 1000000, rate);
}

/* Small differences are the drift of two clocks: a little more or less speed takes them away. */
static int stretch(struct audio *audio, int64_t gap_us)
{
	int rate = audio->encoder->sample_rate;
	int64_t most = rate / STRETCH_SHARE;
	int64_t samples = av_rescale(gap_us, rate, 1000000);
	if (ABS(gap_us) < STRETCH_FROM_US)
		samples = 0;
	return swr_set_compensation(audio->resampler, (int)av_clip64(samples, -most, most), rate);
}

/* Where the decoded frame belongs, from its own time and from what is there already. */
static int place(struct audio *audio)
{
	const AVFrame *frame = audio->decoded;
	int rate = audio->decoder->sample_rate;
	audio->silent = 0;
	audio->skip = 0;
	if (!audio->has_start) {
		audio->has_start = true;
		audio->start_us = frame->pts;
		audio->next_pts = audio->first_pts =
			av_rescale_q(frame->pts, TRANSFORM_US, audio->base.time_base);
		return 0;
	}
	int64_t gap_us = frame->pts - next_time_us(audio);
	if (gap_us > AUDIO_TOLERANCE_US) {
		audio->silent = av_rescale(gap_us, rate, 1000000);
		audio->base.stats.silence_us += gap_us;
		gap_us = 0;
	} else if (gap_us < -AUDIO_TOLERANCE_US) {
		int64_t skip = av_rescale(-gap_us, rate, 1000000);
		audio->skip = (int)FFMIN(skip, frame->nb_samples);
		audio->base.stats.trimmed_us += av_rescale(audio->skip, 1000000, rate);
		gap_us = 0;
	}
	return stretch(audio, gap_us);
}

/* Resamples `count` samples of `frame` from `offset` into the FIFO; a NULL frame empties it. */
static int resample(struct audio *audio, const AVFrame *frame, int offset, int count)
{
	AVFrame *out = audio->resampled;
	int room = swr_get_out_samples(audio->resampler, count);
	if (room < 0)
		return room;
	if (room > out->nb_samples) {
		av_frame_unref(out);
		out->nb_samples = room;
		out->format = audio->encoder->sample_fmt;
		out->sample_rate = audio->encoder->sample_rate;
		int err = av_channel_layout_copy(&out->ch_layout, &audio->encoder->ch_layout);
		if (err < 0 || (err = av_frame_get_buffer(out, 0)) < 0)
			return err;
	}
	const uint8_t *planes[AV_NUM_DATA_POINTERS] = {NULL};
	if (frame != NULL) {
		bool is_planar = av_sample_fmt_is_planar(frame->format);
		int channels = frame->ch_layout.nb_channels;
		int step = av_get_bytes_per_sample(frame->format) * (is_planar ? 1 : channels);
		for (int i = 0; i < (is_planar ? channels : 1); i++)
			planes[i] = frame->extended_data[i] + (ptrdiff_t)offset * step;
	}
	int got = swr_convert(audio->resampler, out->extended_data, out->nb_samples,
		frame != NULL ? planes : NULL, count);
	if (got <= 0)
		return got;
	int written = av_audio_fifo_write(audio->fifo, (void **)out->extended_data, got);
	return written < 0 ? written : 0;
}

/* One step that brings samples into the FIFO: a stage's result, or libav's error. */
static int fill(struct audio *audio)
{
	AVFrame *decoded = audio->decoded;
	if (audio->silent > 0) {
		int count = (int)FFMIN(audio->silent, SILENCE_SAMPLES);
		audio->silent -= count;
		return resample(audio, audio->silence, 0, count);
	}
	if (decoded->nb_samples > 0) {
		int err = resample(audio, decoded, audio->skip, decoded->nb_samples - audio->skip);
		av_frame_unref(decoded);
		return err;
	}
	int err = avcodec_receive_frame(audio->decoder, decoded);
	if (err == 0)
		return place(audio);
	if (err == AVERROR_EOF) {
		if (audio->is_resampler_empty)
			return STAGE_END;
		audio->is_resampler_empty = true;
		return resample(audio, NULL, 0, 0);
	}
	if (err != AVERROR(EAGAIN))
		audio->base.stats.undecodable++;
	return STAGE_AGAIN;
}

/* Gives the encoder its next frame, or the end of the track. */
static int feed_encoder(struct audio *audio)
{
	int frame_size = audio->encoder->frame_size;
	if (frame_size == 0)
		frame_size = FREE_FRAME_SIZE;
	while (av_audio_fifo_size(audio->fifo) < frame_size) {
		int err = fill(audio);
		if (err == STAGE_END)
			break;
		if (err < 0)
			return err;
	}
	int count = FFMIN(av_audio_fifo_size(audio->fifo), frame_size);
	if (count == 0)
		return avcodec_send_frame(audio->encoder, NULL);
	AVFrame *chunk = audio->chunk;
	av_frame_unref(chunk);
	chunk->nb_samples = count;
	chunk->format = audio->encoder->sample_fmt;
	chunk->sample_rate = audio->encoder->sample_rate;
	int err = av_channel_layout_copy(&chunk->ch_layout, &audio->encoder->ch_layout);
	if (err < 0 || (err = av_frame_get_buffer(chunk, 0)) < 0)
		return err;
	err = av_audio_fifo_read(audio->fifo, (void **)chunk->extended_data, count);
	if (err < 0)
		return err;
	chunk->pts = audio->next_pts;
	audio->next_pts += count;
	return avcodec_send_frame(audio->encoder, chunk);
}

static int pull(struct transform *base, AVPacket *packet, struct fault *fault)
{
	struct audio *audio = (struct audio *)base;
	for (;;) {
		int err = avcodec_receive_packet(audio->encoder, packet);
		if (err != AVERROR(EAGAIN))
			return transform_result(err, fault);
		if ((err = feed_encoder(audio)) < 0)
			return transform_result(err, fault);
	}
}

static int push(struct transform *base, const struct transform_unit *unit, struct fault *fault)
{
	struct audio *audio = (struct audio *)base;
	int err = transform_packet(audio->packet, unit);
	if (err < 0)
		return fault_set_av(fault, FAULT_OUTPUT, err, "decoding");
	if (avcodec_send_packet(audio->decoder, audio->packet) < 0)
		base->stats.undecodable++;
	av_packet_unref(audio->packet);
	return 0;
}

static int end(struct transform *base, struct fault *fault)
{
	(void)fault;
	avcodec_send_packet(((struct audio *)base)->decoder, NULL);
	return 0;
}

static void destroy(struct transform *base)
{
	struct audio *audio = (struct audio *)base;
	avcodec_free_context(&audio->decoder);
	avcodec_free_context(&audio->encoder);
	swr_free(&audio->resampler);
	av_audio_fifo_free(audio->fifo);
	av_packet_free(&audio->packet);
	av_frame_free(&audio->decoded);
	av_frame_free(&audio->silence);
	av_frame_free(&audio->resampled);
	av_frame_free(&audio->chunk);
	avcodec_parameters_free(&base->parameters);
	g_free(audio);
}

static const struct transform_ops ops = {push, end, pull, destroy};

static int open_decoder(struct audio *audio, const AVCodecParameters *parameters)
{
	const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
	if (codec == NULL)
		return AVERROR_DECODER_NOT_FOUND;
	audio->decoder = avcodec_alloc_context3(codec);
	if (audio->decoder == NULL)
		return AVERROR(ENOMEM);
	int err = avcodec_parameters_to_context(audio->decoder, parameters);
	if (err < 0)
		return err;
	audio->decoder->pkt_timebase = TRANSFORM_US;
	return avcodec_open2(audio->decoder, codec, NULL);
}

static bool has_rate(const AVCodec *codec, int rate)
{
	for (const int *known = codec->supported_samplerates; known != NULL && *known != 0; known++)
		if (*known == rate)
			return true;
	return codec->supported_samplerates == NULL;
}

static int open_encoder(
	struct audio *audio, const AVCodec *codec, const struct audio_options *options)
{
	audio->encoder = avcodec_alloc_context3(codec);
	if (audio->encoder == NULL)
		return AVERROR(ENOMEM);
	AVCodecContext *encoder = audio->encoder;
	encoder->sample_rate = options->rate != 0 ? options->rate : audio->decoder->sample_rate;
	encoder->sample_fmt = codec->sample_fmts[0];
	encoder->time_base = av_make_q(1, encoder->sample_rate);
	encoder->bit_rate = options->bitrate;
	encoder->flags |= AV_CODEC_FLAG_BITEXACT;
	if (options->has_global_header)
		encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	bool is_low = options->bitrate > 0 && options->bitrate < AAC_LOW_BITRATE;
	if (codec->id == AV_CODEC_ID_AAC && !is_low)
		av_opt_set(encoder->priv_data, "aac_coder", "fast", 0);
	int err = av_channel_layout_copy(&encoder->ch_layout, &audio->decoder->ch_layout);
	if (err < 0 || (err = avcodec_open2(encoder, codec, NULL)) < 0)
		return err;
	audio->base.time_base = encoder->time_base;
	audio->base.parameters = avcodec_parameters_alloc();
	if (audio->base.parameters == NULL)
		return AVERROR(ENOMEM);
	return avcodec_parameters_from_context(audio->base.parameters, encoder);
}

static int open_resampler(struct audio *audio)
{
	AVCodecContext *from = audio->decoder, *to = audio->encoder;
	int err = swr_alloc_set_opts2(&audio->resampler, &to->ch_layout, to->sample_fmt,
		to->sample_rate, &from->ch_layout, from->sample_fmt, from->sample_rate, 0, NULL);
	/* Resample always, even to the same rate: stretch() needs it. */
	if (err < 0 ||
		(err = av_opt_set_int(audio->resampler, "flags", SWR_FLAG_RESAMPLE, 0)) < 0 ||
		(err = swr_init(audio->resampler)) < 0)
		return err;
	audio->fifo = av_audio_fifo_alloc(to->sample_fmt, to->ch_layout.nb_channels, 1);
	return audio->fifo == NULL ? AVERROR(ENOMEM) : 0;
}

static int make_frames(struct audio *audio)
{
	const AVCodecContext *decoder = audio->decoder;
	audio->packet = av_packet_alloc();
	audio->decoded = av_frame_alloc();
	audio->silence = av_frame_alloc();
	audio->resampled = av_frame_alloc();
	audio->chunk = av_frame_alloc();
	AVFrame *silence = audio->silence;
	if (audio->packet == NULL || audio->decoded == NULL || silence == NULL ||
		audio->resampled == NULL || audio->chunk == NULL)
		return AVERROR(ENOMEM);
	silence->nb_samples = SILENCE_SAMPLES;
	silence->format = decoder->sample_fmt;
	int err = av_channel_layout_copy(&silence->ch_layout, &decoder->ch_layout);
	if (err < 0 || (err = av_frame_get_buffer(silence, 0)) < 0)
		return err;
	return av_samples_set_silence(silence->extended_data, 0, SILENCE_SAMPLES,
		decoder->ch_layout.nb_channels, decoder->sample_fmt);
}

int audio_create(struct transform **out, const AVCodecParameters *parameters,
	const struct audio_options *options, struct fault *fault)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(options->to->encoder);
	if (codec == NULL)
		return fault_set(fault, FAULT_OUTPUT, -ENOTSUP, "this libavcodec has no %s encoder",
			options->to->encoder);
	if (options->rate != 0 && !has_rate(codec, options->rate))
		return fault_set(fault, FAULT_USAGE, -EINVAL, "%s cannot have a rate of %d Hz",
			options->to->name, options->rate);
	struct audio *audio = g_new0(struct audio, 1);
	audio->base.ops = &ops;
	const char *step = "opening the audio decoder";
	int err = open_decoder(audio, parameters);
	if (err < 0)
		goto fail;
	step = "opening the audio encoder";
	if ((err = open_encoder(audio, codec, options)) < 0)
		goto fail;
	step = "opening the resampler";
	if ((err = open_resampler(audio)) < 0 || (err = make_frames(audio)) < 0)
		goto fail;
	*out = &audio->base;
	return 0;
fail:
	destroy(&audio->base);
	return fault_set_av(fault, FAULT_OUTPUT, err, step);
}
