/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One recording: its name on disk, its tracks, its manifest, from start to end.
 *
 * Reference counted: the caller of recording_start() holds one reference, the
 * engine another until the recording has ended. Thread: any but the media
 * thread, unless a function says otherwise.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/manifest.h"
#include "common/mjr_info.h"
#include "common/naming.h"

struct engine;
struct recording;
struct track;

enum {
	RECORDING_TRACKS_MAX = 32
};

/* What a track is; all borrowed for the time of the call. */
struct recording_track_spec {
	struct mjr_info info; /* codec and what the header carries; times are filled in by us */
	const char *mid;      /* or NULL */
	int mindex;           /* -1: none */
};

struct recording_spec {
	const char *name; /* wanted file name; made safe, cut, and numbered when it is taken */
	enum naming_encoding name_encoding;
	const char *stream; /* what is recorded */
	const char *media_session_id;
	const char *login;      /* or NULL */
	const json_t *metadata; /* or NULL */
	const struct recording_track_spec *tracks;
	struct manifest_rotation rotation; /* zeroed: off */
	size_t track_count;                /* the rtcp track is added by us, last */
	char **why; /* or NULL: takes a sentence, to be freed, when there is no room for it */
};

/*
 * Reserves the name by creating its manifest, then makes the rings. Publishes last: on failure
 * nothing is left behind. 0; -EINVAL: no track, too many, or one without a codec; -EOVERFLOW: an
 * fmtp that no header can hold; -EUSERS, -EMFILE, -ENOMEM: see limits.h; -ENOSPC: see space.h;
 * -ENOSPC, -EACCES, -EMFILE, … as the disk says.
 */
int recording_start(
	struct recording **out, struct engine *engine, const struct recording_spec *spec);

/*
 * The rings' memory lives until the last reference is gone: drop yours when the recording has
 * ended and its tracks are out of their fanouts.
 */
struct recording *recording_get(struct recording *recording);
void recording_put(struct recording *recording); /* NULL is fine */

/* Track `index` of the spec; the rtcp track is at `track_count`. Borrowed, never NULL in range. */
struct track *recording_track(struct recording *recording, size_t index);
size_t recording_track_count(const struct recording *recording); /* with the rtcp track */

/*
 * Says that no more packets come: every track is out of its fanouts, and the gate has been waited
 * for. Returns at once; a writer drains what waits, completes files and manifest, and reports
 * ENGINE_RECORDING_FINISHED. Stopping twice changes nothing. `reason` is a static word: "stopped",
 * "unpublished", "hangup", …
 */
void recording_stop(struct recording *recording, const char *reason);

/*
 * A pause begins: every track is out of its fanouts, and stays out until recording_resume() has
 * returned. In turns, by one caller at a time; up to MANIFEST_PAUSES_MAX times. A writer enters it
 * in the manifest at once, and reports ENGINE_RECORDING_PAUSED or ENGINE_RECORDING_CONTINUED. What
 * ends the recording ends its pause.
 */
void recording_pause(struct recording *recording);

/* It has ended: the next packets go to the same parts, and a keyframe is wanted. */
void recording_resume(struct recording *recording);

/* True after the manifest says how it ended. */
bool recording_has_ended(struct recording *recording);

/* Owned by the recording, constant. */
const char *recording_id(const struct recording *recording);
const char *recording_name(const struct recording *recording);
const char *recording_stream(const struct recording *recording);
const char *recording_media_session_id(const struct recording *recording);

/* The manifest as it stands, a new reference. Counts are those of the last flush. */
json_t *recording_snapshot(struct recording *recording);

/*
 * The line for it in a listing, a new reference: id, name, stream, state, reason (null while
 * recording), created and ended (RFC 3339; ended is null while recording), duration (seconds),
 * bytes, packets, files (those with packets), manifest (its file).
 */
json_t *recording_summary(struct recording *recording);
