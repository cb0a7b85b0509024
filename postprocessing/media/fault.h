/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What went wrong, as the one line that the user will read, and whose matter it
 * is. The place that knows what was being attempted fills it; everything above
 * only hands it on, and the command prints it.
 *
 * Thread: each struct belongs to one; fault_capture_log() is called once, early.
 */
#pragma once

#include <glib.h>

enum fault_kind {
	FAULT_USAGE = 2, /* the values are the command's exit codes */
	FAULT_INPUT = 3,
	FAULT_OUTPUT = 4,
};

enum {
	FAULT_TEXT_SIZE = 512
};

struct fault {
	enum fault_kind kind;
	char text[FAULT_TEXT_SIZE];
};

/* Fills `fault` and returns `err`, a negative errno, so that a failing function ends with it. */
int fault_set(struct fault *fault, enum fault_kind kind, int err, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* The same for a libav call: "STEP: libav's text (the last error it logged)". */
int fault_set_av(struct fault *fault, enum fault_kind kind, int err, const char *step);

/* From now on libav prints nothing; its last error line waits for fault_set_av(). */
void fault_capture_log(void);
