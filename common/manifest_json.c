/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A manifest as JSON and back. A member of the JSON that is one member of a
 * struct is one row of a table, used both ways; the rest is written out below.
 */
#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "common/clock.h"
#include "common/manifest.h"
#include "common/path.h"

enum member_type {
	MEMBER_TEXT,
	MEMBER_OPTIONAL_TEXT, /* left out when NULL */
	MEMBER_FILE,          /* text that is one path component */
	MEMBER_BOOL,
	MEMBER_U8,
	MEMBER_U16,
	MEMBER_U32,
	MEMBER_U64,           /* JSON integers end at INT64_MAX */
	MEMBER_OPTIONAL_U64,  /* left out when 0 */
	MEMBER_OPTIONAL_BOOL, /* left out when false */
	MEMBER_INDEX,         /* int, -1 for none */
	MEMBER_TIME,          /* int64_t, wall clock, µs */
	MEMBER_OPTIONAL_TIME, /* left out when 0 */
};

struct member {
	const char *name;
	enum member_type type;
	size_t offset;
};

#define MEMBER(kind, of, field)                            \
	{                                                  \
#field, MEMBER_##kind, offsetof(of, field) \
	}
#define INFO_MEMBER(kind, field)                                                   \
	{                                                                          \
#field, MEMBER_##kind, offsetof(struct manifest_track, info.field) \
	}

static const struct member manifest_members[] = {
	MEMBER(TEXT, struct manifest, id),
	MEMBER(FILE, struct manifest, name),
	MEMBER(TEXT, struct manifest, stream),
	MEMBER(TEXT, struct manifest, media_session_id),
	MEMBER(OPTIONAL_TEXT, struct manifest, login),
	MEMBER(OPTIONAL_TEXT, struct manifest, engine),
	MEMBER(OPTIONAL_TEXT, struct manifest, reason),
	MEMBER(OPTIONAL_BOOL, struct manifest, hold),
	MEMBER(TIME, struct manifest, created_us),
	MEMBER(OPTIONAL_TIME, struct manifest, ended_us),
	{0},
};

static const struct member interruption_members[] = {
	MEMBER(TEXT, struct manifest_interruption, reason),
	MEMBER(TIME, struct manifest_interruption, from_us),
	MEMBER(OPTIONAL_TIME, struct manifest_interruption, to_us),
	{0},
};

static const struct member hook_members[] = {
	MEMBER(TEXT, struct manifest_hook, hook),
	MEMBER(TEXT, struct manifest_hook, action),
	MEMBER(TEXT, struct manifest_hook, event),
	MEMBER(TEXT, struct manifest_hook, key),
	MEMBER(BOOL, struct manifest_hook, is_ok),
	MEMBER(U16, struct manifest_hook, code),
	MEMBER(TEXT, struct manifest_hook, detail),
	MEMBER(OPTIONAL_TEXT, struct manifest_hook, output),
	MEMBER(U32, struct manifest_hook, attempts),
	MEMBER(TIME, struct manifest_hook, from_us),
	MEMBER(TIME, struct manifest_hook, to_us),
	{0},
};

static const struct member track_members[] = {
	MEMBER(TEXT, struct manifest_track, label),
	MEMBER(OPTIONAL_TEXT, struct manifest_track, mid),
	MEMBER(INDEX, struct manifest_track, mindex),
	MEMBER(U32, struct manifest_track, ssrc),
	INFO_MEMBER(OPTIONAL_TEXT, fmtp),
	INFO_MEMBER(OPTIONAL_TEXT, description),
	INFO_MEMBER(TIME, created_us),
	INFO_MEMBER(TIME, first_frame_us),
	INFO_MEMBER(U8, red_payload_type),
	INFO_MEMBER(BOOL, is_encrypted),
	MEMBER(OPTIONAL_U64, struct manifest_track, gaps_omitted),
	{0},
};

static const struct member part_members[] = {
	MEMBER(FILE, struct manifest_part, file),
	MEMBER(U32, struct manifest_part, number),
	MEMBER(U64, struct manifest_part, packets),
	MEMBER(U64, struct manifest_part, bytes),
	MEMBER(TIME, struct manifest_part, start_us),
	MEMBER(TIME, struct manifest_part, end_us),
	MEMBER(U16, struct manifest_part, first_seq),
	MEMBER(U16, struct manifest_part, last_seq),
	MEMBER(U32, struct manifest_part, first_timestamp),
	MEMBER(U32, struct manifest_part, last_timestamp),
	MEMBER(OPTIONAL_BOOL, struct manifest_part, is_doubtful),
	{0},
};

static const struct member gap_members[] = {
	MEMBER(TEXT, struct manifest_gap, reason),
	MEMBER(TIME, struct manifest_gap, from_us),
	MEMBER(TIME, struct manifest_gap, to_us),
	MEMBER(U16, struct manifest_gap, first_seq),
	MEMBER(U16, struct manifest_gap, last_seq),
	MEMBER(U64, struct manifest_gap, packets),
	{0},
};

static const struct member quality_members[] = {
	MEMBER(U64, struct manifest_quality, received),
	MEMBER(U64, struct manifest_quality, lost),
	MEMBER(U64, struct manifest_quality, reordered),
	MEMBER(U64, struct manifest_quality, duplicated),
	MEMBER(U64, struct manifest_quality, malformed),
	MEMBER(U64, struct manifest_quality, dropped),
	MEMBER(U64, struct manifest_quality, gaps),
	MEMBER(U64, struct manifest_quality, keyframes),
	MEMBER(U64, struct manifest_quality, keyframe_requests),
	MEMBER(U64, struct manifest_quality, ring_high_water),
	{0},
};

/* ---- to JSON ---- */

/* Never NULL: what is not UTF-8 gets replacement characters. */
static json_t *text_to_json(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
	return json_string(valid);
}

static json_t *time_to_json(int64_t us)
{
	char text[CLOCK_TEXT_SIZE];
	clock_format(text, us);
	return json_string(text);
}

/* NULL: the member is left out. */
static json_t *member_to_json(enum member_type type, const void *field)
{
	switch (type) {
	case MEMBER_OPTIONAL_TEXT:
		if (*(char *const *)field == NULL)
			return NULL;
		return text_to_json(*(char *const *)field);
	case MEMBER_TEXT:
	case MEMBER_FILE:
		return text_to_json(*(char *const *)field);
	case MEMBER_BOOL:
		return json_boolean(*(const bool *)field);
	case MEMBER_OPTIONAL_BOOL:
		return *(const bool *)field ? json_true() : NULL;
	case MEMBER_U8:
		return json_integer(*(const uint8_t *)field);
	case MEMBER_U16:
		return json_integer(*(const uint16_t *)field);
	case MEMBER_U32:
		return json_integer(*(const uint32_t *)field);
	case MEMBER_U64:
		return json_integer((json_int_t)MIN(*(const uint64_t *)field, INT64_MAX));
	case MEMBER_OPTIONAL_U64:
		if (*(const uint64_t *)field == 0)
			return NULL;
		return json_integer((json_int_t)MIN(*(const uint64_t *)field, INT64_MAX));
	case MEMBER_INDEX:
		return json_integer(*(const int *)field);
	case MEMBER_OPTIONAL_TIME:
		if (*(const int64_t *)field == 0)
			return NULL;
		return json_integer(*(const int64_t *)field);
	case MEMBER_TIME:
		return json_integer(*(const int64_t *)field);
	}
	return NULL;
}

static json_t *members_to_json(const struct member *table, const void *from)
{
	json_t *json = json_object();
	for (const struct member *row = table; row->name != NULL; row++) {
		json_t *value = member_to_json(row->type, (const char *)from + row->offset);
		if (value != NULL)
			json_object_set_new(json, row->name, value);
	}
	return json;
}

static json_t *gaps_to_json(const struct manifest_track *track)
{
	json_t *list = json_array();
	for (size_t i = 0; i < track->gap_count; i++)
		json_array_append_new(list, members_to_json(gap_members, &track->gaps[i]));
	return list;
}

static json_t *track_to_json(const struct manifest_track *track)
{
	assert(track->info.codec != NULL);
	json_t *json = members_to_json(track_members, track);
	json_object_set_new(json, "kind", json_string(codec_kind_name(track->kind)));
	json_object_set_new(json, "codec", json_string(track->info.codec->name));
	json_t *extmap = mjr_info_extmap_to_json(&track->info);
	if (extmap != NULL)
		json_object_set_new(json, "extmap", extmap);

	json_t *parts = json_array();
	for (size_t i = 0; i < track->part_count; i++)
		json_array_append_new(parts, members_to_json(part_members, &track->parts[i]));
	json_object_set_new(json, "parts", parts);
	if (track->gap_count > 0)
		json_object_set_new(json, "gaps", gaps_to_json(track));
	json_object_set_new(json, "quality", members_to_json(quality_members, &track->quality));
	return json;
}

static json_t *interruptions_to_json(const struct manifest *manifest)
{
	json_t *list = json_array();
	for (size_t i = 0; i < manifest->interruption_count; i++)
		json_array_append_new(
			list, members_to_json(interruption_members, &manifest->interruptions[i]));
	return list;
}

json_t *manifest_hook_to_json(const struct manifest_hook *hook)
{
	return members_to_json(hook_members, hook);
}

static json_t *hooks_to_json(const struct manifest *manifest)
{
	json_t *list = json_array();
	for (size_t i = 0; i < manifest->hook_count; i++)
		json_array_append_new(list, manifest_hook_to_json(&manifest->hooks[i]));
	return list;
}

json_t *manifest_to_json(const struct manifest *manifest)
{
	json_t *json = json_object();
	json_t *members = members_to_json(manifest_members, manifest);
	json_object_set_new(json, "version", json_integer(MANIFEST_VERSION));
	json_object_set_new(json, "state", json_string(manifest_state_name(manifest->state)));
	json_object_set_new(json, "created", time_to_json(manifest->created_us));
	if (manifest->ended_us != 0)
		json_object_set_new(json, "ended", time_to_json(manifest->ended_us));
	json_object_update(json, members);
	json_decref(members);
	if (manifest->metadata != NULL)
		json_object_set(json, "metadata", manifest->metadata);

	if (manifest->interruption_count > 0)
		json_object_set_new(json, "interruptions", interruptions_to_json(manifest));

	if (manifest->hook_count > 0)
		json_object_set_new(json, "hooks", hooks_to_json(manifest));

	json_t *tracks = json_array();
	for (size_t i = 0; i < manifest->track_count; i++)
		json_array_append_new(tracks, track_to_json(&manifest->tracks[i]));
	json_object_set_new(json, "tracks", tracks);
	return json;
}

/* ---- from JSON ---- */

/* Always -EBADMSG, so that a check is one statement. */
G_GNUC_PRINTF(2, 3)
static int refuse(char **what, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_free(*what);
	*what = g_strdup_vprintf(format, args);
	va_end(args);
	return -EBADMSG;
}

/* Says which of the list `name` the sentence is about: "parts[3].packets is not …". */
static int refuse_item(char **what, const char *name, size_t index)
{
	g_autofree char *inner = g_steal_pointer(what);
	return refuse(what, "%s[%zu].%s", name, index, inner);
}

static bool is_file_name(const char *text)
{
	g_autofree char *safe = path_component(text, PATH_COMPONENT_MAX);
	return strcmp(safe, text) == 0;
}

static int read_text(char **field, const struct member *row, const json_t *value, char **what)
{
	const char *text = json_string_value(value);
	if (value == NULL && row->type == MEMBER_OPTIONAL_TEXT)
		return 0;
	if (text == NULL)
		return refuse(what, "%s is not a string", row->name);
	if (row->type == MEMBER_FILE && !is_file_name(text))
		return refuse(what, "%s is not the name of a file", row->name);
	*field = g_strdup(text);
	return 0;
}

static int64_t integer_max(enum member_type type)
{
	switch (type) {
	case MEMBER_U8:
		return UINT8_MAX;
	case MEMBER_U16:
		return UINT16_MAX;
	case MEMBER_U32:
		return UINT32_MAX;
	case MEMBER_INDEX:
		return INT_MAX;
	case MEMBER_TIME:
	case MEMBER_OPTIONAL_TIME:
		return CLOCK_REAL_MAX_US;
	default:
		return INT64_MAX;
	}
}

static void store_integer(void *field, enum member_type type, int64_t value)
{
	switch (type) {
	case MEMBER_U8:
		*(uint8_t *)field = (uint8_t)value;
		break;
	case MEMBER_U16:
		*(uint16_t *)field = (uint16_t)value;
		break;
	case MEMBER_U32:
		*(uint32_t *)field = (uint32_t)value;
		break;
	case MEMBER_INDEX:
		*(int *)field = (int)value;
		break;
	default:
		*(int64_t *)field = value;
		break;
	}
}

static int read_integer(void *field, const struct member *row, const json_t *value, char **what)
{
	int64_t min = row->type == MEMBER_INDEX ? -1 : 0;
	int64_t max = integer_max(row->type);
	int64_t number = json_integer_value(value);
	if (value == NULL &&
		(row->type == MEMBER_OPTIONAL_TIME || row->type == MEMBER_OPTIONAL_U64))
		return 0;
	if (!json_is_integer(value) || number < min || number > max)
		return refuse(what,
			"%s is not a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
			row->name, min, max);
	store_integer(field, row->type, number);
	return 0;
}

static int read_member(void *field, const struct member *row, const json_t *value, char **what)
{
	switch (row->type) {
	case MEMBER_TEXT:
	case MEMBER_OPTIONAL_TEXT:
	case MEMBER_FILE:
		return read_text(field, row, value, what);
	case MEMBER_BOOL:
	case MEMBER_OPTIONAL_BOOL:
		if (value == NULL && row->type == MEMBER_OPTIONAL_BOOL)
			return 0;
		if (!json_is_boolean(value))
			return refuse(what, "%s is not true or false", row->name);
		*(bool *)field = json_is_true(value);
		return 0;
	default:
		return read_integer(field, row, value, what);
	}
}

static int read_members(void *into, const struct member *table, const json_t *json, char **what)
{
	for (const struct member *row = table; row->name != NULL; row++) {
		const json_t *value = json_object_get(json, row->name);
		int err = read_member((char *)into + row->offset, row, value, what);
		if (err < 0)
			return err;
	}
	return 0;
}

static int read_codec(struct manifest_track *track, const json_t *json, char **what)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	const char *codec = json_string_value(json_object_get(json, "codec"));
	if (kind == NULL || !codec_kind_parse(&track->kind, kind))
		return refuse(what, "kind is not audio, video or data");
	track->info.codec = codec != NULL ? codec_find(codec) : NULL;
	if (track->info.codec == NULL || track->info.codec->kind != track->kind)
		return refuse(what, "codec is not one of this kind");
	return 0;
}

static int read_parts(struct manifest_track *track, const json_t *parts, size_t room, char **what)
{
	if (!json_is_array(parts))
		return refuse(what, "parts is not a list");
	size_t count = json_array_size(parts);
	if (count > room)
		return refuse(what, "parts: more than %d in all", MANIFEST_PARTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct manifest_part *part = manifest_add_part(track);
		if (read_members(part, part_members, json_array_get(parts, i), what) < 0)
			return refuse_item(what, "parts", i);
	}
	return 0;
}

/* The list may be missing. */
static int read_gaps(struct manifest_track *track, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return refuse(what, "gaps is not a list");
	if (json_array_size(list) > MANIFEST_GAPS_MAX)
		return refuse(what, "gaps: more than %d", MANIFEST_GAPS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_gap *gap = manifest_add_gap(track);
		if (read_members(gap, gap_members, json_array_get(list, i), what) < 0)
			return refuse_item(what, "gaps", i);
	}
	return 0;
}

static int read_track(struct manifest_track *track, const json_t *json, size_t room, char **what)
{
	int err = read_members(track, track_members, json, what);
	if (err == 0)
		err = read_codec(track, json, what);
	if (err == 0)
		err = read_members(
			&track->quality, quality_members, json_object_get(json, "quality"), what);
	if (err == 0)
		err = read_parts(track, json_object_get(json, "parts"), room, what);
	if (err == 0)
		err = read_gaps(track, json_object_get(json, "gaps"), what);
	mjr_info_extmap_from_json(&track->info, json_object_get(json, "extmap"));
	return err;
}

static int read_tracks(struct manifest *out, const json_t *tracks, char **what)
{
	size_t room = MANIFEST_PARTS_MAX;
	if (!json_is_array(tracks))
		return refuse(what, "tracks is not a list");
	if (json_array_size(tracks) > MANIFEST_TRACKS_MAX)
		return refuse(what, "tracks: more than %d", MANIFEST_TRACKS_MAX);
	for (size_t i = 0; i < json_array_size(tracks); i++) {
		struct manifest_track *track = manifest_add_track(out);
		if (read_track(track, json_array_get(tracks, i), room, what) < 0)
			return refuse_item(what, "tracks", i);
		room -= track->part_count;
	}
	return 0;
}

/* The list may be missing. */
static int read_interruptions(struct manifest *out, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return refuse(what, "interruptions is not a list");
	if (json_array_size(list) > MANIFEST_INTERRUPTIONS_MAX)
		return refuse(what, "interruptions: more than %d", MANIFEST_INTERRUPTIONS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_interruption *interruption = manifest_add_interruption(out);
		if (read_members(
			    interruption, interruption_members, json_array_get(list, i), what) < 0)
			return refuse_item(what, "interruptions", i);
	}
	return 0;
}

int manifest_hook_from_json(struct manifest_hook *out, const json_t *json, char **what)
{
	g_autofree char *sentence = NULL;
	*out = (struct manifest_hook){0};
	int err = read_members(out, hook_members, json, &sentence);
	if (err < 0) {
		manifest_hook_fini(out);
		if (what != NULL)
			*what = g_steal_pointer(&sentence);
	}
	return err;
}

/* The list may be missing. */
static int read_hooks(struct manifest *out, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return refuse(what, "hooks is not a list");
	if (json_array_size(list) > MANIFEST_HOOKS_MAX)
		return refuse(what, "hooks: more than %d", MANIFEST_HOOKS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_hook *hook = manifest_add_hook(out);
		if (read_members(hook, hook_members, json_array_get(list, i), what) < 0)
			return refuse_item(what, "hooks", i);
	}
	return 0;
}

static int read_manifest(struct manifest *out, const json_t *json, char **what)
{
	json_t *version = json_object_get(json, "version");
	const char *state = json_string_value(json_object_get(json, "state"));
	json_t *metadata = json_object_get(json, "metadata");
	if (!json_is_object(json))
		return refuse(what, "it is not a JSON object");
	if (!json_is_integer(version) || json_integer_value(version) != MANIFEST_VERSION)
		return refuse(what, "version is not %d", MANIFEST_VERSION);
	if (state == NULL || !manifest_state_parse(&out->state, state))
		return refuse(what, "state is not recording, complete, recovered or failed");
	if (metadata != NULL && !json_is_object(metadata))
		return refuse(what, "metadata is not an object");
	out->metadata = json_incref(metadata);
	int err = read_members(out, manifest_members, json, what);
	if (err == 0)
		err = read_interruptions(out, json_object_get(json, "interruptions"), what);
	if (err == 0)
		err = read_hooks(out, json_object_get(json, "hooks"), what);
	return err < 0 ? err : read_tracks(out, json_object_get(json, "tracks"), what);
}

int manifest_from_json(struct manifest *out, const json_t *json, char **what)
{
	g_autofree char *sentence = NULL;
	*out = (struct manifest){0};
	int err = read_manifest(out, json, &sentence);
	if (err < 0) {
		manifest_fini(out);
		if (what != NULL)
			*what = g_steal_pointer(&sentence);
	}
	return err;
}
