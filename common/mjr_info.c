/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON of an .mjr header: read strictly, written as Janus writes it. */
#include "common/mjr_info.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "common/clock.h"

void mjr_info_fini(struct mjr_info *info)
{
	g_free(info->fmtp);
	g_free(info->description);
	for (size_t id = 1; id <= MJR_EXTMAP_MAX; id++)
		g_free(info->extmap[id]);
	*info = (struct mjr_info){0};
}

void mjr_info_copy(struct mjr_info *out, const struct mjr_info *info)
{
	*out = *info;
	out->fmtp = g_strdup(info->fmtp);
	out->description = g_strdup(info->description);
	for (size_t id = 1; id <= MJR_EXTMAP_MAX; id++)
		out->extmap[id] = g_strdup(info->extmap[id]);
}

json_t *mjr_info_extmap_to_json(const struct mjr_info *info)
{
	json_t *extmap = NULL;
	for (size_t id = 1; id <= MJR_EXTMAP_MAX; id++) {
		if (info->extmap[id] == NULL)
			continue;
		char key[sizeof "15"];
		g_snprintf(key, sizeof key, "%u", (unsigned)id);
		if (extmap == NULL)
			extmap = json_object();
		json_object_set_new(extmap, key, json_string(info->extmap[id]));
	}
	return extmap;
}

void mjr_info_extmap_from_json(struct mjr_info *info, const json_t *extmap)
{
	for (size_t id = 1; id <= MJR_EXTMAP_MAX; id++) {
		char key[sizeof "15"];
		g_snprintf(key, sizeof key, "%u", (unsigned)id);
		g_free(info->extmap[id]);
		info->extmap[id] = g_strdup(json_string_value(json_object_get(extmap, key)));
	}
}

static bool read_time(int64_t *out, const json_t *value)
{
	int64_t us = json_integer_value(value);
	if (!json_is_integer(value) || us < 0 || us > CLOCK_REAL_MAX_US)
		return false;
	*out = us;
	return true;
}

static int parse_members(struct mjr_info *out, const json_t *json, const char **what)
{
	const char *type = json_string_value(json_object_get(json, "t"));
	const char *codec = json_string_value(json_object_get(json, "c"));
	*what = "the header names no type (t) or no codec (c)";
	if (type == NULL || codec == NULL)
		return -EBADMSG;
	*what = "the header names an unknown codec (c)";
	out->codec = codec_find(codec);
	if (out->codec == NULL)
		return -ENOTSUP;
	*what = "the header's type (t) is not its codec's";
	if (g_ascii_tolower(type[0]) != codec_kind_letter(out->codec->kind) || type[1] != '\0')
		return -EBADMSG;
	*what = "the header lacks a plausible time of creation (s) or of the first frame (u)";
	if (!read_time(&out->created_us, json_object_get(json, "s")) ||
		!read_time(&out->first_frame_us, json_object_get(json, "u")))
		return -EBADMSG;

	json_int_t red = json_integer_value(json_object_get(json, "or"));
	out->red_payload_type = red > 0 && red < 128 ? (uint8_t)red : 0;
	out->is_encrypted = json_is_true(json_object_get(json, "e"));
	out->fmtp = g_strdup(json_string_value(json_object_get(json, "f")));
	out->description = g_strdup(json_string_value(json_object_get(json, "d")));
	mjr_info_extmap_from_json(out, json_object_get(json, "x"));
	return 0;
}

int mjr_info_parse(struct mjr_info *out, const struct mjr_header *header, const char **what)
{
	const char *sentence;
	const char *text = (const char *)header->json.data;
	*out = (struct mjr_info){0};
	if (header->version == MJR_VERSION_2015) {
		out->codec = codec_find(text[0] == 'v' ? "vp8" : "opus");
		return 0;
	}
	json_t *json = json_loadb(text, header->json.len, 0, NULL);
	sentence = "the header is not a JSON object";
	int err = json_is_object(json) ? parse_members(out, json, &sentence) : -EBADMSG;
	json_decref(json);
	if (err < 0) {
		mjr_info_fini(out);
		if (what != NULL)
			*what = sentence;
	}
	return err;
}

/* Members whose text is not UTF-8 are left out: JSON cannot hold them. */
static void set_text(json_t *json, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(json, key, json_string(text));
}

static json_t *to_json(const struct mjr_info *info, bool with_description, bool with_extmap)
{
	json_t *json = json_object();
	const char type[] = {codec_kind_letter(info->codec->kind), '\0'};
	set_text(json, "t", type);
	set_text(json, "c", info->codec->name);
	set_text(json, "f", info->fmtp);
	if (with_description)
		set_text(json, "d", info->description);
	json_t *extmap = with_extmap ? mjr_info_extmap_to_json(info) : NULL;
	if (extmap != NULL)
		json_object_set_new(json, "x", extmap);
	json_object_set_new(json, "s", json_integer(info->created_us));
	json_object_set_new(json, "u", json_integer(info->first_frame_us));
	if (info->red_payload_type != 0)
		json_object_set_new(json, "or", json_integer(info->red_payload_type));
	if (info->is_encrypted)
		json_object_set_new(json, "e", json_true());
	return json;
}

/* Writes the JSON at `buf`; its length, which may exceed `cap`. */
static size_t dump(
	char *buf, size_t cap, const struct mjr_info *info, bool with_description, bool with_extmap)
{
	json_t *json = to_json(info, with_description, with_extmap);
	size_t len = json_dumpb(json, buf, cap, JSON_PRESERVE_ORDER);
	json_decref(json);
	return len;
}

int mjr_info_build(uint8_t *buf, size_t cap, const struct mjr_info *info)
{
	if (info->codec == NULL)
		return -EINVAL;
	char json[MJR_JSON_MAX];
	size_t len = dump(json, sizeof json, info, true, true);
	if (len > sizeof json)
		len = dump(json, sizeof json, info, false, true);
	if (len > sizeof json)
		len = dump(json, sizeof json, info, false, false);
	if (len > sizeof json)
		return -EOVERFLOW;
	if (cap < MJR_PREFIX_SIZE + len)
		return -ENOBUFS;
	memcpy(buf, MJR_MAGIC, MJR_MAGIC_SIZE);
	bytes_put_u16(buf + MJR_MAGIC_SIZE, (uint16_t)len);
	memcpy(buf + MJR_PREFIX_SIZE, json, len);
	return (int)(MJR_PREFIX_SIZE + len);
}
