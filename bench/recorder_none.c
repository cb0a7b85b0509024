/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See recorder.h. */
#include "bench/recorder.h"

#include <stddef.h>

static void *open_none(const struct recorder_setup *setup)
{
	(void)setup;
	return NULL;
}

static void take(void *self, const struct traffic_packet *packet)
{
	(void)self;
	(void)packet;
}

static void close_none(void *self)
{
	(void)self;
}

const struct recorder recorder_none = {
	.name = "none", .open = open_none, .take = take, .close = close_none};
