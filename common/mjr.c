/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading headers and frames of .mjr files of every age. */
#include "common/mjr.h"

#include <errno.h>

/* The word "audio" or "video" after the magic of a file from before 2015. */
enum {
	WORD_SIZE = 5
};

/* Whether `bytes`, which may be shorter than `text`, begin as it does. */
static bool begins_like(struct bytes bytes, const char *text, size_t len)
{
	return bytes.len == 0 || memcmp(bytes.data, text, bytes.len < len ? bytes.len : len) == 0;
}

static int parse_2015(struct mjr_header *out, struct bytes rest)
{
	static const char length[] = {0, WORD_SIZE};
	struct bytes word;
	if (!begins_like(rest, length, sizeof length))
		return -EBADMSG;
	if (!bytes_skip(&rest, sizeof length))
		return -EAGAIN;
	if (!begins_like(rest, "audio", WORD_SIZE) && !begins_like(rest, "video", WORD_SIZE))
		return -EBADMSG;
	if (!bytes_take(&rest, WORD_SIZE, &word))
		return -EAGAIN;
	*out = (struct mjr_header){MJR_VERSION_2015, word, MJR_PREFIX_SIZE + WORD_SIZE};
	return 0;
}

static int parse_json(struct mjr_header *out, struct bytes rest, enum mjr_version version)
{
	uint16_t len;
	struct bytes json;
	if (!bytes_take_u16(&rest, &len) || !bytes_take(&rest, len, &json))
		return -EAGAIN;
	*out = (struct mjr_header){version, json, (size_t)MJR_PREFIX_SIZE + len};
	return 0;
}

int mjr_header_parse(struct mjr_header *out, struct bytes start)
{
	static const struct {
		const char *magic;
		enum mjr_version version;
	} versions[] = {
		{MJR_MAGIC, MJR_VERSION_2},
		{MJR_MAGIC_V1, MJR_VERSION_1},
		{MJR_FRAME_TAG_V1, MJR_VERSION_2015},
	};
	if (start.len == 0)
		return -EAGAIN;
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
		struct bytes rest = start;
		if (!begins_like(start, versions[i].magic, MJR_MAGIC_SIZE))
			continue;
		if (!bytes_skip(&rest, MJR_MAGIC_SIZE))
			return -EAGAIN;
		if (versions[i].version == MJR_VERSION_2015)
			return parse_2015(out, rest);
		return parse_json(out, rest, versions[i].version);
	}
	return -EBADMSG;
}

int mjr_frame_parse(struct mjr_frame *out, struct bytes bytes, enum mjr_version version)
{
	/*
	 * Both forms have ten bytes before the payload, the last two its length. The version
	 * decides alone: in MJR00002, "MEETECHO" is a frame that came after 13 days and a half.
	 */
	bool has_time = version == MJR_VERSION_2;
	const char *tag = has_time ? MJR_FRAME_TAG : MJR_FRAME_TAG_V1;
	struct bytes head, payload;
	if (version == MJR_VERSION_NONE)
		return -EBADMSG;
	if (!begins_like(bytes, tag, strlen(tag)))
		return -EBADMSG;
	if (!bytes_take(&bytes, MJR_FRAME_HEADER_SIZE, &head))
		return -EAGAIN;
	if (!bytes_take(&bytes, bytes_get_u16(head.data + 8), &payload))
		return -EAGAIN;
	*out = (struct mjr_frame){
		.ms = has_time ? bytes_get_u32(head.data + 4) : 0,
		.payload = payload,
		.size = head.len + payload.len,
	};
	return 0;
}
