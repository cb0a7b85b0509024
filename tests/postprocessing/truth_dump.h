/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Known packets as .mjr files, damaged in known ways: the order of packets says
 * which are written, when, and how often.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/postprocessing/truth_source.h"

/* Wall clock at which the tests' recordings begin, µs. */
#define TRUTH_EPOCH_US INT64_C(1700000000000000)

/* Indexes 0…count-1, to be edited. An array of guint. */
GArray *truth_order(guint count);

/*
 * Packets arrive when their unit's time says; what has time zero, at `zero_us`. `fmtp` may be NULL;
 * a NULL order is all packets once.
 */
struct truth_dump {
	const char *path;
	const struct truth *truth;
	const GArray *packets;
	const GArray *order;
	int64_t zero_us;
	const char *fmtp;
};
void truth_dump_write(const struct truth_dump *dump);

/* A sender report: at `sender_us` of the sender's clock, its media clock showed `timestamp`. */
struct truth_report {
	uint32_t ssrc;
	int64_t sender_us;
	uint32_t timestamp;
	int64_t arrival_us;
};
void truth_dump_reports(const char *path, const struct truth_report *reports, size_t count);
