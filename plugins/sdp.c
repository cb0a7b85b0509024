/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Negotiation with the gateway's SDP helpers.
 */
#include "plugins/sdp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/rtp_ext.h"
#include "plugins/log.h"

/* Last: its macros have names of ours. */
#include <janus/sdp-utils.h>

enum {
	ERROR_TEXT_SIZE = 512,
	QUOTE_MAX = 120, /* bytes of the client's own text in an error */
	NO_PAYLOAD_TYPE = -1,
};

/* One negotiation on its way. */
struct round {
	const struct sdp_preferences *preferences;
	const struct sdp_track *const *known;
	size_t known_count;
	janus_sdp *offer;
	janus_sdp *answer;
	bool has_data;
	struct sdp_answer *out;
};

void sdp_track_fini(struct sdp_track *track)
{
	mjr_info_fini(&track->info);
	g_free(track->mid);
	*track = (struct sdp_track){0};
}

void sdp_answer_fini(struct sdp_answer *answer)
{
	for (size_t i = 0; i < answer->track_count; i++)
		sdp_track_fini(&answer->tracks[i]);
	g_free(answer->text);
	*answer = (struct sdp_answer){0};
}

static const struct sdp_track *find_known(const struct round *round, int mindex)
{
	for (size_t i = 0; i < round->known_count; i++) {
		if (round->known[i]->mindex == mindex)
			return round->known[i];
	}
	return NULL;
}

static const char *find_value(const GList *attributes, const char *name)
{
	for (; attributes; attributes = attributes->next) {
		const janus_sdp_attribute *attribute = attributes->data;
		if (attribute->name && strcasecmp(attribute->name, name) == 0)
			return attribute->value;
	}
	return NULL;
}

static const char *profile_for(const struct round *round, const struct codec *codec)
{
	if (strcmp(codec->name, "h264") == 0)
		return round->preferences->h264_profile;
	if (strcmp(codec->name, "vp9") == 0)
		return round->preferences->vp9_profile;
	return NULL;
}

static int payload_type_of(
	const struct round *round, const janus_sdp_mline *mline, const struct codec *codec)
{
	return janus_sdp_get_codec_pt_full(
		round->offer, mline->index, codec->name, profile_for(round, codec));
}

/* The first codec by preference that this m-line offers, or NULL. */
static const struct codec *choose_codec(const struct round *round, const janus_sdp_mline *mline)
{
	const struct sdp_track *known = find_known(round, mline->index);
	struct codecs one = {.count = 1};
	const struct codecs *wanted = mline->type == JANUS_SDP_AUDIO ? &round->preferences->audio
								     : &round->preferences->video;
	if (known) {
		one.list[0] = known->info.codec;
		wanted = &one;
	}
	for (size_t i = 0; i < wanted->count; i++) {
		if (payload_type_of(round, mline, wanted->list[i]) != NO_PAYLOAD_TYPE)
			return wanted->list[i];
	}
	return NULL;
}

/* Known tracks stay, also while they are muted. */
static bool is_recordable(const struct round *round, const janus_sdp_mline *mline)
{
	if (mline->port == 0)
		return false;
	if (mline->type == JANUS_SDP_APPLICATION)
		return !round->has_data && strstr(mline->proto, "SCTP") != NULL;
	bool sends = mline->direction == JANUS_SDP_DEFAULT ||
		     mline->direction == JANUS_SDP_SENDRECV ||
		     mline->direction == JANUS_SDP_SENDONLY;
	return sends || find_known(round, mline->index);
}

/* "3 urn:…" or "3/sendonly urn:…" to id and URI; false when it is neither. */
static bool parse_extmap(long *id, const char **uri, const char *value)
{
	char *end;
	*id = strtol(value, &end, 10);
	const char *space = strchr(end, ' ');
	if (end == value || !space || *id < 1 || *id > MJR_EXTMAP_MAX)
		return false;
	*uri = space + 1;
	return true;
}

/* The accepted extensions are those that our answer repeats. */
static void read_extensions(struct sdp_track *track, const janus_sdp_mline *answered)
{
	for (const GList *item = answered->attributes; item; item = item->next) {
		const janus_sdp_attribute *attribute = item->data;
		long id;
		const char *uri;
		enum rtp_ext_kind kind;
		if (!attribute->name || strcasecmp(attribute->name, "extmap") != 0 ||
			!attribute->value || !parse_extmap(&id, &uri, attribute->value) ||
			!rtp_ext_parse_uri(&kind, uri))
			continue;
		g_free(track->info.extmap[id]);
		track->info.extmap[id] = g_strdup(uri);
		if (kind == RTP_EXT_RID)
			track->rid_ext_id = (uint8_t)id;
	}
}

static struct sdp_track *add_track(
	struct round *round, const janus_sdp_mline *mline, const struct codec *codec)
{
	struct sdp_track *track = &round->out->tracks[round->out->track_count++];
	track->info.codec = codec;
	track->info.is_encrypted = round->preferences->is_encrypted;
	track->mid = g_strdup(find_value(mline->attributes, "mid"));
	track->mindex = mline->index;
	return track;
}

static void accept_data(struct round *round, janus_sdp_mline *mline)
{
	round->has_data = true;
	janus_sdp_generate_answer_mline(round->offer, round->answer, mline, JANUS_SDP_OA_MLINE,
		JANUS_SDP_APPLICATION, JANUS_SDP_OA_DONE);
	add_track(round, mline, codec_find("text"));
}

/* The video orientation is no use to audio, nor the audio level to video. */
static void answer_media(
	struct round *round, janus_sdp_mline *mline, const struct codec *codec, const char *fmtp)
{
	enum rtp_ext_kind own =
		mline->type == JANUS_SDP_AUDIO ? RTP_EXT_AUDIO_LEVEL : RTP_EXT_VIDEO_ORIENTATION;
	const char *profile = profile_for(round, codec);
	bool is_h264 = strcmp(codec->name, "h264") == 0;
	bool is_vp9 = strcmp(codec->name, "vp9") == 0;
	/* clang-format off */
	janus_sdp_generate_answer_mline(round->offer, round->answer, mline,
		JANUS_SDP_OA_MLINE, mline->type,
		JANUS_SDP_OA_DIRECTION, JANUS_SDP_RECVONLY,
		JANUS_SDP_OA_CODEC, codec->name,
		JANUS_SDP_OA_FMTP, profile ? NULL : fmtp,
		JANUS_SDP_OA_H264_PROFILE, is_h264 ? profile : NULL,
		JANUS_SDP_OA_VP9_PROFILE, is_vp9 ? profile : NULL,
		JANUS_SDP_OA_ACCEPT_OPUSRED, (gboolean)round->preferences->has_red,
		JANUS_SDP_OA_ACCEPT_EXTMAP, rtp_ext_uri(RTP_EXT_MID),
		JANUS_SDP_OA_ACCEPT_EXTMAP, rtp_ext_uri(RTP_EXT_RID),
		JANUS_SDP_OA_ACCEPT_EXTMAP, rtp_ext_uri(RTP_EXT_REPAIRED_RID),
		JANUS_SDP_OA_ACCEPT_EXTMAP, rtp_ext_uri(own),
		JANUS_SDP_OA_ACCEPT_EXTMAP, rtp_ext_uri(RTP_EXT_TRANSPORT_CC),
		JANUS_SDP_OA_DONE);
	/* clang-format on */
}

static void accept_media(struct round *round, janus_sdp_mline *mline, const struct codec *codec)
{
	int payload_type = payload_type_of(round, mline, codec);
	const char *offered_fmtp = janus_sdp_get_fmtp(round->offer, mline->index, payload_type);
	answer_media(round, mline, codec, offered_fmtp);

	struct sdp_track *track = add_track(round, mline, codec);
	const char *fmtp = janus_sdp_get_fmtp(round->answer, mline->index, payload_type);
	track->info.fmtp = g_strdup(fmtp ? fmtp : offered_fmtp);
	read_extensions(track, janus_sdp_mline_find_by_index(round->answer, mline->index));
	int red = janus_sdp_get_opusred_pt(round->answer, mline->index);
	if (red > 0 && red < 128)
		track->info.red_payload_type = (uint8_t)red;
}

/* Refusal is what an answer says until it is told otherwise. */
static void answer_mline(struct round *round, janus_sdp_mline *mline)
{
	if (!is_recordable(round, mline))
		return;
	if (mline->type == JANUS_SDP_APPLICATION) {
		accept_data(round, mline);
		return;
	}
	const struct codec *codec = choose_codec(round, mline);
	if (codec)
		accept_media(round, mline, codec);
}

static enum error_code parse_offer(janus_sdp **out, const char *text, struct fault *fault)
{
	char error[ERROR_TEXT_SIZE] = "";
	janus_sdp *offer = janus_sdp_parse(text, error, sizeof error);
	if (!offer) {
		g_autofree char *quoted = log_escape(error, QUOTE_MAX);
		return errors_raise(fault, ERROR_BAD_REQUEST, "'jsep' is not an offer: %s",
			*quoted ? quoted : "not SDP");
	}
	guint count = g_list_length(offer->m_lines);
	if (count > SDP_MLINES_MAX) {
		janus_sdp_destroy(offer);
		return errors_raise(fault, ERROR_BAD_REQUEST,
			"'jsep' has %u m-lines; at most %d are allowed", count, SDP_MLINES_MAX);
	}
	*out = offer;
	return ERROR_NONE;
}

static char *write_answer(janus_sdp *answer)
{
	g_free(answer->s_name);
	answer->s_name = g_strdup("janus-recorder");
	return janus_sdp_write(answer);
}

enum error_code sdp_answer(struct sdp_answer *out, const char *offer,
	const struct sdp_preferences *preferences, const struct sdp_track *const *known,
	size_t known_count, struct fault *fault)
{
	*out = (struct sdp_answer){0};
	struct round round = {
		.preferences = preferences, .known = known, .known_count = known_count, .out = out};
	enum error_code error = parse_offer(&round.offer, offer, fault);
	if (!round.offer)
		return error;
	round.answer = janus_sdp_generate_answer(round.offer);
	for (GList *item = round.offer->m_lines; item; item = item->next)
		answer_mline(&round, item->data);
	out->text = write_answer(round.answer);
	janus_sdp_destroy(round.answer);
	janus_sdp_destroy(round.offer);
	if (out->track_count > 0)
		return ERROR_NONE;
	sdp_answer_fini(out);
	return errors_raise(fault, ERROR_NOT_ACCEPTABLE,
		"the offer has no media that can be recorded with the codecs allowed");
}
