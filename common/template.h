/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Recording names from a template such as "stream-{mediaSessionId}-{login}".
 *
 * Tokens, and the most bytes that each may add:
 *   {streamName} any    {startTime} 20   {sessionId} 60   {mediaSessionId} 36
 *   {login} 32          {audioCodec} 4   {videoCodec} 4
 * Braces around any other word are an error, so that a misspelt token is found
 * when the configuration is read. Thread: any but the media thread (allocates).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TEMPLATE_DEFAULT "stream-{mediaSessionId}-{login}"

/* All borrowed; NULL or empty expands to nothing, and takes a '-' or '_' before it along. */
struct template_values {
	const char *stream_name;
	int64_t start_us; /* wall clock; {startTime} is its milliseconds since 1970 */
	const char *session_id;
	const char *media_session_id;
	const char *login;
	const char *audio_codec;
	const char *video_codec;
};

/* 0, or -EINVAL with `bad` (may be NULL) set to the offset of the brace that is wrong. */
int template_check(const char *text, size_t *bad);

/*
 * The expanded text, not yet safe as a file name (see path_component()). The caller frees it.
 * NULL for a template that template_check() refuses.
 */
char *template_expand(const char *text, const struct template_values *values);
