/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines in the gateway's log: `[recorder] <session> <recording> <track>: sentence`.
 *
 * Each of the three may be NULL and is then left out. The whole line is escaped:
 * what a client sends cannot forge a line or move the terminal's cursor.
 * Thread: any but the media thread.
 */
#pragma once

#include <glib.h>

struct log_place {
	const char *session;
	const char *recording;
	const char *track;
};

/* State changes only. */
void log_info(struct log_place place, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Something is lost, with counts or the reason. */
void log_warn(struct log_place place, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Something failed that an operator has to look at. */
void log_error(struct log_place place, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A copy in which control characters and bytes that are not UTF-8 read \xNN, cut at `max` bytes. */
char *log_escape(const char *text, size_t max);
