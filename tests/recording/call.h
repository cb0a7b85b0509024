/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recording called "call" whose disk a test breaks and mends, and the proof
 * that nothing of what was pushed into its audio track is unaccounted for.
 */
#pragma once

#include "tests/recording/rig.h"

enum {
	CALL_PAYLOAD = 200,
};

struct call {
	struct rig rig;
	struct recording *recording;
	unsigned pushed;  /* into the audio track; also the next sequence number */
	unsigned refused; /* of these, by a full ring */
};

void call_init(struct call *call, struct engine_params params);

/* The manifest is what call_stop() gave. No ring is left. */
void call_fini(struct call *call, struct manifest *manifest);

/* `count` packets, 20 ms apart. */
void call_push(struct call *call, unsigned count);
void call_push_and_wait(struct call *call, unsigned count); /* until they are written */

/* Packets that have been written. */
json_int_t call_written(struct recording *recording);

/* The disk takes no more than `short_bytes`; a packet makes the writer see it. */
void call_suspend(struct call *call, int error, size_t short_bytes);

/* The disk works again, and it is time to try. */
void call_resume(struct call *call);

/* Stops the recording, which must be complete. */
void call_stop(struct call *call, struct manifest *manifest);

/* Every part is whole, one goes on where the other ended, and what is in no part was counted. */
void call_assert_accounted(struct call *call, const struct manifest *manifest);
