/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opus: the identification header is built here (RFC 7845 §5.1). Video: libav's
 * parsers read the keyframe; they also cut the parameter sets out of it.
 */
#include "postprocessing/media/parameters.h"

#include <errno.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>

enum {
	OPUS_HEAD_SIZE = 19,
};

static int set_extradata(AVCodecParameters *parameters, const uint8_t *data, size_t len)
{
	uint8_t *copy = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE);
	if (copy == NULL)
		return AVERROR(ENOMEM);
	memcpy(copy, data, len);
	av_freep(&parameters->extradata);
	parameters->extradata = copy;
	parameters->extradata_size = (int)len;
	return 0;
}

/* Whether the fmtp has KEY=1, where KEY is not the tail of a longer key. */
static bool has_flag(const char *fmtp, const char *key)
{
	if (fmtp == NULL)
		return false;
	g_auto(GStrv) pairs = g_strsplit(fmtp, ";", -1);
	for (size_t i = 0; pairs[i] != NULL; i++) {
		const char *pair = g_strstrip(pairs[i]);
		size_t len = strlen(key);
		if (strncmp(pair, key, len) == 0 && strcmp(pair + len, "=1") == 0)
			return true;
	}
	return false;
}

enum {
	SURROUND_MAX = 8, /* channels that mapping family 1 gives a place, RFC 7845 §5.1.1.2 */
};

/* How many Opus streams there are, and which of their channels is heard where. */
struct surround {
	int streams, coupled, channels;
	uint8_t mapping[SURROUND_MAX];
};

/* Of 5.1, as browsers send it: what is meant where the fmtp says nothing. */
static const struct surround usual_surround = {4, 2, 6, {0, 4, 1, 2, 3, 5}};

static int read_number(const char *text, int most)
{
	gint64 value = g_ascii_strtoll(text, NULL, 10);
	return value >= 0 && value <= most ? (int)value : -1;
}

static void read_mapping(struct surround *out, const char *list)
{
	g_auto(GStrv) places = g_strsplit(list, ",", -1);
	out->channels = 0;
	for (size_t i = 0; places[i] != NULL && i < SURROUND_MAX; i++) {
		int place = read_number(places[i], UINT8_MAX);
		if (place >= 0)
			out->mapping[out->channels++] = (uint8_t)place;
	}
}

/* num_streams=4;coupled_streams=2;channel_mapping=0,4,1,2,3,5 */
static int read_surround(struct surround *out, const char *fmtp)
{
	*out = usual_surround;
	g_auto(GStrv) pairs = g_strsplit(fmtp != NULL ? fmtp : "", ";", -1);
	for (size_t i = 0; pairs[i] != NULL; i++) {
		const char *pair = g_strstrip(pairs[i]);
		if (g_str_has_prefix(pair, "num_streams="))
			out->streams = read_number(strchr(pair, '=') + 1, SURROUND_MAX);
		else if (g_str_has_prefix(pair, "coupled_streams="))
			out->coupled = read_number(strchr(pair, '=') + 1, SURROUND_MAX);
		else if (g_str_has_prefix(pair, "channel_mapping="))
			read_mapping(out, strchr(pair, '=') + 1);
	}
	bool is_sane = out->streams > 0 && out->coupled >= 0 && out->coupled <= out->streams &&
		       out->channels > 0;
	for (int i = 0; i < out->channels; i++)
		is_sane &= out->mapping[i] < out->streams + out->coupled ||
			   out->mapping[i] == UINT8_MAX;
	return is_sane ? 0 : AVERROR_INVALIDDATA;
}

/*
 * Nothing is skipped (pre-skip 0): the recording may have begun long after the encoder. A NULL
 * `surround` is mapping family 0: mono or stereo.
 */
static int write_opus_head(
	AVCodecParameters *parameters, int channels, const struct surround *surround)
{
	uint8_t head[OPUS_HEAD_SIZE + 2 + SURROUND_MAX] = {
		'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, /* version */
		(uint8_t)channels, 0, 0,                   /* pre-skip */
		0x80, 0xbb, 0, 0, /* 48000, little-endian: the original rate */
		0, 0,             /* gain */
		surround != NULL, /* mapping family */
	};
	size_t len = OPUS_HEAD_SIZE;
	if (surround != NULL) {
		head[len++] = (uint8_t)surround->streams;
		head[len++] = (uint8_t)surround->coupled;
		memcpy(head + len, surround->mapping, (size_t)channels);
		len += (size_t)channels;
	}
	av_channel_layout_default(&parameters->ch_layout, channels);
	return set_extradata(parameters, head, len);
}

static int read_multiopus(AVCodecParameters *parameters, const char *fmtp)
{
	struct surround surround;
	int err = read_surround(&surround, fmtp);
	return err < 0 ? err : write_opus_head(parameters, surround.channels, &surround);
}

/* A mono packet plays in a stereo stream, not the other way round: stereo where anything says so.
 */
static int read_opus(AVCodecParameters *parameters, struct bytes first, const char *fmtp)
{
	bool is_stereo = first.len > 0 && (first.data[0] & 0x04) != 0; /* RFC 6716 §3.1 */
	is_stereo |= has_flag(fmtp, "stereo") || has_flag(fmtp, "sprop-stereo");
	return write_opus_head(parameters, is_stereo ? 2 : 1, NULL);
}

/* Samples alone: all is in the table. */
static int read_samples(AVCodecParameters *parameters)
{
	parameters->bits_per_coded_sample = av_get_bits_per_sample(parameters->codec_id);
	parameters->bit_rate = (int64_t)parameters->bits_per_coded_sample * parameters->sample_rate;
	parameters->block_align = MAX(parameters->bits_per_coded_sample / 8, 1);
	av_channel_layout_default(&parameters->ch_layout, 1);
	return 0;
}

static int read_audio(AVCodecParameters *parameters, const struct media_codec *codec,
	struct bytes first, const char *fmtp)
{
	parameters->sample_rate = codec->rate;
	if (codec->id != AV_CODEC_ID_OPUS)
		return read_samples(parameters);
	bool is_surround = strcmp(codec->name, "multiopus") == 0;
	return is_surround ? read_multiopus(parameters, fmtp) : read_opus(parameters, first, fmtp);
}

/* The parameter sets that stand in the keyframe; none is no error. */
static int extract_parameter_sets(AVCodecParameters *parameters, struct bytes first)
{
	AVBSFContext *filter = NULL;
	AVPacket *packet = NULL;
	int err = av_bsf_alloc(av_bsf_get_by_name("extract_extradata"), &filter);
	if (err < 0 || (err = avcodec_parameters_copy(filter->par_in, parameters)) < 0)
		goto end;
	if ((err = av_bsf_init(filter)) < 0)
		goto end;
	packet = av_packet_alloc();
	err = packet == NULL ? AVERROR(ENOMEM) : av_new_packet(packet, (int)first.len);
	if (err < 0)
		goto end;
	memcpy(packet->data, first.data, first.len);
	if ((err = av_bsf_send_packet(filter, packet)) < 0 ||
		(err = av_bsf_receive_packet(filter, packet)) < 0)
		goto end;
	size_t len = 0;
	const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &len);
	if (data != NULL)
		err = set_extradata(parameters, data, len);
end:
	av_packet_free(&packet);
	av_bsf_free(&filter);
	return err;
}

/* sprop-parameter-sets=BASE64,BASE64 of RFC 6184 §8.1, as Annex B. */
static int decode_sprop(AVCodecParameters *parameters, const char *fmtp)
{
	static const char key[] = "sprop-parameter-sets=";
	const char *value = fmtp != NULL ? strstr(fmtp, key) : NULL;
	if (value == NULL)
		return 0;
	value += strlen(key);
	g_autofree char *list = g_strndup(value, strcspn(value, "; "));
	g_auto(GStrv) sets = g_strsplit(list, ",", -1);
	g_autoptr(GByteArray) annex_b = g_byte_array_new();
	for (size_t i = 0; sets[i] != NULL; i++) {
		gsize len = 0;
		g_autofree guchar *nal = g_base64_decode(sets[i], &len);
		g_byte_array_append(annex_b, (const uint8_t[]){0, 0, 0, 1}, 4);
		g_byte_array_append(annex_b, nal, (guint)len);
	}
	return set_extradata(parameters, annex_b->data, annex_b->len);
}

/* Size, profile and pixel format, from the extradata and the keyframe. */
static int parse_keyframe(AVCodecParameters *parameters, struct bytes first)
{
	AVCodecParserContext *parser = av_parser_init(parameters->codec_id);
	AVCodecContext *context = avcodec_alloc_context3(NULL);
	int err = parser == NULL || context == NULL
			  ? AVERROR(ENOMEM)
			  : avcodec_parameters_to_context(context, parameters);
	if (err < 0)
		goto end;
	parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
	uint8_t *data = NULL;
	int len = 0;
	err = av_parser_parse2(parser, context, &data, &len, first.data, (int)first.len,
		AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
	if (err < 0)
		goto end;
	parameters->width = parser->width;
	parameters->height = parser->height;
	parameters->format = parser->format;
	parameters->profile = context->profile;
	parameters->level = context->level;
	err = 0;
end:
	av_parser_close(parser);
	avcodec_free_context(&context);
	return err;
}

/* Pictures of the keyframe out of the decoder, of which the last has the full size. */
static int decode_pictures(AVCodecContext *decoder, struct bytes first)
{
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	int err = packet == NULL || frame == NULL ? AVERROR(ENOMEM)
						  : av_new_packet(packet, (int)first.len);
	if (err < 0)
		goto end;
	memcpy(packet->data, first.data, first.len);
	err = avcodec_send_packet(decoder, packet);
	while (err >= 0)
		err = avcodec_receive_frame(decoder, frame);
	if (err == AVERROR(EAGAIN))
		err = 0;
end:
	av_packet_free(&packet);
	av_frame_free(&frame);
	return err;
}

/* For codecs whose parser tells too little. */
static int decode_keyframe(AVCodecParameters *parameters, struct bytes first)
{
	const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
	AVCodecContext *decoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
	int err = codec == NULL ? AVERROR_DECODER_NOT_FOUND : AVERROR(ENOMEM);
	if (decoder == NULL)
		return err;
	decoder->thread_count = 1; /* so that nothing is held back */
	if ((err = avcodec_open2(decoder, codec, NULL)) < 0 ||
		(err = decode_pictures(decoder, first)) < 0)
		goto end;
	parameters->width = decoder->width;
	parameters->height = decoder->height;
	parameters->format = decoder->pix_fmt;
	parameters->profile = decoder->profile;
end:
	avcodec_free_context(&decoder);
	return err;
}

/* libav's parsers read a little past the end. */
static int read_video(AVCodecParameters *parameters, struct bytes first, const char *fmtp)
{
	g_autofree uint8_t *padded = g_try_malloc0(first.len + AV_INPUT_BUFFER_PADDING_SIZE);
	if (padded == NULL)
		return AVERROR(ENOMEM);
	memcpy(padded, first.data, first.len);
	struct bytes keyframe = {padded, first.len};
	if (parameters->codec_id != AV_CODEC_ID_VP8 && parameters->codec_id != AV_CODEC_ID_VP9) {
		int err = extract_parameter_sets(parameters, keyframe);
		if (err >= 0 && parameters->extradata == NULL)
			err = decode_sprop(parameters, fmtp);
		if (err < 0)
			return err;
		if (parameters->extradata == NULL)
			return AVERROR_INVALIDDATA;
	}
	int err = parameters->codec_id == AV_CODEC_ID_VP9 ? decode_keyframe(parameters, keyframe)
							  : parse_keyframe(parameters, keyframe);
	if (err >= 0 && (parameters->width <= 0 || parameters->height <= 0))
		err = AVERROR_INVALIDDATA;
	return err;
}

int parameters_read(AVCodecParameters **out, const struct media_codec *codec, struct bytes first,
	const char *fmtp, struct fault *fault)
{
	AVCodecParameters *parameters = avcodec_parameters_alloc();
	if (parameters == NULL)
		return fault_set_av(fault, FAULT_OUTPUT, AVERROR(ENOMEM), "reading the stream");
	parameters->codec_id = codec->id;
	bool is_video = codec->kind == CODEC_VIDEO;
	parameters->codec_type = is_video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
	int err = is_video ? read_video(parameters, first, fmtp)
			   : read_audio(parameters, codec, first, fmtp);
	if (err < 0) {
		avcodec_parameters_free(&parameters);
		fault_set_av(fault, FAULT_INPUT, err,
			is_video ? "the keyframe does not describe its stream"
				 : "the channels make no sense");
		return err == AVERROR(ENOMEM) ? -ENOMEM : -EBADMSG;
	}
	*out = parameters;
	return 0;
}
