/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The counts that matter are rows of a table: a name for the JSON, words for
 * the sentence, and whether the count means loss.
 */
#include "postprocessing/media/report.h"

#include <inttypes.h>
#include <stddef.h>

#include "common/clock.h"

struct count {
	const char *group; /* object in the JSON */
	const char *name;
	size_t offset;     /* of a uint64_t in struct report_track */
	const char *words; /* for people: "N WORDS"; NULL: not worth a sentence */
	bool is_loss;
};

#define COUNT(group, member, words, is_loss)                                                 \
	{                                                                                    \
#group, #member, offsetof(struct report_track, group.member), words, is_loss \
	}

static const struct count counts[] = {
	COUNT(bytes, frames, NULL, false),
	COUNT(bytes, bytes_skipped, "bytes of damage passed over", true),
	COUNT(bytes, suspects, NULL, false),
	COUNT(bytes, unreadable_files, "files that cannot be read", true),
	COUNT(packets, received, NULL, false),
	COUNT(packets, lost, "packets lost", true),
	COUNT(packets, reordered, NULL, false),
	COUNT(packets, duplicated, NULL, false),
	COUNT(packets, late, "packets that came too late", true),
	COUNT(packets, strays, "packets of no known sender", true),
	COUNT(packets, malformed, "packets that are not RTP", true),
	COUNT(packets, padding, NULL, false),
	COUNT(packets, runs, NULL, false),
	COUNT(packets, timestamp_jumps, NULL, false),
	COUNT(units, used, NULL, false),
	COUNT(units, keyframes, NULL, false),
	COUNT(units, damaged, "damaged units left out", true),
	COUNT(units, before_keyframe, "pictures before the first keyframe left out", false),
	COUNT(units, after_damage, "pictures between damage and the next keyframe left out", true),
	COUNT(transform, undecodable, "units that cannot be decoded", true),
	COUNT(transform, rescaled, "pictures of another size fitted into the first", false),
};

void report_init(struct report *report, const char *output, const char *format)
{
	*report = (struct report){
		.output = g_utf8_make_valid(output, -1),
		.format = format,
		.tracks = g_array_new(FALSE, TRUE, sizeof(struct report_track)),
	};
}

void report_fini(struct report *report)
{
	for (guint i = 0; report->tracks != NULL && i < report->tracks->len; i++) {
		g_free(report_track(report, i)->label);
		g_free(report_track(report, i)->unused);
	}
	g_clear_pointer(&report->tracks, g_array_unref);
	g_clear_pointer(&report->output, g_free);
}

struct report_track *report_add_track(struct report *report, const char *label)
{
	struct report_track track = {.label = g_utf8_make_valid(label, -1)};
	g_array_append_val(report->tracks, track);
	return report_track(report, report->tracks->len - 1);
}

struct report_track *report_track(const struct report *report, size_t index)
{
	return &g_array_index(report->tracks, struct report_track, index);
}

static uint64_t value_of(const struct report_track *track, const struct count *count)
{
	return *(const uint64_t *)(const void *)((const char *)track + count->offset);
}

static bool has_loss(const struct report_track *track)
{
	if (track->unused != NULL)
		return track->is_loss;
	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
		if (counts[i].is_loss && value_of(track, &counts[i]) > 0)
			return true;
	return track->bytes.is_torn;
}

bool report_has_loss(const struct report *report)
{
	for (guint i = 0; i < report->tracks->len; i++)
		if (has_loss(report_track(report, i)))
			return true;
	return false;
}

static double seconds(int64_t us)
{
	return (double)us / 1e6;
}

static void put_counts(json_t *object, const struct report_track *track)
{
	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
		json_t *group = json_object_get(object, counts[i].group);
		if (group == NULL) {
			group = json_object();
			json_object_set_new(object, counts[i].group, group);
		}
		json_object_set_new(group, counts[i].name,
			json_integer((json_int_t)value_of(track, &counts[i])));
	}
	json_object_set_new(
		json_object_get(object, "bytes"), "torn", json_boolean(track->bytes.is_torn));
}

static json_t *track_to_json(const struct report_track *track)
{
	json_t *object = json_pack("{s:s}", "label", track->label);
	if (track->codec != NULL) {
		json_object_set_new(
			object, "kind", json_string(codec_kind_name(track->codec->kind)));
		json_object_set_new(object, "codec", json_string(track->codec->name));
	}
	if (track->unused != NULL) {
		json_object_set_new(object, "unused", json_string(track->unused));
		return object;
	}
	json_object_set_new(object, "output_codec", json_string(track->to->name));
	json_object_set_new(object, "action",
		json_string(track->transcoded_because != NULL ? "transcoded" : "copied"));
	if (track->transcoded_because != NULL)
		json_object_set_new(object, "reason", json_string(track->transcoded_because));
	json_object_set_new(object, "synchronised_by",
		json_string(track->is_synchronised ? "sender reports" : "arrival"));
	json_object_set_new(object, "start", json_real(seconds(track->start_us)));
	json_object_set_new(object, "end", json_real(seconds(track->end_us)));
	put_counts(object, track);
	json_object_set_new(json_object_get(object, "transform"), "silence",
		json_real(seconds(track->transform.silence_us)));
	json_object_set_new(json_object_get(object, "transform"), "trimmed",
		json_real(seconds(track->transform.trimmed_us)));
	return object;
}

/* A new reference; tracks that were never begun have no counts to tell. */
static json_t *tracks_to_json(const struct report *report, bool is_failure)
{
	json_t *tracks = json_array();
	for (guint i = 0; i < report->tracks->len; i++) {
		const struct report_track *track = report_track(report, i);
		if (!is_failure || track->unused != NULL)
			json_array_append_new(tracks, track_to_json(track));
	}
	return tracks;
}

json_t *report_to_json(const struct report *report)
{
	char origin[CLOCK_TEXT_SIZE];
	clock_format(origin, report->origin_us);
	return json_pack("{s:s, s:s, s:s?, s:f, s:I, s:I, s:b, s:o}", "output", report->output,
		"format", report->format, "origin", report->origin_us != 0 ? origin : NULL,
		"duration", seconds(report->duration_us), "size", (json_int_t)report->size,
		"moved_packets", (json_int_t)report->moved, "loss", report_has_loss(report),
		"tracks", tracks_to_json(report, false));
}

json_t *report_failure(const struct report *report, const char *error)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "output", report->output, "format", report->format,
		"error", error, "tracks", tracks_to_json(report, true));
}

static void describe_track(const struct report_track *track, report_say_fn say, void *ctx)
{
	if (track->unused != NULL) {
		g_autofree char *text =
			g_strdup_printf("%s is left out: %s", track->label, track->unused);
		say(ctx, text);
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
		uint64_t value = value_of(track, &counts[i]);
		if (counts[i].words == NULL || value == 0)
			continue;
		g_autofree char *text =
			g_strdup_printf("%s: %" PRIu64 " %s", track->label, value, counts[i].words);
		say(ctx, text);
	}
	if (track->bytes.is_torn) {
		g_autofree char *text =
			g_strdup_printf("%s: the file ends inside a packet", track->label);
		say(ctx, text);
	}
}

void report_describe(const struct report *report, report_say_fn say, void *ctx)
{
	for (guint i = 0; i < report->tracks->len; i++)
		describe_track(report_track(report, i), say, ctx);
}
