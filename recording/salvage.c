/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See salvage.h. */
#include "recording/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/path.h"
#include "recording/account.h"
#include "recording/drain.h"
#include "recording/frames.h"
#include "recording/name.h"
#include "recording/scan.h"

/* --- the ring --- */

/* Where the waiting bytes go. */
struct place {
	struct drain_context *context; /* the ring's */
	uint64_t done;                 /* bytes of frames that are in the file already */
	size_t pending;
};

static bool is_text(const char *bytes, size_t size)
{
	return memchr(bytes, '\0', size) != NULL;
}

/* Names nothing outside the folder. */
static bool is_plain(const char *file)
{
	g_autofree char *safe = path_component(file, PATH_COMPONENT_MAX);
	return strcmp(file, safe) == 0;
}

/* Every byte of the context may be wrong. */
static bool fits(const struct drain_context *context, const struct manifest *manifest)
{
	if (!is_text(context->recording_id, sizeof context->recording_id) ||
		!is_text(context->file, sizeof context->file))
		return false;
	return strcmp(context->recording_id, manifest->id) == 0 && is_plain(context->file) &&
	       g_str_has_prefix(context->file, manifest->name) &&
	       g_str_has_suffix(context->file, NAME_PART_SUFFIX) && context->part_number > 0;
}

static bool has_sound_header(const struct drain_context *context, uint32_t size)
{
	struct mjr_header header;
	return size <= sizeof context->header &&
	       mjr_header_parse(&header, (struct bytes){context->header, size}) == 0 &&
	       header.size == size;
}

/*
 * Does what the next drain would have done: from then on the ring says which file is its own. The
 * producer's mark is where the first part begins.
 */
static int begin_part(struct ring *ring, const struct mjr_info *track_info)
{
	const struct drain_mark *mark = ring_mark(ring);
	struct drain_context *context = ring_context(ring);
	struct mjr_info info = *track_info; /* borrows the texts */
	uint64_t tail = ring_tail(ring);
	if (context->part_number == 1 ? mark->position != tail : mark->position > tail)
		return -EBADMSG;
	if (mark->real_us < 0 || mark->real_us > CLOCK_REAL_MAX_US)
		return -EBADMSG;
	info.first_frame_us = mark->real_us;
	int size = mjr_info_build(context->header, sizeof context->header, &info);
	if (size < 0)
		return size;
	context->part_position = tail;
	atomic_store_explicit(&context->header_size, (uint32_t)size, memory_order_release);
	return 0;
}

static bool are_frames(struct ring *ring)
{
	struct iovec runs[2];
	struct frames frames;
	struct mjr_frame frame;
	size_t whole = 0;
	uint8_t *scratch = g_malloc(FRAMES_SCRATCH_SIZE);
	frames_init(&frames, runs, ring_peek(ring, runs), scratch);
	while (frames_next(&frame, &frames))
		whole += frame.size;
	g_free(scratch);
	return whole == ring_pending(ring);
}

static int find_place(struct place *out, struct ring *ring, const struct mjr_info *info)
{
	struct drain_context *context = ring_context(ring);
	if (!are_frames(ring))
		return -EBADMSG;
	int err = context->header_size == 0 ? begin_part(ring, info) : 0;
	if (err < 0)
		return err;
	uint64_t tail = ring_tail(ring);
	if (!has_sound_header(context, context->header_size) || context->part_position > tail)
		return -EBADMSG;
	*out = (struct place){context, tail - context->part_position, ring_pending(ring)};
	return 0;
}

/*
 * The file that is there must be the ring's own, and must not lack what was taken from the ring.
 * A header that was torn by the end of the process is only begun.
 */
static bool is_own_file(const char *path, const struct place *place)
{
	const struct drain_context *context = place->context;
	uint8_t start[MJR_HEADER_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t len = pread(fd, start, context->header_size, 0);
	close(fd);
	if (len < 0 || size < 0 || memcmp(start, context->header, (size_t)len) != 0)
		return false;
	return place->done == 0 ||
	       (uint64_t)size - MIN((uint64_t)size, context->header_size) >= place->done;
}

static int open_part(struct part *part, const struct salvage *salvage, const struct place *place)
{
	const struct disk *disk = salvage->disk;
	g_autofree char *path = g_build_filename(salvage->folder, place->context->file, NULL);
	int err = part_open(part, disk, path);
	if (err == 0)
		return is_own_file(path, place) ? 0 : -EBADMSG;
	if (err != -ENOENT)
		return err;
	return place->done == 0 ? part_create(part, disk, path) : -EBADMSG;
}

/* The file ends with what was in the ring; on failure, with what it had. */
static int write_pending(struct part *part, struct ring *ring, const struct place *place)
{
	struct drain_context *context = place->context;
	uint32_t header_size = context->header_size;
	off_t offset = place->done == 0 ? 0 : (off_t)(header_size + place->done);
	off_t end = (off_t)(header_size + place->done + place->pending);
	struct iovec pieces[3] = {{context->header, place->done == 0 ? header_size : 0}};
	size_t count = ring_peek(ring, pieces + 1);
	size_t written;
	int err = part_write(part, pieces, (int)count + 1, offset, &written);
	if (err < 0) {
		part_cut(part, offset);
		return err;
	}
	/* A write that was not yet counted cannot have gone further than the ring's head. */
	return part->disk->truncate(part->disk->ctx, part->fd, end);
}

static void enter_part(struct manifest_track *track, const struct drain_context *context)
{
	for (size_t i = 0; i < track->part_count; i++)
		if (strcmp(track->parts[i].file, context->file) == 0)
			return;
	struct manifest_part *part = manifest_add_part(track);
	part->file = g_strdup(context->file);
	part->number = context->part_number;
}

static int drain(const struct salvage *salvage, struct manifest_track *track, struct ring *ring)
{
	struct place place = {0};
	struct part part = {0};
	if (!fits(ring_context(ring), salvage->manifest))
		return -EBADMSG;
	/* The manifest may not know its file yet. */
	enter_part(track, ring_context(ring));
	if (ring_pending(ring) == 0)
		return 0;
	int err = find_place(&place, ring, &track->info);
	if (err < 0)
		return err;
	if ((err = open_part(&part, salvage, &place)) == 0)
		err = write_pending(&part, ring, &place);
	if (err == 0)
		err = part_finish(&part, true);
	if (err == 0)
		track->quality.ring_high_water = MAX(track->quality.ring_high_water, place.pending);
	part_fini(&part);
	return err;
}

int salvage_ring(const struct salvage *salvage, struct manifest_track *track, const char *path)
{
	struct ring *ring = NULL;
	int err = ring_open(&ring, path);
	if (err < 0)
		return err;
	err = drain(salvage, track, ring);
	ring_close(ring);
	return err;
}

/* --- the books --- */

static int cut(const struct disk *disk, const char *path, off_t size)
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

static int read_frames(struct account *account, struct scan *scan)
{
	struct mjr_frame frame;
	int more;
	while ((more = scan_next(&frame, scan)) > 0)
		account_frame(account, &frame);
	return more;
}

/* 1: there is such a part, with the books of `out`; 0: there is none any more; -errno. */
static int read_part(struct manifest_part *out, struct account *account, const struct disk *disk,
	struct scan *scan, const char *path)
{
	account_begin_part(account, scan_info(scan)->first_frame_us);
	int err = read_frames(account, scan);
	if (err < 0)
		return err;
	if (account->part.packets == 0)
		return disk->remove(disk->ctx, path);
	if (scan_whole(scan) < scan_size(scan) && (err = cut(disk, path, scan_whole(scan))) < 0)
		return err;
	*out = account->part;
	out->bytes = (uint64_t)scan_whole(scan);
	return 1;
}

/* Neither what has gone nor what never became a dump is a part. */
static int drop_part(const struct disk *disk, const char *path)
{
	struct stat st;
	bool is_empty = lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
	return is_empty ? disk->remove(disk->ctx, path) : 0;
}

static int salvage_part(const struct salvage *salvage, struct manifest_track *track,
	struct account *account, const struct manifest_part *old)
{
	g_autofree char *path = g_build_filename(salvage->folder, old->file, NULL);
	struct manifest_part part = {0};
	struct scan *scan = NULL;
	int err = scan_open(&scan, path, salvage->stop);
	if (err == -ENOENT || err == -ELOOP || err == -EBADMSG)
		return drop_part(salvage->disk, path);
	if (err == 0)
		err = read_part(&part, account, salvage->disk, scan, path);
	if (err == 1) {
		if (track->part_count == 0)
			track->info.first_frame_us = scan_info(scan)->first_frame_us;
		part.file = g_strdup(old->file);
		part.number = old->number;
		*manifest_add_part(track) = part;
	}
	scan_close(scan);
	return MIN(err, 0);
}

/* The file of a part may be older than the manifest that names it. */
static void enter_first_part(const struct salvage *salvage, struct manifest_track *track)
{
	g_autofree char *file = name_part_file(salvage->manifest->name, track->label, 1);
	if (track->part_count > 0 || !is_plain(file))
		return;
	struct manifest_part *part = manifest_add_part(track);
	part->file = g_steal_pointer(&file);
	part->number = 1;
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
	struct account account;
	account_init(&account, track->info.codec);
	enter_first_part(salvage, track);
	struct manifest_part *old = g_steal_pointer(&track->parts);
	size_t count = track->part_count;
	track->part_count = 0;
	track->info.first_frame_us = 0;
	int err = 0;
	for (size_t i = 0; i < count; i++) {
		if (err == 0)
			err = salvage_part(salvage, track, &account, &old[i]);
		g_free(old[i].file);
	}
	g_free(old);
	if (err == 0)
		report(track, &account);
	return err;
}
