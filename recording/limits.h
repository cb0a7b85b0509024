/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether there is room for one more recording, said before it starts rather
 * than by losing packets later: the operator's number, file descriptors, memory
 * for rings. Thread: any but the media thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIMITS_SPARE_DESCRIPTORS = 32, /* left to the gateway, for its own next connections */
	LIMITS_USUAL_TRACKS = 4,       /* audio, video, data, RTCP */
};

struct limits {
	_Atomic uint64_t recordings; /* that run */
	_Atomic uint64_t tracks;     /* theirs */
};

/* What a decision rests on. */
struct limits_facts {
	uint64_t recordings_max; /* 0: none */
	uint64_t recordings;     /* that run, without the new one */
	uint64_t tracks;         /* theirs */
	uint64_t wanted;         /* tracks of the new one */
	uint64_t descriptors_max;
	uint64_t descriptors; /* open now */
	uint64_t ring_memory; /* bytes that the rings' file system still has */
};

/*
 * 0; or -EUSERS, -EMFILE or -ENOMEM, with *why (may be NULL) set to a sentence with the arithmetic,
 * which the caller frees. Pure.
 */
int limits_judge(char **why, const struct limits_facts *facts);

/*
 * Counts a recording in, if there is room: as above. `recordings_max` and `ring_folder` are the
 * engine's. What has been counted in is counted out by limits_leave().
 */
int limits_enter(struct limits *limits, char **why, uint64_t recordings_max,
	const char *ring_folder, size_t tracks);
void limits_leave(struct limits *limits, size_t tracks);

/*
 * A sentence with the arithmetic when the descriptors that the process may open are too few for
 * `recordings` of the usual kind, else NULL. The caller frees it.
 */
char *limits_foresee(uint64_t recordings);
