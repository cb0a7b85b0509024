/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one shape of the tool's stages, and its return values.
 *
 *   file → reader → reorder → timeline → depay → sink
 *
 * A stage is pulled by the next one. X_pull() fills its first argument and
 * returns STAGE_OK; STAGE_AGAIN when its input has no more for now (a file that
 * still grows); STAGE_END when there will never be more; or a negative errno.
 * What is pulled is borrowed from the stage until its next pull.
 * A pipeline belongs to one thread.
 */
#pragma once

#include <errno.h>

enum {
	STAGE_OK = 0,
	STAGE_AGAIN = -EAGAIN,
	STAGE_END = -ENODATA,
};
