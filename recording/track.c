/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A track: the media thread's half, and its making and ending. */
#include "recording/track_priv.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>

#include "common/rtp.h"

int track_create(struct track **out, const struct track_params *params)
{
	struct track *track = cacheline_alloc(sizeof *track);
	int err = ring_create(&track->ring, params->ring_path, params->ring_size);
	if (err < 0) {
		free(track);
		return err;
	}
	track->mark = ring_mark(&track->ring);
	track->codec = params->info->codec;
	track->clock = params->clock;
	track->writer = params->writer;
	track->wake_at = params->ring_size / 4;
	atomic_init(&track->has_keyframe, track->codec->is_keyframe == NULL);
	drain_init(&track->drain, &track->ring, params->disk, params->folder, params->info,
		params->recording_id, params->file);
	track->drain.durability = params->durability;
	track->drain.stats = params->stats;
	track->drain.pauses = params->pauses;
	*out = track;
	return 0;
}

void track_destroy(struct track *track)
{
	if (track == NULL)
		return;
	drain_fini(&track->drain);
	ring_close(&track->ring);
	free(track);
}

void track_close(struct track *track)
{
	atomic_store_explicit(&track->is_closed, true, memory_order_relaxed);
}

void track_unlink(struct track *track)
{
	ring_unlink(&track->ring);
}

/* --- media thread --- */

static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Notes when the first frame came, before it can be seen in the ring. */
static void start(struct track *track, int64_t now_us)
{
	struct drain_mark *mark = track->mark;
	mark->position = ring_head(&track->ring);
	mark->real_us = clock_real_us(track->clock);
	mark->mono_us = now_us;
	track->start_us = now_us;
}

static void wake_writer(struct track *track)
{
	if (ring_pending(&track->ring) < track->wake_at)
		return;
	if (atomic_load_explicit(&track->is_urgent, memory_order_relaxed))
		return;
	if (!atomic_exchange(&track->is_urgent, true))
		writer_wake(track->writer);
}

/* What came last is dropped. A decoder cannot go on after it without a keyframe. */
static void drop(struct track *track, uint16_t seq)
{
	track->is_overloaded = true;
	count(&track->mark->dropped);
	overload_drop(
		&track->mark->overload, ring_head(&track->ring), clock_real_us(track->clock), seq);
}

static void resume(struct track *track)
{
	track->is_overloaded = false;
	track_want_keyframe(track);
}

/* Pushes pieces[1…] as one frame with `len` bytes of payload; pieces[0] is ours. */
static int push(struct track *track, struct iovec *pieces, size_t piece_count, size_t len)
{
	if (atomic_load_explicit(&track->is_closed, memory_order_relaxed)) {
		count(&track->mark->dropped);
		return -EPIPE;
	}
	int64_t now_us = clock_mono_us(track->clock);
	if (!track->has_started)
		start(track, now_us);
	uint8_t header[MJR_FRAME_HEADER_SIZE];
	mjr_frame_put(header, (uint32_t)((now_us - track->start_us) / 1000), (uint16_t)len);
	pieces[0] = (struct iovec){header, sizeof header};
	if (!ring_push(&track->ring, pieces, piece_count))
		return -ENOBUFS;
	track->has_started = true;
	if (track->is_overloaded)
		resume(track);
	wake_writer(track);
	return 0;
}

static void look_for_keyframe(struct track *track, const uint8_t *bytes, size_t len)
{
	struct rtp_packet packet;
	if (rtp_parse(&packet, (struct bytes){bytes, len}) < 0)
		return;
	if (track->codec->is_keyframe(packet.payload))
		atomic_store_explicit(&track->has_keyframe, true, memory_order_relaxed);
}

/* A piece of a run of bytes that ring_push() only reads. */
static struct iovec piece(const void *bytes, size_t len)
{
	union {
		const void *in;
		void *out;
	} base = {bytes};
	return (struct iovec){base.out, len};
}

int track_push_rtp(struct track *track, const uint8_t *packet, size_t len)
{
	if (len > MJR_PAYLOAD_MAX) {
		count(&track->mark->malformed);
		return -EMSGSIZE;
	}
	struct iovec pieces[] = {{0}, piece(packet, len)};
	int err = push(track, pieces, G_N_ELEMENTS(pieces), len);
	if (err == -ENOBUFS)
		drop(track, len < RTP_HEADER_SIZE ? 0 : bytes_get_u16(packet + 2));
	if (err == 0 && !track_has_keyframe(track))
		look_for_keyframe(track, packet, len);
	return err;
}

int track_push_message(struct track *track, const uint8_t *message, size_t len)
{
	if (len > MJR_DATA_MAX) {
		count(&track->mark->malformed);
		return -EMSGSIZE;
	}
	uint8_t time[MJR_DATA_TIME_SIZE];
	bytes_put_u64(time, (uint64_t)clock_real_us(track->clock));
	struct iovec pieces[] = {{0}, piece(time, sizeof time), piece(message, len)};
	int err = push(track, pieces, G_N_ELEMENTS(pieces), sizeof time + len);
	if (err == -ENOBUFS)
		drop(track, 0);
	return err;
}

void track_count_malformed(struct track *track)
{
	count(&track->mark->malformed);
}

void track_count_keyframe_request(struct track *track)
{
	count(&track->mark->keyframe_requests);
}

bool track_has_keyframe(const struct track *track)
{
	return atomic_load_explicit(&track->has_keyframe, memory_order_relaxed);
}

/* --- writer --- */

bool track_is_urgent(const struct track *track)
{
	return atomic_load_explicit(&track->is_urgent, memory_order_relaxed);
}

bool track_is_due(struct track *track)
{
	return drain_is_due(&track->drain);
}

int track_drain(struct track *track, uint64_t until, uint8_t *scratch)
{
	/* Before the ring is read: what passes the threshold later wakes us again. */
	atomic_store(&track->is_urgent, false);
	return drain_run(&track->drain, until, scratch);
}

void track_want_keyframe(struct track *track)
{
	atomic_store_explicit(
		&track->has_keyframe, track->codec->is_keyframe == NULL, memory_order_relaxed);
}

int track_sync(struct track *track, int64_t now_us, int64_t tick_us)
{
	return drain_sync(&track->drain, now_us, tick_us);
}

int track_suspend(struct track *track)
{
	return drain_suspend(&track->drain);
}

int track_end_part(struct track *track)
{
	return drain_end_part(&track->drain);
}

bool track_has_open_part(const struct track *track, uint32_t part_number)
{
	const struct drain *drain = &track->drain;
	return drain->part.is_open && drain->context->part_number == part_number;
}

void track_resume(struct track *track, uint32_t part_number, const char *file)
{
	drain_resume(&track->drain, part_number, file);
}

int track_finish(struct track *track, uint8_t *scratch)
{
	return drain_finish(&track->drain, scratch);
}

static uint64_t counted(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void track_report(struct manifest_track *out, struct track *track)
{
	drain_report(out, &track->drain);
	struct manifest_quality *quality = &out->quality;
	quality->dropped = counted(&track->mark->dropped) + track->drain.dropped;
	quality->received = track->drain.account.packets + quality->dropped;
	quality->malformed = counted(&track->mark->malformed);
	quality->keyframe_requests = counted(&track->mark->keyframe_requests);
}

void track_release(struct track *track, const struct manifest_track *saved)
{
	overload_release(&track->mark->overload, saved->gap_count + saved->gaps_omitted);
}
