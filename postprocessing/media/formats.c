/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of containers and codecs, and the one decision taken from them.
 */
#include "postprocessing/media/formats.h"

#include <errno.h>
#include <string.h>

static const struct media_codec codecs[] = {
	{"vp8", CODEC_VIDEO, AV_CODEC_ID_VP8, "libvpx", 0},
	{"vp9", CODEC_VIDEO, AV_CODEC_ID_VP9, NULL, 0},
	{"av1", CODEC_VIDEO, AV_CODEC_ID_AV1, NULL, 0},
	{"h264", CODEC_VIDEO, AV_CODEC_ID_H264, "libx264", 0},
	{"h265", CODEC_VIDEO, AV_CODEC_ID_HEVC, NULL, 0},
	{"opus", CODEC_AUDIO, AV_CODEC_ID_OPUS, "libopus", 48000},
	{"multiopus", CODEC_AUDIO, AV_CODEC_ID_OPUS, "libopus", 48000},
	{"aac", CODEC_AUDIO, AV_CODEC_ID_AAC, "aac", 0},
	{"mp3", CODEC_AUDIO, AV_CODEC_ID_MP3, "libmp3lame", 0},
	{"pcm", CODEC_AUDIO, AV_CODEC_ID_PCM_S16LE, "pcm_s16le", 0},
	{"pcmu", CODEC_AUDIO, AV_CODEC_ID_PCM_MULAW, NULL, 8000},
	{"pcma", CODEC_AUDIO, AV_CODEC_ID_PCM_ALAW, NULL, 8000},
	{"g722", CODEC_AUDIO, AV_CODEC_ID_ADPCM_G722, NULL, 16000},
	{"l16", CODEC_AUDIO, AV_CODEC_ID_PCM_S16BE, NULL, 16000},
	{"l16-48", CODEC_AUDIO, AV_CODEC_ID_PCM_S16BE, NULL, 48000},
};

static const struct format formats[] = {
	{
		.name = "webm",
		.muxer = "webm",
		.video = {"vp8", "vp9", "av1"},
		.audio = {"opus", "multiopus"},
	},
	{
		.name = "mp4",
		.other_suffixes = {"m4v"},
		.muxer = "mp4",
		/* The time scale of edit lists: fine enough for offsets between tracks. */
		.options = "movflags=+faststart:movie_timescale=90000",
		.video = {"h264", "vp9", "av1", "h265"},
		.audio = {"aac"},
		.on_request = {"opus", "multiopus"},
	},
	{
		.name = "mkv",
		.muxer = "matroska",
		.video = {"h264", "vp8", "vp9", "av1", "h265"},
		.audio = {"opus", "multiopus", "aac", "pcmu", "pcma", "l16", "l16-48"},
	},
	{
		.name = "ogg",
		.other_suffixes = {"opus", "oga"},
		.muxer = "ogg",
		.audio = {"opus", "multiopus"},
	},
	{
		.name = "m4a",
		.muxer = "ipod",
		.options = "movflags=+faststart:movie_timescale=90000",
		.audio = {"aac"},
	},
	{
		.name = "mp3",
		.muxer = "mp3",
		.audio = {"mp3"},
	},
	{
		.name = "wav",
		.muxer = "wav",
		.audio = {"pcm"},
	},
};

const struct format *format_at(size_t index)
{
	return index < G_N_ELEMENTS(formats) ? &formats[index] : NULL;
}

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (g_ascii_strcasecmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static bool has_suffix(const struct format *format, const char *suffix)
{
	if (g_ascii_strcasecmp(format->name, suffix) == 0)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(format->other_suffixes); i++)
		if (format->other_suffixes[i] != NULL &&
			g_ascii_strcasecmp(format->other_suffixes[i], suffix) == 0)
			return true;
	return false;
}

const struct format *format_guess(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash != NULL ? slash : path, '.');
	if (dot == NULL)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
		if (has_suffix(&formats[i], dot + 1))
			return &formats[i];
	return NULL;
}

const struct media_codec *media_codec_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
		if (strcmp(codecs[i].name, name) == 0)
			return &codecs[i];
	return NULL;
}

static bool has_codec(const char *const list[static FORMAT_CODECS_MAX], const char *name)
{
	for (size_t i = 0; i < FORMAT_CODECS_MAX && list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static const char *const *held_by(const struct format *format, enum codec_kind kind)
{
	return kind == CODEC_VIDEO ? format->video : format->audio;
}

/* Whether the track stays what it is, where nothing else was asked for. */
static bool is_kept(const char *const held[static FORMAT_CODECS_MAX],
	const struct media_codec *from, const struct format_wish *wish)
{
	return has_codec(held, from->name) && (!wish->is_encoded || from->encoder != NULL);
}

/* The codec that the track shall have in the end; NULL with the fault set. */
static const char *target_of(const struct format *format, const struct media_codec *from,
	const struct format_wish *wish, struct fault *fault)
{
	const char *const *held = held_by(format, from->kind);
	const char *wanted = wish->codec;
	const char *option = codec_kind_name(from->kind);
	if (held[0] == NULL) {
		fault_set(fault, FAULT_USAGE, -EINVAL,
			"%s cannot hold %s: choose another format, or --%s-codec none",
			format->name, option, option);
		return NULL;
	}
	bool is_copy = wanted != NULL && strcmp(wanted, "copy") == 0;
	if (wanted == NULL)
		return is_kept(held, from, wish) ? from->name : held[0];
	const char *target = is_copy ? from->name : wanted;
	if (has_codec(held, target) || has_codec(format->on_request, target))
		return target;
	fault_set(fault, FAULT_USAGE, -EINVAL,
		"%s cannot hold %s: without --%s-codec it would become %s", format->name, target,
		option, held[0]);
	return NULL;
}

static const char *reason_for(
	const struct format *format, const struct format_plan *plan, const struct format_wish *wish)
{
	if (plan->is_copy)
		return NULL;
	if (wish->codec != NULL)
		return "asked for";
	if (has_codec(held_by(format, plan->from->kind), plan->from->name))
		return "a rate was asked for";
	if (has_codec(format->on_request, plan->from->name))
		return "few players take it in this container";
	return "the container cannot hold it";
}

int format_plan(struct format_plan *out, const struct format *format, const struct codec *from,
	const struct format_wish *wish, struct fault *fault)
{
	struct format_plan plan = {.from = media_codec_find(from->name)};
	if (plan.from == NULL)
		return fault_set(fault, FAULT_USAGE, -EINVAL,
			"%s cannot be converted yet; --%s-codec none leaves it out", from->name,
			codec_kind_name(from->kind));
	const char *target = target_of(format, plan.from, wish, fault);
	if (target == NULL)
		return -EINVAL;
	plan.to = media_codec_find(target);
	if (plan.to == NULL || plan.to->kind != from->kind)
		return fault_set(fault, FAULT_USAGE, -EINVAL, "%s is no codec for %s", target,
			codec_kind_name(from->kind));
	plan.is_copy = plan.from == plan.to && !wish->is_encoded;
	if (!plan.is_copy && wish->codec != NULL && strcmp(wish->codec, "copy") == 0)
		return fault_set(fault, FAULT_USAGE, -EINVAL,
			"a copied %s track keeps its rates: --%s-codec copy excludes them",
			from->name, codec_kind_name(from->kind));
	if (!plan.is_copy && plan.to->encoder == NULL)
		return fault_set(fault, FAULT_USAGE, -EINVAL,
			"%s can be copied, but nothing is encoded as %s", target, target);
	plan.reason = reason_for(format, &plan, wish);
	*out = plan;
	return 0;
}
