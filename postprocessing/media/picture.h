/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fits pictures of any size into one size: scaled as large as they go with
 * their proportions kept, black around them. Pictures that fit as they are pass
 * untouched.
 */
#pragma once

#include <stdbool.h>

#include <libavutil/frame.h>

struct picture;

/* Width and height are even. */
struct picture *picture_create(int width, int height, enum AVPixelFormat format);
void picture_destroy(struct picture *picture); /* NULL is fine */

/* Replaces the contents of `frame` where need be, and says so. 0 or libav's error. */
int picture_fit(struct picture *picture, AVFrame *frame, bool *was_scaled);
