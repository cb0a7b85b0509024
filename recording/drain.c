/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See drain.h. */
#include "recording/drain.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "common/rtp.h"
#include "recording/frames.h"
#include "recording/stats_priv.h"

_Static_assert(sizeof(struct drain_context) <= RING_CONTEXT_SIZE, "the ring has room for it");
_Static_assert(sizeof(struct drain_mark) <= RING_MARK_SIZE, "the ring has room for it");

void drain_init(struct drain *drain, struct ring *ring, const struct disk *disk, const char *folder,
	const struct mjr_info *info, const char *recording_id, const char *file)
{
	*drain = (struct drain){
		.ring = ring,
		.disk = disk,
		.folder = folder,
		.context = ring_context(ring),
		.until = DRAIN_ALL,
	};
	mjr_info_copy(&drain->info, info);
	account_init(&drain->account, info->codec);
	struct drain_context *context = drain->context;
	g_strlcpy(context->recording_id, recording_id, sizeof context->recording_id);
	context->part_number = 1;
	drain->file = g_strdup(file);
}

void drain_fini(struct drain *drain)
{
	part_fini(&drain->part);
	g_clear_pointer(&drain->gaps, g_array_unref);
	mjr_info_fini(&drain->info);
	g_free(drain->file);
}

int drain_begin(struct ring *ring, const struct mjr_info *info)
{
	struct drain_context *context = ring_context(ring);
	/* An earlier attempt may have come to nothing. */
	atomic_store_explicit(&context->begun, 0, memory_order_release);
	int size = mjr_info_build(context->header, sizeof context->header, info);
	if (size < 0)
		return size;
	context->header_size = (uint32_t)size;
	context->part_position = ring_tail(ring);
	atomic_store_explicit(&context->begun, context->part_number, memory_order_release);
	return 0;
}

bool drain_has_begun(struct ring *ring)
{
	const struct drain_context *context = ring_context(ring);
	return context->begun == context->part_number;
}

/* Builds the header that the first frame decides, and creates the file. */
static int begin_part(struct drain *drain)
{
	const struct drain_mark *mark = ring_mark(drain->ring);
	drain->info.first_frame_us = mark->real_us;
	int err = drain_begin(drain->ring, &drain->info);
	if (err < 0)
		return err;
	g_autofree char *path = g_build_filename(drain->folder, drain->file, NULL);
	err = part_create(&drain->part, drain->disk, path);
	if (err < 0)
		return err;
	drain->has_begun = true;
	drain->is_doubtful = false;
	account_begin_part(&drain->account, mark->real_us);
	return 0;
}

/* Notes the gaps in front of the frame at `position`. */
static void enter_gaps(struct drain *drain, uint64_t position)
{
	struct manifest_gap gap;
	struct drain_mark *mark = ring_mark(drain->ring);
	while (overload_read(&gap, &mark->overload, drain->gap_count, position)) {
		if (drain->gaps == NULL)
			drain->gaps = g_array_new(FALSE, FALSE, sizeof gap);
		account_gap(&drain->account, &gap);
		if (drain->gap_count++ < MANIFEST_GAPS_MAX)
			g_array_append_val(drain->gaps, gap);
	}
}

static void enter_pauses(struct drain *drain, const struct mjr_frame *frame)
{
	int64_t arrival_us = account_arrival_us(&drain->account, frame);
	if (drain->pauses != NULL &&
		pauses_lie_before(drain->pauses, &drain->pauses_passed, arrival_us))
		account_pause(&drain->account);
}

/* Enters the whole frames among the first `len` bytes of the runs; returns their bytes. */
static size_t enter_frames(
	struct drain *drain, struct iovec *runs, size_t count, size_t len, uint8_t *scratch)
{
	for (size_t i = 0; i < count; i++) {
		runs[i].iov_len = MIN(runs[i].iov_len, len);
		len -= runs[i].iov_len;
	}
	struct frames frames;
	struct mjr_frame frame;
	size_t whole = 0;
	frames_init(&frames, runs, count, scratch);
	while (frames_next(&frame, &frames)) {
		enter_gaps(drain, ring_tail(drain->ring) + whole);
		enter_pauses(drain, &frame);
		account_frame(&drain->account, &frame);
		whole += frame.size;
	}
	return whole;
}

/* As part_write(), and counted. */
static int write_counted(
	struct drain *drain, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	int64_t from_us = g_get_monotonic_time();
	int err = part_write(&drain->part, pieces, count, offset, written);
	if (drain->stats == NULL)
		return err;
	histogram_observe(&drain->stats->writes, g_get_monotonic_time() - from_us);
	if (err < 0)
		stats_count(&drain->stats->write_errors);
	return err;
}

/* Writes the runs at their place, the header before the first, and takes them off the ring. */
static int write_runs(struct drain *drain, struct iovec *runs, size_t count, uint8_t *scratch)
{
	struct drain_context *context = drain->context;
	uint64_t done = ring_tail(drain->ring) - context->part_position;
	uint32_t header_size = context->header_size;
	struct iovec pieces[3] = {{context->header, done == 0 ? header_size : 0}};
	memcpy(pieces + 1, runs, count * sizeof *runs);
	off_t offset = done == 0 ? 0 : (off_t)(header_size + done);

	size_t written;
	int err = write_counted(drain, pieces, (int)count + 1, offset, &written);
	written -= MIN(written, pieces[0].iov_len);
	size_t whole = enter_frames(drain, runs, count, written, scratch);
	ring_consume(drain->ring, whole);
	done += whole;
	if (err < 0)
		part_cut(&drain->part, done == 0 ? 0 : (off_t)(header_size + done));
	return err;
}

bool drain_is_due(struct drain *drain)
{
	size_t pending = ring_pending(drain->ring);
	if (pending == 0)
		return false;
	if (!drain->has_begun || pending >= DRAIN_ENOUGH ||
		drain->durability.kind == DURABILITY_TIME)
		return true;
	return ++drain->ticks_waited >= DRAIN_TICKS_MAX;
}

/* What waits before a position; returns how many runs. */
static size_t peek_until(struct iovec runs[static 2], struct drain *drain, uint64_t until)
{
	uint64_t room = until - ring_tail(drain->ring);
	size_t count = ring_peek(drain->ring, runs);
	size_t used = 0;
	for (; used < count && room > 0; used++) {
		runs[used].iov_len = MIN(runs[used].iov_len, room);
		room -= runs[used].iov_len;
	}
	return used;
}

int drain_run(struct drain *drain, uint64_t until, uint8_t *scratch)
{
	struct iovec runs[2];
	drain->ticks_waited = 0;
	size_t count = drain->is_suspended ? 0 : peek_until(runs, drain, until);
	if (count == 0)
		return 0;
	int err = drain->has_begun ? 0 : begin_part(drain);
	if (err == 0)
		err = write_runs(drain, runs, count, scratch);
	drain->is_suspended = err < 0;
	return err;
}

/* A frame that waits, and where. */
struct walk {
	struct frames frames;
	struct mjr_frame frame;
	uint64_t next; /* position */
	int64_t origin_us;
	struct drain_cut at;
};

static void walk_init(struct walk *walk, struct drain *drain, uint8_t *scratch)
{
	struct iovec runs[2];
	const struct drain_mark *mark = ring_mark(drain->ring);
	size_t count = ring_peek(drain->ring, runs);
	walk->next = ring_tail(drain->ring);
	frames_init(&walk->frames, runs, count, scratch);
	/* Whoever sees a frame sees the mark. */
	walk->origin_us = count > 0 ? mark->mono_us : 0;
}

static bool walk_next(struct walk *walk, int64_t from_us)
{
	while (frames_next(&walk->frame, &walk->frames)) {
		walk->at.position = walk->next;
		walk->at.arrival_us = walk->origin_us + (int64_t)walk->frame.ms * 1000;
		walk->next += walk->frame.size;
		/* Frames know milliseconds, and came within them. */
		if (walk->at.arrival_us + 999 >= from_us)
			return true;
	}
	return false;
}

bool drain_find(struct drain_cut *out, struct drain *drain, int64_t from_us, uint8_t *scratch)
{
	struct walk walk;
	walk_init(&walk, drain, scratch);
	bool is_found = walk_next(&walk, from_us);
	*out = is_found ? walk.at : (struct drain_cut){walk.next, from_us};
	return is_found;
}

/* The timestamp of the first keyframe that came at `from_us` or later. */
static bool find_picture(
	uint32_t *timestamp, struct drain *drain, int64_t from_us, uint8_t *scratch)
{
	struct walk walk;
	struct rtp_packet packet;
	walk_init(&walk, drain, scratch);
	while (walk_next(&walk, from_us))
		if (rtp_parse(&packet, walk.frame.payload) == 0 &&
			account_is_new_keyframe(&drain->account, &packet)) {
			*timestamp = packet.timestamp;
			return true;
		}
	return false;
}

bool drain_find_keyframe(
	struct drain_cut *out, struct drain *drain, int64_t from_us, uint8_t *scratch)
{
	struct walk walk;
	struct rtp_packet packet;
	uint32_t timestamp;
	if (!find_picture(&timestamp, drain, from_us, scratch))
		return false;
	/* What tells it to be one need not be what has come of it first. */
	walk_init(&walk, drain, scratch);
	while (walk_next(&walk, INT64_MIN))
		if (rtp_parse(&packet, walk.frame.payload) == 0 && packet.timestamp == timestamp) {
			*out = walk.at;
			return true;
		}
	return false;
}

bool drain_first_us(int64_t *out, const struct drain *drain)
{
	const struct drain_mark *mark = ring_mark(drain->ring);
	if (drain->account.packets == 0 && ring_pending(drain->ring) == 0)
		return false;
	*out = mark->mono_us;
	return true;
}

uint64_t drain_part_size(const struct drain *drain)
{
	return drain->has_begun ? (uint64_t)drain->part.size : 0;
}

int drain_sync(struct drain *drain, int64_t now_us, int64_t tick_us)
{
	if (!drain->part.is_open || !drain->part.is_unsynced) {
		drain->unsynced_since_us = 0;
		return 0;
	}
	if (drain->unsynced_since_us == 0)
		drain->unsynced_since_us = now_us;
	if (!durability_is_due(&drain->durability, drain->unsynced_since_us, now_us, tick_us))
		return 0;
	drain->unsynced_since_us = 0;
	int err = part_sync(&drain->part);
	drain->is_suspended = err < 0;
	return err;
}

int drain_end_part(struct drain *drain)
{
	if (!drain->part.is_open)
		return 0;
	bool is_torn = !part_mend(&drain->part);
	int err = part_finish(&drain->part, drain->durability.kind != DURABILITY_NONE);
	if (err == 0 && is_torn)
		err = -EIO;
	drain->is_doubtful = err < 0;
	return err;
}

int drain_suspend(struct drain *drain)
{
	drain->is_suspended = true;
	/* A torn end can be cut as long as the file is open: the disk gets another chance. */
	return drain->part.is_torn ? 0 : drain_end_part(drain);
}

void drain_resume(struct drain *drain, uint32_t part_number, const char *file)
{
	drain->context->part_number = part_number;
	g_free(drain->file);
	drain->file = g_strdup(file);
	drain->has_begun = false;
	drain->is_suspended = false;
	drain->until = DRAIN_ALL;
}

int drain_finish(struct drain *drain, uint8_t *scratch)
{
	struct iovec runs[2];
	struct frames frames;
	struct mjr_frame frame;
	uint64_t position = ring_tail(drain->ring);
	frames_init(&frames, runs, ring_peek(drain->ring, runs), scratch);
	for (; frames_next(&frame, &frames); position += frame.size) {
		enter_gaps(drain, position);
		enter_pauses(drain, &frame);
		account_left_behind(&drain->account, &frame);
		drain->dropped++;
	}
	enter_gaps(drain, UINT64_MAX);
	return drain_end_part(drain);
}

/* The last part of the list, if it is the one in hand, or a new one. */
static struct manifest_part *part_in_hand(struct manifest_track *track, const struct drain *drain)
{
	const struct drain_context *context = drain->context;
	size_t count = track->part_count;
	if (count > 0 && track->parts[count - 1].number == context->part_number)
		return &track->parts[count - 1];
	struct manifest_part *part = manifest_add_part(track);
	part->number = context->part_number;
	part->file = g_strdup(drain->file);
	return part;
}

static void report_gaps(struct manifest_track *out, const struct drain *drain)
{
	for (guint i = (guint)out->gap_count; drain->gaps != NULL && i < drain->gaps->len; i++) {
		struct manifest_gap *gap = manifest_add_gap(out);
		*gap = g_array_index(drain->gaps, struct manifest_gap, i);
		gap->reason = g_strdup("overload");
	}
	out->gaps_omitted = drain->gap_count - out->gap_count;
}

void drain_report(struct manifest_track *out, const struct drain *drain)
{
	report_gaps(out, drain);
	const struct account *account = &drain->account;
	account_report(&out->quality, account);
	out->quality.ring_high_water = ring_high_water(drain->ring);
	if (!drain->has_begun || account->part.packets == 0)
		return;
	out->ssrc = account->ssrc;
	out->info.first_frame_us = drain->info.first_frame_us;
	struct manifest_part *part = part_in_hand(out, drain);
	char *file = part->file;
	uint32_t number = part->number;
	*part = account->part;
	part->file = file;
	part->number = number;
	part->bytes = (uint64_t)drain->part.size;
	part->is_doubtful = drain->is_doubtful;
}
