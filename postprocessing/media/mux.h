/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One output file. It grows under a temporary name in the folder of the final
 * one, and takes the final name when it is complete; whatever goes wrong
 * before, mux_destroy() removes it.
 *
 * Order of calls: open, add_track…, start, write…, finish, destroy. The bytes
 * depend on what is written alone: no clock, no random numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <libavutil/rational.h>

#include "postprocessing/media/fault.h"
#include "postprocessing/media/formats.h"

struct mux;

struct mux_options {
	const char *path;
	const struct format *format;
	bool may_overwrite; /* an existing regular file; nothing else is ever replaced */
	int64_t created_us; /* wall clock for the file's own metadata; 0: left out */
};

int mux_open(struct mux **out, const struct mux_options *options, struct fault *fault);

/* Whether encoders must put their headers into extradata (AV_CODEC_FLAG_GLOBAL_HEADER). */
bool mux_needs_global_headers(const struct mux *mux);

/* The parameters are copied. Packets of this track will be in `time_base`. */
int mux_add_track(struct mux *mux, size_t *track, const AVCodecParameters *parameters,
	AVRational time_base, struct fault *fault);

int mux_start(struct mux *mux, struct fault *fault);

/*
 * Takes the packet's contents, leaving it empty. Tracks may run apart by some
 * seconds; within one, a time that does not advance is moved on by one tick.
 */
int mux_write(struct mux *mux, size_t track, AVPacket *packet, struct fault *fault);

/* The file is complete, on disk, and has its name. */
int mux_finish(struct mux *mux, struct fault *fault);

void mux_destroy(struct mux *mux); /* NULL is fine */

/* Packets whose time had to be moved. */
uint64_t mux_moved(const struct mux *mux);

/* Size of the file; right after mux_finish(). */
uint64_t mux_size(const struct mux *mux);
