/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of events: what a gateway has told about the recordings of a soak, and
 * about their disk, told again and compared with what has come of them.
 */
#pragma once

#include <glib.h>

#include "tests/soak/take.h"

struct tale;

/* The plugin was told these marks. */
struct tale *tale_create(struct verdict *verdict, uint64_t disk_low, uint64_t disk_reserve);
void tale_destroy(struct tale *tale);

/* Takes all events that the gateway has noted down so far. */
void tale_continue(struct tale *tale, struct gateway *gateway);

/* Streams may go from here on; until then they must stay up. */
void tale_let_go(struct tale *tale);

/* Another gateway: the disk is said to be well again. */
void tale_restart(struct tale *tale);

/* All has been told of these (struct take, checked): it must be what their manifests say. */
void tale_check(struct tale *tale, const GPtrArray *takes);

/* How many events of the disk have been told. */
unsigned tale_levels(const struct tale *tale);
