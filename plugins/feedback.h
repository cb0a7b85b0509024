/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What publishers are asked for, by one timer thread: keyframes when a recording
 * needs one, and a ceiling for their bitrate.
 */
#pragma once

#include <stdint.h>

struct feedback;
struct plugin;
struct stream;
struct stream_wishes;

enum {
	FEEDBACK_IDLE_US = 1000 * 1000,        /* the longest between two looks at all streams */
	FEEDBACK_REACTION_US = 100 * 1000,     /* between looks while a keyframe is awaited */
	FEEDBACK_RAMP_STEPS = 4,               /* the ceiling is reached in so many steps, … */
	FEEDBACK_RAMP_US = 250 * 1000,         /* … so far apart, … */
	FEEDBACK_BITRATE_US = 5 * 1000 * 1000, /* and then repeated: REMB is sent unreliably */
};

/* Starts the thread. The streams are those of the plugin's registry. 0 or -errno. */
int feedback_create(struct feedback **out, struct plugin *plugin);

/* Stops and joins it. NULL is fine. */
void feedback_destroy(struct feedback *feedback);

/* Look now: something has changed. Thread: any but the media thread. */
void feedback_poke(struct feedback *feedback);

/* One look at one stream: sends what is due, returns when to look again. Monotonic µs. */
int64_t feedback_serve(struct plugin *plugin, struct stream *stream, int64_t now_us);

/* The ceiling for a stream: the lower of the client's and the operator's; 0: none. */
uint32_t feedback_ceiling(int64_t wished, int64_t allowed);
