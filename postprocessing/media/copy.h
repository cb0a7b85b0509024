/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transform that changes nothing: each unit becomes one packet, one unit
 * late, so that its duration is known: the time to the next.
 */
#pragma once

#include "postprocessing/media/transform.h"

/* The parameters are copied. */
int copy_create(struct transform **out, const AVCodecParameters *parameters, struct fault *fault);
