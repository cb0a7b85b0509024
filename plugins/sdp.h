/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Negotiation: an offer comes in, an answer that only receives goes out, with
 * the list of the tracks that were agreed on.
 *
 * An m-line that cannot be recorded is refused by itself (port 0) and does not
 * spoil the others. Thread: any but the media thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/mjr_info.h"
#include "plugins/codecs.h"
#include "plugins/errors.h"
#include "recording/recording.h"

enum {
	SDP_MLINES_MAX = RECORDING_TRACKS_MAX - 1 /* the rtcp track is one, too */
};

/* One agreed m-line. Strings are owned. */
struct sdp_track {
	struct mjr_info info;
	char *mid; /* or NULL */
	int mindex;
	uint8_t rid_ext_id; /* 0: none */
};

/* What is wanted; borrowed. Profiles may be NULL. */
struct sdp_preferences {
	struct codecs audio;
	struct codecs video;
	const char *h264_profile; /* profile-level-id */
	const char *vp9_profile;  /* profile-id */
	bool has_red;             /* opus with redundancy (RFC 2198) when offered */
	bool is_encrypted;        /* end to end */
};

struct sdp_answer {
	char *text;
	struct sdp_track tracks[SDP_MLINES_MAX];
	size_t track_count;
};

/*
 * Answers `offer`. `known`: the tracks of earlier rounds, which keep their codecs and their places.
 * 400: not SDP, or too many m-lines; 406: nothing in it can be recorded. On success the caller owns
 * what is in `out`.
 */
enum error_code sdp_answer(struct sdp_answer *out, const char *offer,
	const struct sdp_preferences *preferences, const struct sdp_track *const *known,
	size_t known_count, struct fault *fault);

/* Each frees what it owns and zeroes it; a zeroed one is fine. */
void sdp_answer_fini(struct sdp_answer *answer);
void sdp_track_fini(struct sdp_track *track);
