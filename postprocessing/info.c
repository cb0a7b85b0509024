/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans the tracks of a recording, and puts them into JSON. */
#include "postprocessing/info.h"

#include <glib.h>

#include "common/clock.h"
#include "postprocessing/core/sync.h"

static void load_track(struct info_track *out, const struct input_track *track)
{
	const char *what = NULL;

	*out = (struct info_track){.track = track};
	if (track->file_count == 0) {
		out->error = "no file was ever written";
		return;
	}
	int err = scan_track(&out->scan, track, &what);
	if (err)
		out->error = what ? what : g_strerror(-err);
}

static void load_sync(struct info *info)
{
	size_t count = info->input->track_count;
	g_autofree struct sync_track *places = g_new0(struct sync_track, count);
	struct timeline *timeline = sync_create(info->input, places);

	for (size_t i = 0; i < count; i++) {
		if (!places[i].is_on_timeline)
			continue;
		info->tracks[i].is_synchronised =
			timeline_is_synchronised(timeline, places[i].number);
		info->tracks[i].drift_ppm = timeline_drift_ppm(timeline, places[i].number);
	}
	timeline_destroy(timeline);
}

void info_load(struct info *out, const struct input *input)
{
	*out = (struct info){.input = input};
	out->tracks = g_new0(struct info_track, input->track_count);
	for (size_t i = 0; i < input->track_count; i++) {
		load_track(&out->tracks[i], &input->tracks[i]);
		const struct scan *scan = &out->tracks[i].scan;
		if (scan->first_arrival_us == 0)
			continue;
		out->start_us = out->start_us ? MIN(out->start_us, scan->first_arrival_us)
					      : scan->first_arrival_us;
		out->end_us = MAX(out->end_us, scan->last_arrival_us);
	}
	load_sync(out);
}

void info_fini(struct info *info)
{
	for (size_t i = 0; i < info->input->track_count; i++)
		scan_fini(&info->tracks[i].scan);
	g_free(info->tracks);
	*info = (struct info){0};
}

/* ---- JSON ---- */

static void put(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

/* Names of files may hold any bytes, JSON may not. */
static json_t *text(const char *raw)
{
	g_autofree char *valid = g_utf8_make_valid(raw, -1);
	return json_string(valid);
}

static void put_time(json_t *object, const char *name, int64_t real_us)
{
	char text[CLOCK_TEXT_SIZE];
	if (real_us == 0)
		return;
	clock_format(text, real_us);
	json_object_set_new(object, name, json_string(text));
}

static void put_media(json_t *object, const struct info_track *track)
{
	const struct scan *scan = &track->scan;
	const struct reorder_stats *reorder = &scan->reorder;

	put(object, "ssrc", scan->ssrc);
	put(object, "packets", reorder->received);
	put(object, "lost", reorder->lost);
	put(object, "reordered", reorder->reordered);
	put(object, "duplicated", reorder->duplicated);
	put(object, "late", reorder->late);
	put(object, "strays", reorder->strays);
	put(object, "malformed", reorder->malformed);
	put(object, "padding", reorder->padding);
	put(object, "resets", reorder->runs);
	put(object, "timestamp_jumps", reorder->timestamp_jumps);
	json_object_set_new(
		object, "sync", json_string(track->is_synchronised ? "sender_reports" : "arrival"));
	if (track->is_synchronised)
		json_object_set_new(object, "drift_ppm", json_real(track->drift_ppm));
}

static void put_pictures(json_t *object, const struct scan *scan)
{
	json_t *sizes = json_array();
	put(object, "keyframes", scan->keyframes);
	for (size_t i = 0; i < MIN(scan->size_count, (size_t)SCAN_SIZES_MAX); i++) {
		json_t *size = json_object();
		put(size, "width", scan->sizes[i].width);
		put(size, "height", scan->sizes[i].height);
		put(size, "at_us", (uint64_t)scan->sizes[i].at_us);
		json_array_append_new(sizes, size);
	}
	json_object_set_new(object, "sizes", sizes);
	put(object, "size_changes", scan->size_count > 0 ? scan->size_count - 1 : 0);
}

static void put_reading(json_t *object, const struct scan *scan)
{
	put(object, "bytes", scan->reader.bytes);
	put(object, "bytes_skipped", scan->reader.bytes_skipped);
	put(object, "damages", scan->reader.damages);
	put(object, "doubtful_frames", scan->reader.suspects);
	put(object, "unreadable_files", scan->reader.unreadable_files);
	json_object_set_new(object, "torn", json_boolean(scan->reader.is_torn));
}

static void put_scan(json_t *object, const struct info_track *track)
{
	const struct scan *scan = &track->scan;
	enum codec_kind kind = scan->info.codec->kind;

	json_object_set_new(object, "kind", json_string(codec_kind_name(kind)));
	json_object_set_new(object, "codec", json_string(scan->info.codec->name));
	if (scan->info.fmtp)
		json_object_set_new(object, "fmtp", json_string(scan->info.fmtp));
	json_object_set_new(object, "encrypted", json_boolean(scan->info.is_encrypted));
	put(object, "version", (uint64_t)scan->version);
	put(object, "duration_us", (uint64_t)scan->duration_us);
	put_time(object, "first_arrival", scan->first_arrival_us);
	put_time(object, "last_arrival", scan->last_arrival_us);
	put_reading(object, scan);
	if (kind == CODEC_DATA)
		put(object, "packets", scan->reader.frames);
	else
		put_media(object, track);
	if (kind == CODEC_VIDEO)
		put_pictures(object, scan);
	if (scan->has_units) {
		put(object, "units", scan->depay.units);
		put(object, "damaged_units", scan->depay.damaged);
		put(object, "dropped_units", scan->depay.dropped);
	}
}

static json_t *track_to_json(const struct info_track *track)
{
	json_t *object = json_object();
	json_t *files = json_array();

	json_object_set_new(object, "label", text(track->track->label));
	for (size_t i = 0; i < track->track->file_count; i++)
		json_array_append_new(files, text(track->track->files[i]));
	json_object_set_new(object, "files", files);
	if (track->error)
		json_object_set_new(object, "error", json_string(track->error));
	else
		put_scan(object, track);
	return object;
}

json_t *info_to_json(const struct info *info)
{
	const struct manifest *manifest = info->input->manifest;
	json_t *object = json_object();
	json_t *tracks = json_array();

	json_object_set_new(object, "name", text(info->input->name));
	if (manifest) {
		const char *state = manifest_state_name(manifest->state);
		json_object_set_new(object, "id", json_string(manifest->id));
		json_object_set_new(object, "state", json_string(state));
	}
	put_time(object, "start", info->start_us);
	put_time(object, "end", info->end_us);
	for (size_t i = 0; i < info->input->track_count; i++)
		json_array_append_new(tracks, track_to_json(&info->tracks[i]));
	json_object_set_new(object, "tracks", tracks);
	return object;
}
