/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See dump.h. */
#include "tests/soak/dump.h"

#include <jansson.h>
#include <string.h>

enum {
	MAGIC_SIZE = 8,
	HEADER_SIZE = 10,
	FRAME_HEADER_SIZE = 10,
	TIME_SIZE = 8,
};

static size_t be16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | (uint32_t)be16(at + 2);
}

/* Moves `at` behind the header. */
static const char *read_header(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *start = *at;
	if ((size_t)(end - start) < HEADER_SIZE || memcmp(start, "MJR00002", MAGIC_SIZE) != 0)
		return "it does not begin like a dump";
	size_t len = be16(start + MAGIC_SIZE);
	if ((size_t)(end - start) < HEADER_SIZE + len)
		return "its header is cut off";
	json_t *json = json_loadb((const char *)start + HEADER_SIZE, len, 0, NULL);
	bool is_object = json_is_object(json);
	json_decref(json);
	*at = start + HEADER_SIZE + len;
	return is_object ? NULL : "its header is no JSON object";
}

static const char *read_frame(
	struct dump_frame *out, const uint8_t **at, const uint8_t *end, size_t skip)
{
	const uint8_t *start = *at;
	size_t left = (size_t)(end - start);
	if (memcmp(start, "MEET", MIN(left, 4)) != 0)
		return "something that is no frame is between frames";
	if (left < FRAME_HEADER_SIZE || left - FRAME_HEADER_SIZE < be16(start + 8))
		return "its last frame is cut off";
	if (be16(start + 8) < skip)
		return "it has a message without a time";
	out->ms = be32(start + 4);
	out->len = be16(start + 8) - skip;
	out->bytes = start + FRAME_HEADER_SIZE + skip;
	*at = out->bytes + out->len;
	return NULL;
}

void dump_init(struct dump *dump, const char *path, bool is_rtp)
{
	*dump = (struct dump){.frames = g_array_new(FALSE, FALSE, sizeof(struct dump_frame))};
	if (!g_file_get_contents(path, &dump->bytes, &dump->size, NULL)) {
		dump->torn = "it cannot be read";
		return;
	}
	const uint8_t *at = (const uint8_t *)dump->bytes, *end = at + dump->size;
	dump->torn = read_header(&at, end);
	uint32_t ms = 0;
	while (!dump->torn && at < end) {
		struct dump_frame frame;
		dump->torn = read_frame(&frame, &at, end, is_rtp ? 0 : TIME_SIZE);
		if (!dump->torn && frame.ms < ms)
			dump->torn = "its time goes back";
		if (dump->torn)
			break;
		ms = frame.ms;
		g_array_append_val(dump->frames, frame);
	}
}

void dump_fini(struct dump *dump)
{
	g_array_free(dump->frames, TRUE);
	g_free(dump->bytes);
}
