/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A new offer for a stream that is published already: changed directions, more
 * m-lines, an ICE restart. What is being recorded goes on undisturbed; tracks
 * that are new are part of the next recording.
 */
#pragma once

#include "plugins/request.h"

struct stream;

/* The offer that came with a request, borrowed from it. 400: none, or not an offer. */
enum error_code renegotiation_offer(const char **out, struct request *r);

/* Answers it: sets r->answer and adds what is new to the stream. As sdp_answer(). */
enum error_code renegotiation_answer(struct request *r, struct stream *stream, const char *offer);
