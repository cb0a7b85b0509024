/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the name of an .mjr file says of its place among others.
 *
 *   NAME-audio.mjr NAME-video.mjr NAME-video1.mjr NAME-rtcp.mjr    this recorder
 *   NAME-audio.mjr NAME.0001-audio.mjr NAME.0002-audio.mjr         … rotated
 *   NAME-audio-0.mjr NAME-video-1.mjr                              videoroom with m-lines
 *   PREFIX-1700000000000123-audio-0.mjr
 *   PREFIX-1700000000000456-video-1.mjr                            … with a clock per track
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define INPUT_NAME_SUFFIX ".mjr"

struct input_name {
	char *recording;  /* path without clock, rotation number, label and suffix */
	char *label;      /* "audio", "video1", "rtcp", "audio-0"; "" when there is none */
	uint32_t part;    /* rotation number, 0 without one */
	int64_t clock_us; /* videoroom's, cut off `recording`; 0 without one */
};

/* False, and `out` untouched, for a name that does not end in ".mjr". */
bool input_name_parse(struct input_name *out, const char *path);
void input_name_fini(struct input_name *name);
