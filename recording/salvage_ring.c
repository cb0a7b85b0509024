/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits in a ring is written to where it belongs. See salvage.h. */
#include "recording/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "recording/drain.h"
#include "recording/frames.h"
#include "recording/name.h"

enum {
	NUMBERS_MAX = 100 /* of files that are looked at for a free one */
};

/* Where the waiting bytes go. */
struct place {
	const struct salvage *salvage;
	struct drain_context *context; /* the ring's */
	const char *label;             /* of the track */
	uint64_t done;                 /* bytes of frames that are in the file already */
	size_t pending;
};

static char *part_file(const struct place *place)
{
	const struct manifest *manifest = place->salvage->manifest;
	return name_part_file(manifest->name, place->label, place->context->part_number,
		manifest_is_rotated(&manifest->rotation));
}

/* Every byte of the context may be wrong. */
static bool fits(const struct place *place)
{
	const struct drain_context *context = place->context;
	const char *id = context->recording_id;
	g_autofree char *file = part_file(place);
	return memchr(id, '\0', sizeof context->recording_id) != NULL &&
	       strcmp(id, place->salvage->manifest->id) == 0 && context->part_number > 0 &&
	       name_is_plain(file);
}

static bool has_sound_header(const struct drain_context *context)
{
	struct mjr_header header;
	uint32_t size = context->header_size;
	return size <= sizeof context->header &&
	       mjr_header_parse(&header, (struct bytes){context->header, size}) == 0 &&
	       header.size == size;
}

/*
 * Does what the next drain would have done. The producer's mark is where the first part begins.
 */
static int begin_part(struct ring *ring, const struct mjr_info *track_info)
{
	const struct drain_mark *mark = ring_mark(ring);
	const struct drain_context *context = ring_context(ring);
	struct mjr_info info = *track_info; /* borrows the texts */
	uint64_t tail = ring_tail(ring);
	if (context->part_number == 1 ? mark->position != tail : mark->position > tail)
		return -EBADMSG;
	if (mark->real_us < 0 || mark->real_us > CLOCK_REAL_MAX_US)
		return -EBADMSG;
	info.first_frame_us = mark->real_us;
	return drain_begin(ring, &info);
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

static int find_place(struct place *place, struct ring *ring, const struct mjr_info *info)
{
	const struct drain_context *context = place->context;
	if (!are_frames(ring))
		return -EBADMSG;
	int err = drain_has_begun(ring) ? 0 : begin_part(ring, info);
	if (err < 0)
		return err;
	uint64_t tail = ring_tail(ring);
	if (!has_sound_header(context) || context->part_position > tail)
		return -EBADMSG;
	place->done = tail - context->part_position;
	place->pending = ring_pending(ring);
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

/* -EEXIST: what has this name is not ours. */
static int open_file(struct part *part, const struct place *place)
{
	const struct disk *disk = place->salvage->disk;
	g_autofree char *file = part_file(place);
	g_autofree char *path = g_build_filename(place->salvage->folder, file, NULL);
	int err = part_open(part, disk, path);
	if (err == -ENOENT && place->done == 0)
		return part_create(part, disk, path);
	if (err == -ELOOP || err == -EISDIR || (err == 0 && !is_own_file(path, place)))
		return -EEXIST;
	return err;
}

/* A part of which nothing was written yet gets another number when its name is taken. */
static int open_part(struct part *part, const struct place *place)
{
	struct drain_context *context = place->context;
	int err = open_file(part, place);
	for (int i = 0; err == -EEXIST && place->done == 0 && i < NUMBERS_MAX; i++) {
		part_fini(part);
		context->part_number++;
		context->begun = context->part_number;
		err = open_file(part, place);
	}
	return err == -EEXIST || err == -ENOENT ? -EBADMSG : err;
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

/* The manifest may not know the ring's file yet. */
static void enter_part(struct manifest_track *track, const struct place *place)
{
	g_autofree char *file = part_file(place);
	for (size_t i = 0; i < track->part_count; i++)
		if (strcmp(track->parts[i].file, file) == 0)
			return;
	struct manifest_part *part = manifest_add_part(track);
	part->file = g_steal_pointer(&file);
	part->number = place->context->part_number;
}

static int write_part(const struct place *place, struct ring *ring)
{
	struct part part = {0};
	int err = open_part(&part, place);
	if (err == 0)
		err = write_pending(&part, ring, place);
	if (err == 0)
		err = part_finish(&part, false); /* salvage_books() syncs it */
	part_fini(&part);
	return err;
}

static bool is_time(int64_t us)
{
	return us >= 0 && us <= CLOCK_REAL_MAX_US;
}

static void enter_gap(struct manifest_track *track, struct manifest_gap gap)
{
	if (track->gap_count == MANIFEST_GAPS_MAX || !is_time(gap.from_us) || !is_time(gap.to_us)) {
		track->gaps_omitted++;
		return;
	}
	gap.reason = g_strdup("overload");
	*manifest_add_gap(track) = gap;
}

/* What the producer has counted since the manifest was saved. */
static void enter_counts(struct manifest_track *track, struct ring *ring)
{
	struct drain_mark *mark = ring_mark(ring);
	struct manifest_quality *quality = &track->quality;
	quality->dropped = MAX(quality->dropped, mark->dropped);
	quality->malformed = MAX(quality->malformed, mark->malformed);
	quality->keyframe_requests = MAX(quality->keyframe_requests, mark->keyframe_requests);
	struct manifest_gap gap;
	while (overload_read(
		&gap, &mark->overload, track->gap_count + track->gaps_omitted, UINT64_MAX))
		enter_gap(track, gap);
}

static int drain(const struct salvage *salvage, struct manifest_track *track, struct ring *ring)
{
	struct place place = {salvage, ring_context(ring), track->label, 0, 0};
	int err = fits(&place) ? 0 : -EBADMSG;
	if (err == 0 && ring_pending(ring) > 0) {
		err = find_place(&place, ring, &track->info);
		if (err == 0)
			err = write_part(&place, ring);
		track->quality.ring_high_water = MAX(track->quality.ring_high_water, place.pending);
	}
	if (err < 0)
		return err;
	if (drain_has_begun(ring))
		enter_part(track, &place);
	enter_counts(track, ring);
	return 0;
}

int salvage_ring(const struct salvage *salvage, struct manifest_track *track, const char *path)
{
	struct ring ring;
	int err = ring_open(&ring, path);
	if (err < 0)
		return err;
	err = drain(salvage, track, &ring);
	ring_close(&ring);
	return err;
}
