/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A manifest as JSON and back: what members.h cannot say by a table.
 */
#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stddef.h>
#include <string.h>

#include "common/clock.h"
#include "common/manifest.h"
#include "common/members.h"

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

static const struct member rotation_members[] = {
	MEMBER(OPTIONAL_U64, struct manifest_rotation, duration_us),
	MEMBER(OPTIONAL_U64, struct manifest_rotation, bytes),
	MEMBER(OPTIONAL_BOOL, struct manifest_rotation, is_aligned),
	{0},
};

static const struct member pause_members[] = {
	MEMBER(TIME, struct manifest_pause, from_us),
	MEMBER(OPTIONAL_TIME, struct manifest_pause, to_us),
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

static const struct member output_members[] = {
	MEMBER(FILE, struct manifest_output, file),
	MEMBER(TEXT, struct manifest_output, format),
	MEMBER(U64, struct manifest_output, bytes),
	MEMBER(U64, struct manifest_output, duration_us),
	MEMBER(BOOL, struct manifest_output, is_lossy),
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
	MEMBER(OPTIONAL_BOOL, struct manifest_part, starts_with_keyframe),
	MEMBER(OPTIONAL_BOOL, struct manifest_part, is_gapless),
	MEMBER(OPTIONAL_U64, struct manifest_part, lost_before),
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

static json_t *time_to_json(int64_t us)
{
	char text[CLOCK_TEXT_SIZE];
	clock_format(text, us);
	return json_string(text);
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

static json_t *pauses_to_json(const struct manifest *manifest)
{
	json_t *list = json_array();
	for (size_t i = 0; i < manifest->pause_count; i++)
		json_array_append_new(list, members_to_json(pause_members, &manifest->pauses[i]));
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

json_t *manifest_output_to_json(const struct manifest_output *output)
{
	json_t *json = members_to_json(output_members, output);
	if (output->report != NULL)
		json_object_set(json, "report", output->report);
	return json;
}

static json_t *outputs_to_json(const struct manifest *manifest)
{
	json_t *list = json_array();
	for (size_t i = 0; i < manifest->output_count; i++)
		json_array_append_new(list, manifest_output_to_json(&manifest->outputs[i]));
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

	if (manifest_is_rotated(&manifest->rotation))
		json_object_set_new(
			json, "rotation", members_to_json(rotation_members, &manifest->rotation));

	if (manifest->interruption_count > 0)
		json_object_set_new(json, "interruptions", interruptions_to_json(manifest));
	if (manifest->pause_count > 0)
		json_object_set_new(json, "pauses", pauses_to_json(manifest));

	if (manifest->hook_count > 0)
		json_object_set_new(json, "hooks", hooks_to_json(manifest));
	if (manifest->output_count > 0)
		json_object_set_new(json, "outputs", outputs_to_json(manifest));

	json_t *tracks = json_array();
	for (size_t i = 0; i < manifest->track_count; i++)
		json_array_append_new(tracks, track_to_json(&manifest->tracks[i]));
	json_object_set_new(json, "tracks", tracks);
	return json;
}

/* ---- from JSON ---- */

static int read_codec(struct manifest_track *track, const json_t *json, char **what)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	const char *codec = json_string_value(json_object_get(json, "codec"));
	if (kind == NULL || !codec_kind_parse(&track->kind, kind))
		return members_refuse(what, "kind is not audio, video or data");
	track->info.codec = codec != NULL ? codec_find(codec) : NULL;
	if (track->info.codec == NULL || track->info.codec->kind != track->kind)
		return members_refuse(what, "codec is not one of this kind");
	return 0;
}

static int read_parts(struct manifest_track *track, const json_t *parts, size_t room, char **what)
{
	if (!json_is_array(parts))
		return members_refuse(what, "parts is not a list");
	size_t count = json_array_size(parts);
	if (count > room)
		return members_refuse(what, "parts: more than %d in all", MANIFEST_PARTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct manifest_part *part = manifest_add_part(track);
		if (members_read(part, part_members, json_array_get(parts, i), what) < 0)
			return members_refuse_item(what, "parts", i);
	}
	return 0;
}

/* The list may be missing. */
static int read_gaps(struct manifest_track *track, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return members_refuse(what, "gaps is not a list");
	if (json_array_size(list) > MANIFEST_GAPS_MAX)
		return members_refuse(what, "gaps: more than %d", MANIFEST_GAPS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_gap *gap = manifest_add_gap(track);
		if (members_read(gap, gap_members, json_array_get(list, i), what) < 0)
			return members_refuse_item(what, "gaps", i);
	}
	return 0;
}

static int read_track(struct manifest_track *track, const json_t *json, size_t room, char **what)
{
	int err = members_read(track, track_members, json, what);
	if (err == 0)
		err = read_codec(track, json, what);
	if (err == 0)
		err = members_read(
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
		return members_refuse(what, "tracks is not a list");
	if (json_array_size(tracks) > MANIFEST_TRACKS_MAX)
		return members_refuse(what, "tracks: more than %d", MANIFEST_TRACKS_MAX);
	for (size_t i = 0; i < json_array_size(tracks); i++) {
		struct manifest_track *track = manifest_add_track(out);
		if (read_track(track, json_array_get(tracks, i), room, what) < 0)
			return members_refuse_item(what, "tracks", i);
		room -= track->part_count;
	}
	return 0;
}

/* The list may be missing. */
static int read_interruptions(struct manifest *out, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return members_refuse(what, "interruptions is not a list");
	if (json_array_size(list) > MANIFEST_INTERRUPTIONS_MAX)
		return members_refuse(
			what, "interruptions: more than %d", MANIFEST_INTERRUPTIONS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_interruption *interruption = manifest_add_interruption(out);
		if (members_read(
			    interruption, interruption_members, json_array_get(list, i), what) < 0)
			return members_refuse_item(what, "interruptions", i);
	}
	return 0;
}

/* The list may be missing. Only the last pause may go on. */
static int read_pauses(struct manifest *out, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return members_refuse(what, "pauses is not a list");
	if (json_array_size(list) > MANIFEST_PAUSES_MAX)
		return members_refuse(what, "pauses: more than %d", MANIFEST_PAUSES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (manifest_open_pause(out) != NULL)
			return members_refuse(
				what, "pauses[%zu] follows one that has not ended", i);
		if (members_read(manifest_add_pause(out), pause_members, json_array_get(list, i),
			    what) < 0)
			return members_refuse_item(what, "pauses", i);
	}
	return 0;
}

int manifest_hook_from_json(struct manifest_hook *out, const json_t *json, char **what)
{
	g_autofree char *sentence = NULL;
	*out = (struct manifest_hook){0};
	int err = members_read(out, hook_members, json, &sentence);
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
		return members_refuse(what, "hooks is not a list");
	if (json_array_size(list) > MANIFEST_HOOKS_MAX)
		return members_refuse(what, "hooks: more than %d", MANIFEST_HOOKS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_hook *hook = manifest_add_hook(out);
		if (members_read(hook, hook_members, json_array_get(list, i), what) < 0)
			return members_refuse_item(what, "hooks", i);
	}
	return 0;
}

static int read_output(struct manifest_output *out, const json_t *json, char **what)
{
	json_t *report = json_object_get(json, "report");
	if (report != NULL && !json_is_object(report))
		return members_refuse(what, "report is not an object");
	out->report = json_incref(report);
	return members_read(out, output_members, json, what);
}

int manifest_output_from_json(struct manifest_output *out, const json_t *json, char **what)
{
	g_autofree char *sentence = NULL;
	*out = (struct manifest_output){0};
	int err = read_output(out, json, &sentence);
	if (err < 0) {
		manifest_output_fini(out);
		if (what != NULL)
			*what = g_steal_pointer(&sentence);
	}
	return err;
}

/* The list may be missing. */
static int read_outputs(struct manifest *out, const json_t *list, char **what)
{
	if (list != NULL && !json_is_array(list))
		return members_refuse(what, "outputs is not a list");
	if (json_array_size(list) > MANIFEST_OUTPUTS_MAX)
		return members_refuse(what, "outputs: more than %d", MANIFEST_OUTPUTS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct manifest_output *output = manifest_add_output(out);
		if (read_output(output, json_array_get(list, i), what) < 0)
			return members_refuse_item(what, "outputs", i);
	}
	return 0;
}

/* It may be missing. */
static int read_rotation(struct manifest_rotation *out, const json_t *json, char **what)
{
	if (json == NULL)
		return 0;
	if (!json_is_object(json))
		return members_refuse(what, "rotation is not an object");
	if (members_read(out, rotation_members, json, what) < 0) {
		g_autofree char *inner = g_steal_pointer(what);
		return members_refuse(what, "rotation.%s", inner);
	}
	if (out->duration_us > MANIFEST_DURATION_MAX_US)
		return members_refuse(what, "rotation.duration_us is more than %" G_GINT64_FORMAT,
			MANIFEST_DURATION_MAX_US);
	return 0;
}

static int read_manifest(struct manifest *out, const json_t *json, char **what)
{
	json_t *version = json_object_get(json, "version");
	const char *state = json_string_value(json_object_get(json, "state"));
	json_t *metadata = json_object_get(json, "metadata");
	if (!json_is_object(json))
		return members_refuse(what, "it is not a JSON object");
	if (!json_is_integer(version) || json_integer_value(version) != MANIFEST_VERSION)
		return members_refuse(what, "version is not %d", MANIFEST_VERSION);
	if (state == NULL || !manifest_state_parse(&out->state, state))
		return members_refuse(
			what, "state is not recording, complete, recovered or failed");
	if (metadata != NULL && !json_is_object(metadata))
		return members_refuse(what, "metadata is not an object");
	out->metadata = json_incref(metadata);
	int err = members_read(out, manifest_members, json, what);
	if (err == 0)
		err = read_rotation(&out->rotation, json_object_get(json, "rotation"), what);
	if (err == 0)
		err = read_interruptions(out, json_object_get(json, "interruptions"), what);
	if (err == 0)
		err = read_pauses(out, json_object_get(json, "pauses"), what);
	if (err == 0)
		err = read_hooks(out, json_object_get(json, "hooks"), what);
	if (err == 0)
		err = read_outputs(out, json_object_get(json, "outputs"), what);
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
