/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NAME.json: everything about a recording that the .mjr headers cannot say.
 *
 * The shape is described by docs/manifest.schema.json. The struct owns all that
 * it points at. Thread: any but the media thread (allocates, file I/O);
 * a struct is not shared between threads without a lock of its holder's.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/codec.h"
#include "common/mjr_info.h"

enum {
	MANIFEST_VERSION = 1,
	MANIFEST_SIZE_MAX = 64 << 20,
	MANIFEST_TRACKS_MAX = 64,
	MANIFEST_PARTS_MAX = 1000000, /* of all tracks together */
	MANIFEST_GAPS_MAX = 1000,     /* of a track */
	MANIFEST_INTERRUPTIONS_MAX = 1000000,
	MANIFEST_PAUSES_MAX = 10000,
	MANIFEST_HOOKS_MAX = 100000,
	MANIFEST_OUTPUTS_MAX = 1000,
};

#define MANIFEST_DURATION_MAX_US (INT64_C(100) * 366 * 24 * 3600 * 1000000)

#define MANIFEST_SUFFIX ".json"

enum manifest_state {
	MANIFEST_RECORDING, /* its writer lives, or was killed: see "recovered" */
	MANIFEST_COMPLETE,
	MANIFEST_RECOVERED, /* completed by a later process, after a crash */
	MANIFEST_FAILED,    /* ended by an error; what was written is whole; `reason` says why */
};

/* One file of one track. Times are wall clock, µs. */
struct manifest_part {
	char *file;      /* name inside the manifest's folder */
	uint32_t number; /* 1, 2, … */
	uint64_t packets;
	uint64_t bytes;               /* of the file */
	int64_t start_us, end_us;     /* arrival of the first and the last packet */
	uint16_t first_seq, last_seq; /* audio and video: as received, newest for last */
	uint32_t first_timestamp, last_timestamp; /* RTP */
	bool is_doubtful;          /* the disk has refused to make it whole, or durable */
	bool starts_with_keyframe; /* video: its first packet is of one */
	bool is_gapless;      /* nothing is missing between the track's part before and this one */
	uint64_t lost_before; /* sequence numbers that never came, between these two */
};

/* The quality report. Counts of packets unless said otherwise. */
struct manifest_quality {
	uint64_t received;
	uint64_t lost;       /* sequence numbers never seen between the first and the newest */
	uint64_t reordered;  /* arrived after a newer one */
	uint64_t duplicated; /* a sequence number seen before */
	uint64_t malformed;  /* not RTP; not recorded */
	uint64_t dropped;    /* received, and lost by us: the ring was full */
	uint64_t gaps;       /* runs of lost sequence numbers */
	uint64_t keyframes;
	uint64_t keyframe_requests; /* PLIs sent */
	uint64_t ring_high_water;   /* most bytes that ever waited in the ring */
};

/* Packets of one track that came, and were not recorded. */
struct manifest_gap {
	char *reason; /* "overload": the disk was too slow, and what waited for it too much */
	int64_t from_us, to_us;       /* arrival of the first and the last of them */
	uint16_t first_seq, last_seq; /* audio and video */
	uint64_t packets;
};

struct manifest_track {
	char *label; /* "audio", "video1", "data", "rtcp": the suffix of its files */
	char *mid;   /* a=mid of the m-line; NULL for rtcp */
	int mindex;  /* m-line; -1 for rtcp */
	enum codec_kind kind;
	/* Codec (never NULL), fmtp, extmap, RED; times are the first part's. */
	struct mjr_info info;
	uint32_t ssrc; /* of the first packet; 0 before it and for data */
	struct manifest_part *parts;
	size_t part_count;
	struct manifest_gap *gaps;
	size_t gap_count;
	uint64_t gaps_omitted; /* there were so many more */
	struct manifest_quality quality;
};

/* A time in which the disk took nothing: parts end before it, and others begin after it. */
struct manifest_interruption {
	char *reason; /* "disk_full", "io_error" */
	int64_t from_us;
	int64_t to_us; /* 0: it has not ended */
};

/* A time in which nothing was recorded, as a client wished; by the clock of the packets' arrival.
 */
struct manifest_pause {
	int64_t from_us;
	int64_t to_us; /* 0: it has not ended */
};

/* What became of a hook: its last attempt. */
struct manifest_hook {
	char *hook;   /* the setting that asked for it */
	char *action; /* "program", … */
	char *event;  /* "recording_finished", … */
	char *key;    /* of the event, as the hook was told */
	bool is_ok;
	uint16_t code; /* exit status */
	char *detail;  /* in words */
	char *output;  /* what it has made: a path; or NULL */
	uint32_t attempts;
	int64_t from_us, to_us;
};

/* A file that players know, made of the recording. */
struct manifest_output {
	char *file;   /* name inside the manifest's folder */
	char *format; /* "mp4", "webm" */
	uint64_t bytes;
	uint64_t duration_us;
	bool is_lossy;  /* some of what was sent is not in it */
	json_t *report; /* what became of the tracks, as by mjr convert --report; or NULL */
};

/* When all tracks go on to new parts; 0: never for this reason. */
struct manifest_rotation {
	uint64_t duration_us; /* of a part, at least; at most MANIFEST_DURATION_MAX_US */
	uint64_t bytes;       /* of the parts of all tracks */
	bool is_aligned;      /* at multiples of the duration by the wall clock, UTC */
};

struct manifest {
	char *id;   /* UUID of the recording */
	char *name; /* file name without suffix; the manifest is NAME.json */
	char *stream;
	char *media_session_id;
	char *login;      /* or NULL */
	char *engine;     /* UUID of the process that writes it; NULL when it has ended */
	json_t *metadata; /* the caller's own, echoed; or NULL */
	enum manifest_state state;
	char *reason; /* why it ended: "stopped", "unpublished", "hangup", "disk_full", …; NULL
			 while recording */
	bool hold;    /* not to be deleted */
	int64_t created_us;
	int64_t ended_us;                  /* 0 while recording */
	struct manifest_rotation rotation; /* zeroed: one part, unless the disk is in the way */
	struct manifest_track *tracks;
	size_t track_count;
	struct manifest_interruption *interruptions;
	size_t interruption_count;
	struct manifest_pause *pauses; /* only the last may not have ended */
	size_t pause_count;
	struct manifest_hook *hooks; /* in the order of their ends */
	size_t hook_count;
	struct manifest_output *outputs;
	size_t output_count;
};

/* "recording", "complete", "recovered", "failed". */
const char *manifest_state_name(enum manifest_state state);

/* The other way; returns false and leaves `out` alone for any other text. */
bool manifest_state_parse(enum manifest_state *out, const char *name);

/* Whether there is any reason to rotate: all parts have numbers in their names then. */
bool manifest_is_rotated(const struct manifest_rotation *rotation);

/* Frees what it owns and zeroes it. Accepts a zeroed one. */
void manifest_fini(struct manifest *manifest);

/*
 * Appends a zeroed item and returns it; valid until the next append. Never NULL. The lists grow in
 * no other way, and never shrink.
 */
struct manifest_track *manifest_add_track(struct manifest *manifest);
struct manifest_part *manifest_add_part(struct manifest_track *track);
struct manifest_gap *manifest_add_gap(struct manifest_track *track);
struct manifest_interruption *manifest_add_interruption(struct manifest *manifest);
struct manifest_pause *manifest_add_pause(struct manifest *manifest);
struct manifest_hook *manifest_add_hook(struct manifest *manifest);
struct manifest_output *manifest_add_output(struct manifest *manifest);

/* When the last packet came that is in a part; when it was created, if there is none. */
int64_t manifest_last_us(const struct manifest *manifest);

/* The pause that has not ended, or NULL. */
struct manifest_pause *manifest_open_pause(const struct manifest *manifest);

/*
 * True when one or more of these pauses lie between a packet and the one before it; *passed counts
 * those that lie before the latter. Pauses that have not ended lie before none.
 */
bool manifest_passes_pause(
	const struct manifest_pause *pauses, size_t count, size_t *passed, int64_t arrival_us);

/* Sums over all tracks and parts, for listings. */
struct manifest_totals {
	uint64_t packets;
	uint64_t bytes;
	int64_t duration_us; /* first packet of any track to the last of any */
};
void manifest_sum(struct manifest_totals *out, const struct manifest *manifest);

/* A new reference to the whole as JSON; never NULL. */
json_t *manifest_to_json(const struct manifest *manifest);

/*
 * 0; -EBADMSG with *what (may be NULL) set to a sentence naming the member, which the caller frees.
 * On failure `out` is zeroed. Unknown members are passed over; file names with a '/' are refused.
 */
int manifest_from_json(struct manifest *out, const json_t *json, char **what);

/* One result alone, likewise; the caller frees with manifest_hook_fini(). */
json_t *manifest_hook_to_json(const struct manifest_hook *hook);
int manifest_hook_from_json(struct manifest_hook *out, const json_t *json, char **what);
void manifest_hook_fini(struct manifest_hook *hook);

/* One output alone, likewise. */
json_t *manifest_output_to_json(const struct manifest_output *output);
int manifest_output_from_json(struct manifest_output *out, const json_t *json, char **what);
void manifest_output_fini(struct manifest_output *output);

/* Writes NAME.json in `folder` by path_replace(). 0 or -errno. */
int manifest_save(const struct manifest *manifest, const char *folder);

/* Reads and checks one. 0, -errno, or -EBADMSG with *what as above. */
int manifest_load(struct manifest *out, const char *path, char **what);
