/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps the recordings folder in order, on a thread of its own, once a second:
 * saves the index, removes what deleted recordings have left, deletes what
 * retention says.
 */
#pragma once

#include "recording/retention.h"

struct engine;
struct keeper;

/* Starts it. 0 or -errno. */
int keeper_create(struct keeper **out, struct engine *engine, const struct retention_rules *rules);

/* Ends it, if need be between two deletions. NULL is fine. */
void keeper_destroy(struct keeper *keeper);

/* Does all of that now, and returns when it is done. Thread: any, with no lock held. */
void keeper_run(struct keeper *keeper);
