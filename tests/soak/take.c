/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See take.h. */
#include "tests/soak/take.h"

#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>

#include "tests/soak/dump.h"
#include "tests/soak/packet.h"

enum {
	CLOCK_SLACK_US = 5000, /* arrival times are counted in ms */
};

/* One track on the bench. */
struct bench {
	struct verdict *verdict;
	const struct take *take;
	const struct journal *journal;
	const struct manifest *manifest;
	const struct manifest_track *track;
	int kind;
	GArray *found; /* unsigned: which packets are in the files, in their order */
};

void take_free(void *data)
{
	struct take *take = data;
	g_free(take->name);
	g_free(take->id);
	g_free(take);
}

void take_complain(
	unsigned long *count, unsigned long more, const char *whose, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_printerr("%s: %s\n", whose, text);
	*count += more;
}

static int load(struct manifest *out, const struct take *take, const char *folder, char **what)
{
	g_autofree char *path = g_strdup_printf("%s/%s" MANIFEST_SUFFIX, folder, take->name);
	return manifest_load(out, path, what);
}

bool take_has_ended(const struct take *take, const char *folder)
{
	struct manifest manifest;
	bool has_ended = load(&manifest, take, folder, NULL) == 0 &&
			 (manifest.state == MANIFEST_COMPLETE || manifest.state == MANIFEST_FAILED);
	manifest_fini(&manifest);
	return has_ended;
}

/* --- files --- */

static bool came_at(const struct journal *journal, unsigned index, int64_t time_us)
{
	int64_t before_us = atomic_load(&journal->before_us[index]);
	int64_t after_us = atomic_load(&journal->after_us[index]);
	return time_us >= before_us - CLOCK_SLACK_US &&
	       (after_us == 0 || time_us <= after_us + CLOCK_SLACK_US);
}

/* Enters what the file has; the packets from `found->len` on are its own. */
static void read_part(struct bench *bench, const struct dump *dump, const char *file)
{
	struct verdict *verdict = bench->verdict;
	unsigned offered = atomic_load(&bench->journal->offered);
	for (guint i = 0; i < dump->frames->len; i++) {
		const struct dump_frame *frame = &g_array_index(dump->frames, struct dump_frame, i);
		unsigned index = 0;
		if (!packet_find(
			    &index, bench->take->stream, bench->kind, frame->bytes, frame->len) ||
			index >= offered) {
			take_complain(&verdict->torn, 1, file, "nobody has sent frame %u", i);
			continue;
		}
		const GArray *found = bench->found;
		if (found->len > 0 && g_array_index(found, unsigned, found->len - 1) >= index)
			take_complain(&verdict->doubled, 1, file, "packet %u comes again", index);
		else
			g_array_append_val(bench->found, index);
	}
}

/* What the manifest says of a part that holds the packets from `first` on. */
static void check_part(struct bench *bench, const struct manifest_part *part, guint first)
{
	unsigned long *untrue = &bench->verdict->untrue;
	const GArray *found = bench->found;
	if (part->packets != found->len - first || found->len == first) {
		take_complain(untrue, 1, part->file, "it has %u packets, not %" G_GUINT64_FORMAT,
			found->len - first, part->packets);
		return;
	}
	unsigned begin = g_array_index(found, unsigned, first);
	unsigned end = g_array_index(found, unsigned, found->len - 1);
	if (part->first_seq != packet_seq(bench->kind, begin) ||
		part->last_seq != packet_seq(bench->kind, end))
		take_complain(untrue, 1, part->file, "it has other sequence numbers");
	if (!came_at(bench->journal, begin, part->start_us) ||
		!came_at(bench->journal, end, part->end_us))
		take_complain(untrue, 1, part->file, "its packets came at other times");
}

static void check_parts(struct bench *bench, const char *folder)
{
	bool is_rtp = bench->kind == SCENE_AUDIO || bench->kind == SCENE_VIDEO;
	uint32_t number = 0;
	for (size_t i = 0; i < bench->track->part_count; i++) {
		const struct manifest_part *part = &bench->track->parts[i];
		g_autofree char *path = g_build_filename(folder, part->file, NULL);
		struct dump dump;
		guint first = bench->found->len;
		dump_init(&dump, path, is_rtp);
		if (dump.torn)
			take_complain(&bench->verdict->torn, 1, part->file, "%s", dump.torn);
		if (dump.size != part->bytes || part->number <= number)
			take_complain(&bench->verdict->untrue, 1, part->file,
				"part %u has %zu bytes, not %" G_GUINT64_FORMAT, part->number,
				dump.size, part->bytes);
		read_part(bench, &dump, part->file);
		check_part(bench, part, first);
		number = part->number;
		dump_fini(&dump);
	}
}

/* --- what is missing --- */

/*
 * A recording whose last manifest could not be saved was completed from its files; of what was
 * dropped, the manifest before knows.
 */
static void miss(struct bench *bench, unsigned long packets, unsigned from, unsigned to)
{
	struct verdict *verdict = bench->verdict;
	if (bench->manifest->state == MANIFEST_RECOVERED)
		verdict->unpromised += packets;
	else
		take_complain(&verdict->unaccounted, packets, bench->take->name,
			"%s: of packets %u to %u, nothing is said of %lu", bench->track->label,
			from, to - 1, packets);
}

/* The packets `begin` … `end - 1` are missing; the manifest must have a gap that says just that. */
static void check_hole(struct bench *bench, size_t *gap_index, unsigned begin, unsigned end)
{
	const struct manifest_track *track = bench->track;
	unsigned long missing = end - begin;
	if (*gap_index == track->gap_count) {
		miss(bench, missing, begin, end);
		return;
	}
	const struct manifest_gap *gap = &track->gaps[(*gap_index)++];
	if (gap->packets != missing)
		miss(bench, (unsigned long)ABS((long)gap->packets - (long)missing), begin, end);
	else if (gap->first_seq != packet_seq(bench->kind, begin) ||
		 gap->last_seq != packet_seq(bench->kind, end - 1) ||
		 !came_at(bench->journal, begin, gap->from_us) ||
		 !came_at(bench->journal, end - 1, gap->to_us))
		take_complain(&bench->verdict->untrue, 1, bench->take->name,
			"%s: a gap is not that of packets %u to %u", track->label, begin, end - 1);
}

/* Packets at the end that no gap has: they were in the ring when there was no hope any more. */
static uint64_t left_behind(struct bench *bench)
{
	const struct manifest_track *track = bench->track;
	uint64_t in_gaps = 0;
	for (size_t i = 0; i < track->gap_count; i++)
		in_gaps += track->gaps[i].packets;
	if (in_gaps > track->quality.dropped) {
		take_complain(&bench->verdict->untrue, 1, bench->take->name,
			"%s: its gaps have more than were dropped", track->label);
		return 0;
	}
	return track->quality.dropped - in_gaps;
}

/* All that was pushed between start and stop must be in `found` or behind it, in what was dropped.
 */
static void check_ends(struct bench *bench, uint64_t dropped_at_end)
{
	const GArray *found = bench->found;
	const struct moment *begin = &bench->take->begin[bench->kind];
	const struct moment *end = &bench->take->end[bench->kind];
	unsigned first = found->len > 0 ? g_array_index(found, unsigned, 0) : begin->max;
	uint64_t last =
		dropped_at_end +
		(found->len > 0 ? g_array_index(found, unsigned, found->len - 1) + 1 : begin->max);
	/* Nothing is there that could say where it began. */
	uint64_t slack = found->len > 0 ? 0 : begin->max - begin->min;
	if (first < begin->min ||
		(last > end->max + slack && bench->manifest->state != MANIFEST_RECOVERED))
		take_complain(&bench->verdict->untrue, 1, bench->take->name,
			"%s: it has packets of before or after, %u to %" G_GUINT64_FORMAT,
			bench->track->label, first, last);
	if (first > begin->max)
		miss(bench, first - begin->max, begin->max, first);
	if (last < end->min)
		miss(bench, end->min - (unsigned)last, (unsigned)last, end->min);
}

static bool has_true_counts(const struct bench *bench)
{
	const struct manifest_quality *quality = &bench->track->quality;
	if (quality->received != bench->found->len + quality->dropped ||
		bench->track->gaps_omitted > 0)
		return false;
	/* What was dropped is lost for whoever has nothing but the files. */
	return quality->reordered + quality->duplicated + quality->malformed == 0 &&
	       (quality->lost == 0 || bench->manifest->state == MANIFEST_RECOVERED);
}

static void check_books(struct bench *bench)
{
	const struct manifest_track *track = bench->track;
	size_t gap = 0;
	for (guint i = 1; i < bench->found->len; i++) {
		const unsigned *pair = &g_array_index(bench->found, unsigned, i - 1);
		if (pair[1] > pair[0] + 1)
			check_hole(bench, &gap, pair[0] + 1, pair[1]);
	}
	uint64_t dropped_at_end = left_behind(bench);
	if (dropped_at_end > 0 && bench->manifest->state == MANIFEST_COMPLETE)
		take_complain(&bench->verdict->untrue, 1, bench->take->name,
			"%s: %" G_GUINT64_FORMAT " were dropped without a gap", track->label,
			dropped_at_end);
	for (; gap < track->gap_count; gap++)
		dropped_at_end += track->gaps[gap].packets;
	check_ends(bench, dropped_at_end);
	if (!has_true_counts(bench))
		take_complain(&bench->verdict->untrue, 1, bench->take->name,
			"%s: its counts are wrong, %" G_GUINT64_FORMAT " are lost", track->label,
			track->quality.lost);
}

static void check_track(struct take *take, struct verdict *verdict, const char *folder,
	const struct journal *journal, const struct manifest *manifest, int kind)
{
	struct bench bench = {
		.verdict = verdict,
		.take = take,
		.journal = journal,
		.manifest = manifest,
		.track = &manifest->tracks[kind],
		.kind = kind,
		.found = g_array_new(FALSE, FALSE, sizeof(unsigned)),
	};
	check_parts(&bench, folder);
	check_books(&bench);
	verdict->frames += bench.found->len;
	verdict->dropped += bench.track->quality.dropped;
	take->parts += bench.track->part_count;
	take->gaps += bench.track->gap_count;
	g_array_free(bench.found, TRUE);
}

/* --- the manifest --- */

static void check_interruptions(
	struct take *take, struct verdict *verdict, const struct manifest *manifest)
{
	int64_t now_us = manifest->created_us;
	for (size_t i = 0; i < manifest->interruption_count; i++) {
		const struct manifest_interruption *at = &manifest->interruptions[i];
		bool is_open = at->to_us == 0;
		bool may_be_open =
			manifest->state == MANIFEST_FAILED && i + 1 == manifest->interruption_count;
		bool is_in_order = at->from_us >= now_us && (is_open || at->to_us >= at->from_us);
		if (!is_in_order || (is_open && !may_be_open) ||
			g_strcmp0(at->reason, "disk_full") != 0)
			take_complain(&verdict->untrue, 1, take->name,
				"interruption %zu (%s) is in the wrong order", i, at->reason);
		now_us = is_open ? at->from_us : at->to_us;
		take->resumed += !is_open;
	}
	take->suspended = manifest->interruption_count;
	if (manifest->ended_us < now_us && manifest->state != MANIFEST_RECOVERED)
		take_complain(&verdict->untrue, 1, take->name, "it ended before it was suspended");
}

static bool is_final(const struct manifest *manifest)
{
	static const char *const reasons[] = {
		[MANIFEST_RECORDING] = "",
		[MANIFEST_COMPLETE] = "stopped",
		[MANIFEST_RECOVERED] = "process_killed",
		[MANIFEST_FAILED] = "disk_full",
	};
	return manifest->state != MANIFEST_RECORDING && !manifest->engine &&
	       manifest->ended_us >= manifest->created_us && manifest->track_count == SCENE_KINDS &&
	       g_strcmp0(manifest->reason, reasons[manifest->state]) == 0;
}

void take_check(struct take *take, struct verdict *verdict, const char *folder,
	const struct journal *journals)
{
	struct manifest manifest;
	g_autofree char *what = NULL;
	int err = load(&manifest, take, folder, &what);
	take->is_checked = true;
	verdict->recordings++;
	if (err < 0 || !is_final(&manifest)) {
		take_complain(&verdict->untrue, 1, take->name, "no final manifest: %s, %s",
			err < 0 ? g_strerror(-err) : manifest_state_name(manifest.state),
			what ? what : manifest.reason);
		manifest_fini(&manifest);
		return;
	}
	take->state = manifest.state;
	check_interruptions(take, verdict, &manifest);
	for (int kind = 0; kind < SCENE_KINDS; kind++)
		check_track(take, verdict, folder, &journals[kind], &manifest, kind);
	manifest_fini(&manifest);
}

void take_delete(struct take *take, const char *folder)
{
	struct manifest manifest;
	if (load(&manifest, take, folder, NULL) < 0)
		return;
	for (size_t t = 0; t < manifest.track_count; t++) {
		const struct manifest_track *track = &manifest.tracks[t];
		for (size_t i = 0; i < track->part_count; i++) {
			g_autofree char *path =
				g_build_filename(folder, track->parts[i].file, NULL);
			g_unlink(path);
		}
	}
	g_autofree char *path = g_strdup_printf("%s/%s" MANIFEST_SUFFIX, folder, take->name);
	g_unlink(path);
	take->is_deleted = true;
	manifest_fini(&manifest);
}
