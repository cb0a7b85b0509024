/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The books of a track, kept anew from its files. See salvage.h. */
#include <errno.h>
#include <glib.h>
#include <sys/stat.h>

#include "recording/account.h"
#include "recording/name.h"
#include "recording/part.h"
#include "recording/salvage.h"
#include "recording/scan.h"

enum {
	NEAR = 8, /* so many numbers around those that are listed, parts may have that are not */
	RESUMED_US = 20000, /* after the beginning of a pause: this is no straggler */
	GAPS_AHEAD = 8      /* a gap is looked for among so many: nothing may have followed one */
};

struct books {
	const struct salvage *salvage;
	struct manifest_track *track;
	struct account account;
	bool is_doubtful;     /* the part in hand */
	uint32_t number;      /* of the part in hand */
	uint32_t last_number; /* of the parts that were looked at, the highest */
	size_t next_gap;
	size_t pauses_passed;
};

/* Cuts what follows the last whole frame; the owner will be told that the part is safe. */
static int settle(const struct disk *disk, const char *path, off_t size)
{
	struct part part = {0};
	int err = part_open(&part, disk, path);
	if (err < 0)
		return err;
	err = disk->truncate(disk->ctx, part.fd, size);
	if (err == 0)
		err = part_finish(&part, true);
	part_fini(&part);
	return err;
}

/* What was dropped was not lost. */
static void pass_gaps(struct books *books, const struct mjr_frame *frame)
{
	const struct manifest_track *track = books->track;
	size_t end = MIN(books->next_gap + GAPS_AHEAD, track->gap_count);
	for (size_t i = books->next_gap; i < end; i++)
		if (account_is_gap_before(&books->account, &track->gaps[i], frame)) {
			account_gap(&books->account, &track->gaps[i]);
			books->next_gap = i + 1;
		}
}

/* What was left out was not lost. A pause ends, said or unsaid, with the first frame after it. */
static void pass_pauses(struct books *books, const struct mjr_frame *frame)
{
	const struct salvage *salvage = books->salvage;
	struct manifest_pause *open = salvage->open_pause;
	int64_t arrival_us = account_arrival_us(&books->account, frame);
	if (open != NULL && arrival_us > open->from_us + RESUMED_US &&
		(open->to_us == 0 || open->to_us > arrival_us))
		open->to_us = arrival_us;
	if (manifest_passes_pause(salvage->manifest->pauses, salvage->manifest->pause_count,
		    &books->pauses_passed, arrival_us))
		account_pause(&books->account);
}

static int read_frames(struct books *books, struct scan *scan)
{
	struct mjr_frame frame;
	int more;
	while ((more = scan_next(&frame, scan)) > 0) {
		pass_gaps(books, &frame);
		pass_pauses(books, &frame);
		account_frame(&books->account, &frame);
	}
	return more;
}

static void enter_part(struct books *books, const struct scan *scan, const char *file)
{
	struct manifest_track *track = books->track;
	if (track->part_count == 0)
		track->info.first_frame_us = scan_info(scan)->first_frame_us;
	struct manifest_part *part = manifest_add_part(track);
	*part = books->account.part;
	part->file = g_strdup(file);
	part->number = books->number;
	part->is_doubtful = books->is_doubtful;
	part->bytes = (uint64_t)scan_whole(scan);
}

static int read_part(struct books *books, struct scan *scan, const char *path, const char *file)
{
	const struct disk *disk = books->salvage->disk;
	account_begin_part(&books->account, scan_info(scan)->first_frame_us);
	int err = read_frames(books, scan);
	if (err < 0)
		return err;
	if (books->account.part.packets == 0)
		return disk->remove(disk->ctx, path);
	err = settle(disk, path, scan_whole(scan));
	if (err == 0)
		enter_part(books, scan, file);
	return err;
}

/* Whether there is a recording whose first part has the name of this part. */
static bool is_disputed(const struct salvage *salvage, uint32_t number)
{
	g_autofree char *file = g_strdup_printf(
		"%s.%04" G_GUINT32_FORMAT MANIFEST_SUFFIX, salvage->manifest->name, number);
	g_autofree char *path = g_build_filename(salvage->folder, file, NULL);
	struct stat st;
	bool is_numbered = number > 1 || manifest_is_rotated(&salvage->manifest->rotation);
	return is_numbered && lstat(path, &st) == 0;
}

/* Neither what has gone nor what never became a dump is a part. */
static int drop_part(const struct salvage *salvage, const char *path, uint32_t number)
{
	struct stat st;
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || is_disputed(salvage, number))
		return 0;
	if (st.st_size == 0)
		return salvage->disk->remove(salvage->disk->ctx, path);
	salvage->set_aside(path, "it has no header", salvage->ctx);
	return 0;
}

static bool is_own(const struct books *books, const struct scan *scan)
{
	return scan_info(scan)->created_us == books->track->info.created_us;
}

/* What has the name of a part that is not listed may be another's. */
static int look(struct books *books, const char *file, uint32_t number, bool is_listed)
{
	const struct salvage *salvage = books->salvage;
	g_autofree char *path = g_build_filename(salvage->folder, file, NULL);
	struct scan *scan = NULL;
	books->number = number;
	books->last_number = MAX(books->last_number, number);
	int err = scan_open(&scan, path, salvage->stop);
	if (err == -ENOENT || err == -ELOOP || err == -EISDIR || err == -EBADMSG)
		return drop_part(salvage, path, number);
	if (err == 0 && (is_listed || is_own(books, scan)))
		err = read_part(books, scan, path, file);
	scan_close(scan);
	return err;
}

/* Files may be newer than the manifest that should name them. */
static int look_for_unlisted(struct books *books, uint32_t from, uint32_t to)
{
	int err = 0;
	const struct manifest *manifest = books->salvage->manifest;
	from = MAX(from, books->last_number + 1);
	for (uint32_t number = from; err == 0 && number < to; number++) {
		g_autofree char *file = name_part_file(manifest->name, books->track->label, number,
			manifest_is_rotated(&manifest->rotation));
		if (name_is_plain(file))
			err = look(books, file, number, false);
	}
	return err;
}

/* `highest`: the last number that any track has. */
static int look_at_all(
	struct books *books, const struct manifest_part *old, size_t count, uint32_t highest)
{
	int err = 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		uint32_t number = old[i].number;
		err = look_for_unlisted(books, number - MIN(number, NEAR), number);
		books->is_doubtful = old[i].is_doubtful;
		if (err == 0)
			err = look(books, old[i].file, number, true);
		books->is_doubtful = false;
	}
	if (err < 0)
		return err;
	return look_for_unlisted(books, highest - MIN(highest, NEAR), highest + NEAR);
}

static uint32_t highest_number(const struct manifest *manifest)
{
	uint32_t highest = 0;
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++)
			highest = MAX(highest, track->parts[p].number);
	}
	return MIN(highest, UINT32_MAX - NEAR);
}

static void report(struct manifest_track *track, const struct account *account)
{
	struct manifest_quality *quality = &track->quality;
	uint64_t packets = 0;
	account_report(quality, account);
	for (size_t i = 0; i < track->part_count; i++)
		packets += track->parts[i].packets;
	quality->received = packets + quality->dropped;
	track->ssrc = account->ssrc;
}

int salvage_books(const struct salvage *salvage, struct manifest_track *track)
{
	struct books books = {.salvage = salvage, .track = track};
	account_init(&books.account, track->info.codec);
	uint32_t highest = highest_number(salvage->manifest);
	struct manifest_part *old = g_steal_pointer(&track->parts);
	size_t count = track->part_count;
	track->part_count = 0;
	track->info.first_frame_us = 0;
	int err = look_at_all(&books, old, count, highest);
	for (size_t i = 0; i < count; i++)
		g_free(old[i].file);
	g_free(old);
	if (err == 0)
		report(track, &books.account);
	return err;
}
