/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A published stream: a name, one PeerConnection, its tracks.
 *
 * Reference counted: its session holds one reference while it is published, the
 * registry one while it is published or one of its recordings has not ended,
 * and so does whoever looked it up. Its recordings are in stream_recording.c,
 * what is asked of its publisher in feedback.c.
 *
 * Thread: any but the media thread, unless it says so.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/cacheline.h"
#include "plugins/sdp.h"
#include "plugins/simulcast.h"
#include "recording/fanout.h"

struct session;

enum stream_state {
	STREAM_NEGOTIATING, /* answered, the PeerConnection is not up yet */
	STREAM_PUBLISHING,
	STREAM_GONE,
};

/* What a media thread needs of an m-line; empty until it has a track. */
struct stream_lane {
	struct fanout fanout;
	_Atomic(struct simulcast *) simulcast; /* NULL: one layer */
};

/* Never freed before its stream. */
struct stream_track {
	/* constant after create */
	struct sdp_track sdp;
	char label[16];              /* "audio", "video1": for the log */
	struct fanout *fanout;       /* the stream's; the stream's lock is that of its changes */
	struct simulcast *simulcast; /* or NULL; the media thread's inside */

	/* protected by the stream's lock */
	int64_t next_keyframe_us; /* when to ask next; monotonic */
};

/* What the publisher is asked for. */
struct stream_wishes {
	int64_t bitrate;              /* bits/s; 0: no ceiling of the client's own */
	int64_t keyframe_interval_ms; /* 0: only when a recording needs one */
};

struct stream {
	/* For media threads: one cache line has RTCP and the first two m-lines. */
	alignas(CACHELINE) struct fanout rtcp;
	struct stream_lane lanes[SDP_MLINES_MAX]; /* by m-line */
	struct fanout data;

	/* constant after create */
	struct session *session; /* a reference */
	char *name;
	char *media_session_id;
	char *client;                       /* whose it is, for limits: access_client() */
	char *secret;                       /* or NULL; told to nobody */
	char *login;                        /* or NULL */
	json_t *metadata;                   /* or NULL */
	struct sdp_preferences preferences; /* for later rounds */
	char *profiles[2];                  /* which it points at */
	int64_t since_us;                   /* wall clock */

	/* atomic */
	atomic_int references;

	/* protected by lock */
	pthread_mutex_t lock;
	pthread_cond_t settled;                      /* is_changing has become false */
	struct stream_track *tracks[SDP_MLINES_MAX]; /* only ever added to */
	size_t track_count;
	enum stream_state state;
	int64_t up_us; /* when it began to publish; monotonic */
	struct stream_wishes wishes;
	GPtrArray *recordings;  /* struct stream_recording, see there */
	bool is_changing;       /* a start, pause or resume is under way, without the lock */
	const char *end_reason; /* STREAM_GONE: static */
	int64_t next_bitrate_us;
	unsigned bitrate_step;
};

/* Strings and JSON are copied or referenced. */
struct stream_params {
	struct session *session;
	const char *name;
	const char *client;
	const char *secret; /* or NULL */
	const char *login;  /* or NULL */
	json_t *metadata;
	const struct sdp_preferences *preferences;
	struct stream_wishes wishes;
};

/* One reference for the caller. No tracks yet. */
struct stream *stream_create(const struct stream_params *params);

struct stream *stream_get(struct stream *stream);
void stream_put(struct stream *stream); /* NULL is fine */

/*
 * Adds those tracks of an answer whose m-lines it does not know yet; the strings in them are taken.
 * `simulcast` is the gateway's JSEP member of that name, or NULL.
 */
void stream_add_tracks(struct stream *stream, struct sdp_answer *answer, const json_t *simulcast);

/* The negotiated tracks, for a renegotiation; returns the count. */
size_t stream_sdp_tracks(struct stream *stream, const struct sdp_track *out[SDP_MLINES_MAX]);

/* The PeerConnection is up. */
void stream_set_publishing(struct stream *stream);

/* Since when the PeerConnection is up, monotonic; 0: it is not. */
int64_t stream_up_us(struct stream *stream);

/* [{mindex, mid, kind, codec}]: a new reference. */
json_t *stream_tracks_json(struct stream *stream);

/* The entry of a `streams` reply: a new reference. */
json_t *stream_to_json(struct stream *stream);

/* Of an m-line, or NULL when there can be none of this number. Media thread. */
static inline struct stream_lane *stream_lane(struct stream *stream, int mindex)
{
	return mindex >= 0 && mindex < SDP_MLINES_MAX ? &stream->lanes[mindex] : NULL;
}
