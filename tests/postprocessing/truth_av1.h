/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AV1 in RTP packets, which libavformat cannot make. */
#pragma once

#include "tests/postprocessing/truth_source.h"

/* Appends the packets of one temporal unit, without sequence numbers and times. */
void truth_av1_packets(GArray *packets, const struct truth_unit *unit, size_t index);
