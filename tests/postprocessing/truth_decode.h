/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decoding, for comparison: each picture and each run of sound as the MD5 of
 * its samples, with its time.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "tests/postprocessing/truth_source.h"

struct truth_frame {
	char md5[33];
	int64_t pts_us;
	int width, height;           /* of a picture */
	int samples, rate, channels; /* of sound */
	double loudness;             /* root mean square of sound, 0…1 */
};

/* The first track of this kind. Arrays of struct truth_frame. Any decoder's complaint aborts. */
GArray *truth_decode_file(const char *path, enum AVMediaType kind);
GArray *truth_decode_units(const struct truth *truth);

const struct truth_frame *truth_frame(const GArray *frames, guint index);

/* Asserts that `count` frames from `first_a` and from `first_b` have the same samples. */
void truth_assert_same(const GArray *a, guint first_a, const GArray *b, guint first_b, guint count);
