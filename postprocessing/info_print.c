/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording as a table for people, and below it a line for all that is not as it should be. */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "postprocessing/info.h"
#include "postprocessing/table.h"
#include "postprocessing/text.h"

enum {
	INDENT = 2
};

static const struct table_column columns[] = {
	{"TRACK", false, 0},
	{"CODEC", false, 0},
	{"DURATION", true, 0},
	{"PACKETS", true, 1},
	{"BYTES", true, 5},
	{"LOST", true, 0},
	{"REORDERED", true, 6},
	{"DUPLICATED", true, 7},
	{"KEYFRAMES", true, 3},
	{"SIZE", false, 2},
	{"SYNC", false, 4},
	{"FIRST ARRIVAL", false, 8},
	{"LAST ARRIVAL", false, 9},
};

/* H:MM:SS.mmm; the caller frees it. */
static char *duration_text(int64_t us)
{
	const char *sign = us < 0 ? "-" : "";
	int64_t ms = ABS(us) / 1000;
	return g_strdup_printf("%s%" PRId64 ":%02d:%02d.%03d", sign, ms / 3600000,
		(int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void add_time(struct table *table, int64_t real_us)
{
	char text[CLOCK_TEXT_SIZE] = "";
	if (real_us)
		clock_format(text, real_us);
	table_add(table, "%s", text);
}

static void add_count(struct table *table, bool applies, uint64_t count)
{
	if (applies)
		table_add(table, "%" PRIu64, count);
	else
		table_add(table, "%s", "");
}

static void add_size(struct table *table, const struct scan *scan)
{
	if (scan->size_count == 0)
		table_add(table, "%s", "");
	else
		table_add(table, "%ux%u%s", scan->sizes[0].width, scan->sizes[0].height,
			scan->size_count > 1 ? "…" : "");
}

/* Tracks of foreign files may have no label; then their kind stands for it. */
static const char *label_of(const struct info_track *track)
{
	if (*track->track->label)
		return track->track->label;
	return track->error ? "?" : codec_kind_name(track->scan.info.codec->kind);
}

static void add_row(struct table *table, const struct info_track *track)
{
	const struct scan *scan = &track->scan;
	bool is_media = scan->info.codec->kind != CODEC_DATA;
	bool is_video = scan->info.codec->kind == CODEC_VIDEO;
	g_autofree char *duration = duration_text(scan->duration_us);

	table_add(table, "%s", label_of(track));
	table_add(table, "%s", scan->info.codec->name);
	table_add(table, "%s", duration);
	add_count(table, true, is_media ? scan->reorder.received : scan->reader.frames);
	add_count(table, true, scan->reader.bytes);
	add_count(table, is_media, scan->reorder.lost);
	add_count(table, is_media, scan->reorder.reordered);
	add_count(table, is_media, scan->reorder.duplicated);
	add_count(table, is_video, scan->keyframes);
	add_size(table, scan);
	table_add(table, "%s", !is_media ? "" : track->is_synchronised ? "reports" : "arrival");
	add_time(table, scan->first_arrival_us);
	add_time(table, scan->last_arrival_us);
}

/* ---- lines below the table ---- */

static void note(const struct info_track *track, uint64_t count, const char *what)
{
	if (count > 0)
		printf("%*s%s: %" PRIu64 " %s\n", INDENT, "", label_of(track), count, what);
}

static void note_sizes(const struct info_track *track)
{
	const struct scan *scan = &track->scan;
	for (size_t i = 1; i < MIN(scan->size_count, (size_t)SCAN_SIZES_MAX); i++) {
		g_autofree char *at = duration_text(scan->sizes[i].at_us);
		printf("%*s%s: %ux%u from %s\n", INDENT, "", label_of(track), scan->sizes[i].width,
			scan->sizes[i].height, at);
	}
	if (scan->size_count > SCAN_SIZES_MAX)
		note(track, scan->size_count - SCAN_SIZES_MAX, "more changes of size");
}

static void print_notes(const struct info_track *track)
{
	const struct scan *scan = &track->scan;

	note_sizes(track);
	note(track, scan->reader.damages, "damaged places in the file");
	note(track, scan->reader.bytes_skipped, "bytes passed over there");
	note(track, scan->reader.suspects, "frames of doubtful length");
	note(track, scan->reader.unreadable_files, "files that cannot be read");
	if (scan->reader.is_torn)
		printf("%*s%s: the file ends inside a frame\n", INDENT, "", label_of(track));
	note(track, scan->reorder.malformed, "frames that hold no RTP");
	note(track, scan->reorder.strays, "stray packets of another stream");
	note(track, scan->reorder.late, "packets that came too late");
	note(track, scan->reorder.runs, "resets of the sender's numbering");
	note(track, scan->reorder.timestamp_jumps, "jumps of the timestamps");
	note(track, scan->depay.damaged, "damaged pictures or audio packets");
	note(track, scan->depay.dropped, "pictures or audio packets of which nothing is left");
	if (scan->info.is_encrypted)
		printf("%*s%s: end-to-end encrypted\n", INDENT, "", label_of(track));
}

static void print_title(const struct info *info)
{
	const struct manifest *manifest = info->input->manifest;
	g_autofree char *name = text_tame(g_strdup(info->input->name));
	if (manifest)
		printf("%s (%s)\n", name, manifest_state_name(manifest->state));
	else
		printf("%s\n", name);
}

void info_print(const struct info *info, size_t width)
{
	struct table *table = table_create(columns, G_N_ELEMENTS(columns));
	size_t readable = 0;

	for (size_t i = 0; i < info->input->track_count; i++) {
		if (info->tracks[i].error)
			continue;
		add_row(table, &info->tracks[i]);
		readable++;
	}
	if (readable > 0 || info->input->manifest)
		print_title(info);
	if (readable > 0)
		table_print(table, INDENT, width);
	for (size_t i = 0; i < info->input->track_count; i++) {
		if (!info->tracks[i].error)
			print_notes(&info->tracks[i]);
	}
	table_destroy(table);
}
