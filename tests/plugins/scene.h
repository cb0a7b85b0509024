/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A publisher on the stage of the fake gateway: it makes packets, remembers
 * what it sent, and compares that with what was recorded.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/double/gateway.h"

/* The m-lines of SCENE_OFFER. */
enum {
	SCENE_AUDIO,
	SCENE_VIDEO,
	SCENE_DATA,
	SCENE_RTCP, /* not an m-line */
	SCENE_KINDS,
};

enum {
	SCENE_PACKET_MAX = 1500
};

#define SCENE_OFFER_START "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define SCENE_OFFER_AUDIO                                                                  \
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=sendonly\r\n" \
	"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"           \
	"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"                       \
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
#define SCENE_OFFER_VIDEO                                                                 \
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\n" \
	"a=rtpmap:96 VP8/90000\r\na=extmap:13 urn:3gpp:video-orientation\r\n"
#define SCENE_OFFER_DATA                                                                      \
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n" \
	"a=sctp-port:5000\r\n"
#define SCENE_OFFER SCENE_OFFER_START SCENE_OFFER_AUDIO SCENE_OFFER_VIDEO SCENE_OFFER_DATA

struct scene {
	struct gateway *gateway; /* borrowed */
	struct gateway_handle *handle;
	char *stream;
	char *media_session_id;       /* of the last publish */
	GPtrArray *sent[SCENE_KINDS]; /* GBytes, since scene_forget() */
	uint16_t seq[SCENE_KINDS];
	uint32_t timestamp;
};

/* A client with a handle of its own. */
void scene_init(struct scene *scene, struct gateway *gateway, const char *stream);
void scene_fini(struct scene *scene);

/* {"type": "offer", "sdp": …}. */
json_t *scene_jsep(const char *sdp);

/*
 * Publishes SCENE_OFFER with the members of `more` (JSON text, or NULL), brings the PeerConnection
 * up, and returns the result, which must be a success. The caller owns it.
 */
json_t *scene_publish(struct scene *scene, const char *more);

/* The name of the recording in a result or an event; the caller frees it. */
char *scene_recording(const json_t *result);

/* One packet, message or compound RTCP, each different from all others. */
void scene_send(struct scene *scene, int kind);

/* `count` times audio, video (the first a keyframe), data, RTCP. */
void scene_send_all(struct scene *scene, unsigned count);

/* An RTP packet of 12 bytes and this payload; returns the length. */
size_t scene_rtp(uint8_t out[static SCENE_PACKET_MAX], uint16_t seq, uint32_t timestamp,
	uint32_t ssrc, bool has_marker, const void *payload, size_t len);

/* What was sent belongs to a recording that has been checked. */
void scene_forget(struct scene *scene);

/* The four files of a finished recording hold what was sent, byte for byte, and nothing else. */
void scene_check_files(const struct scene *scene, const char *name);

/* The manifest NAME.json; fails when it is not there. */
json_t *scene_manifest(struct gateway *gateway, const char *name);

/* Waits for the end of one recording and checks its state and reason; returns its name. */
char *scene_wait_finished(struct scene *scene, const char *reason);

/* The frames of an .mjr file as GBytes, without the time in front of messages. */
GPtrArray *scene_read_frames(const char *path, bool is_rtp);

/* Shorthands: fail when the reply is not an error of this code with this text in it. */
void scene_expect_error(const json_t *reply, int code, const char *text);
json_t *scene_result(json_t *reply); /* takes a reply, returns the result of a success */
json_t *scene_json(const char *text);
