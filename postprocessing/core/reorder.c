/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Within a run, packets are counted by `number`: the sequence number unwrapped,
 * which may start below zero while the run is not open yet.
 *
 *        passed on │ next            newest │ not seen yet
 *     ─────────────┼────────────────────────┼──────────────▶ number
 *                  └── REORDER_WINDOW slots, `waiting` of them filled ──
 *
 * A packet that is next goes straight through; only those that wait are copied.
 */
#include "postprocessing/core/reorder.h"

#include <assert.h>
#include <glib.h>
#include <stdlib.h>

enum {
	SEEN_SIZE = 4096, /* numbers remembered, to tell a duplicate from a late packet */
};

static_assert(
	(int)SEEN_SIZE > (int)REORDER_JUMP, "a packet within a run must be within what was seen");
static_assert((REORDER_WINDOW & (REORDER_WINDOW - 1)) == 0, "slots are indexed by a mask");

/* A packet kept beyond the reader's next frame; the buffer is reused. */
struct slot {
	struct rtp_packet rtp; /* views into data */
	uint32_t arrival_ms;
	bool is_used;
	bool is_suspect;
	uint8_t *data;
	size_t capacity;
};

/* The packet last read, borrowed from the reader. */
struct input {
	bool is_held; /* no place for it yet */
	int64_t number;
	struct rtp_packet rtp;
	struct reader_frame frame;
};

struct reorder {
	struct reader *reader;
	struct reorder_stats stats;
	bool is_at_end;

	struct input input;
	struct slot slots[REORDER_WINDOW];
	size_t waiting;
	struct slot stray; /* may begin a new run */

	bool has_run;
	bool is_open;     /* a packet of the run was passed on, so its start is settled */
	bool is_flushing; /* the run ends: holes are passed over at once */
	uint32_t ssrc;
	int64_t next, newest;
	int64_t seen[SEEN_SIZE]; /* seen[number % SEEN_SIZE] == number */

	bool has_passed_on; /* the members below are those of the last packet passed on */
	bool is_discontinuity;
	uint32_t lost_before;
	int64_t seq_offset; /* extended sequence number - number, in the open run */
	int64_t seq, timestamp;
	uint32_t raw_timestamp;
	uint32_t arrival_ms;
};

struct reorder *reorder_create(struct reader *reader)
{
	struct reorder *reorder = g_new0(struct reorder, 1);
	reorder->reader = reader;
	return reorder;
}

void reorder_destroy(struct reorder *reorder)
{
	if (!reorder)
		return;
	for (size_t i = 0; i < REORDER_WINDOW; i++)
		g_free(reorder->slots[i].data);
	g_free(reorder->stray.data);
	g_free(reorder);
}

/* ---- keeping packets ---- */

static struct slot *slot_at(struct reorder *reorder, int64_t number)
{
	return &reorder->slots[(uint64_t)number % REORDER_WINDOW];
}

static int64_t *seen_at(struct reorder *reorder, int64_t number)
{
	return &reorder->seen[(uint64_t)number % SEEN_SIZE];
}

static void keep(struct slot *slot, const struct input *input)
{
	struct bytes packet = input->frame.payload;
	if (slot->capacity < packet.len) {
		g_free(slot->data);
		slot->capacity = packet.len;
		slot->data = g_malloc(packet.len);
	}
	memcpy(slot->data, packet.data, packet.len);
	slot->rtp = input->rtp;
	slot->rtp.payload.data = slot->data + (input->rtp.payload.data - packet.data);
	slot->rtp.extensions.data = slot->data;
	if (input->rtp.extensions.len > 0)
		slot->rtp.extensions.data += input->rtp.extensions.data - packet.data;
	slot->arrival_ms = input->frame.ms;
	slot->is_suspect = input->frame.is_suspect;
	slot->is_used = true;
}

/* ---- runs ---- */

static void start_run(struct reorder *reorder, uint32_t ssrc, uint16_t first)
{
	reorder->is_discontinuity = reorder->has_run;
	reorder->stats.runs += reorder->has_run;
	reorder->has_run = true;
	reorder->is_open = false;
	reorder->is_flushing = false;
	reorder->ssrc = ssrc;
	reorder->next = reorder->newest = first;
	reorder->lost_before = 0;
	for (size_t i = 0; i < SEEN_SIZE; i++)
		reorder->seen[i] = INT64_MIN;
}

/* The next packet's place is final from now on. */
static void open_run(struct reorder *reorder)
{
	int64_t first = reorder->has_passed_on ? reorder->seq + 1 : (uint16_t)reorder->next;
	reorder->seq_offset = first - reorder->next;
	reorder->is_open = true;
}

static bool is_of_run(uint32_t ssrc, uint16_t seq, const struct rtp_packet *rtp)
{
	return rtp->ssrc == ssrc && abs(rtp_seq_diff(seq, rtp->seq)) <= REORDER_JUMP;
}

/* ---- passing on ---- */

/*
 * The difference that is nearest to the time of arrival among all that the 32 bits can mean;
 * without arrival times, among those around zero.
 */
static int64_t timestamp_step(
	struct reorder *reorder, uint32_t raw, uint32_t arrival_ms, bool *has_jumped)
{
	const int64_t rate = reader_info(reorder->reader)->codec->clock_rate;
	const int64_t jump = rate * REORDER_TIMESTAMP_JUMP_S;
	bool has_arrivals = reader_version(reorder->reader) == MJR_VERSION_2;
	int64_t expected = (int64_t)(int32_t)(arrival_ms - reorder->arrival_ms) * rate / 1000;
	int32_t off = (int32_t)(raw - reorder->raw_timestamp - (uint32_t)expected);

	*has_jumped = !reorder->is_discontinuity &&
		      (expected + off < -jump || (has_arrivals && off > jump));
	if (*has_jumped || reorder->is_discontinuity)
		return MAX(expected, rate / 50); /* at least a packet's usual length */
	return expected + off;
}

static void pass_on(struct reorder *reorder, struct reorder_packet *out,
	const struct rtp_packet *rtp, uint32_t arrival_ms, bool is_suspect)
{
	bool has_jumped = false;

	if (!reorder->is_open)
		open_run(reorder);
	if (reorder->has_passed_on)
		reorder->timestamp +=
			timestamp_step(reorder, rtp->timestamp, arrival_ms, &has_jumped);
	else
		reorder->timestamp = rtp->timestamp;
	reorder->stats.timestamp_jumps += has_jumped;
	reorder->seq = reorder->next + reorder->seq_offset;
	*out = (struct reorder_packet){
		.rtp = *rtp,
		.seq = reorder->seq,
		.timestamp = reorder->timestamp,
		.arrival_ms = arrival_ms,
		.lost_before = reorder->lost_before,
		.is_discontinuity = reorder->is_discontinuity || has_jumped,
		.is_suspect = is_suspect,
	};
	reorder->raw_timestamp = rtp->timestamp;
	reorder->arrival_ms = arrival_ms;
	reorder->has_passed_on = true;
	reorder->is_discontinuity = false;
	reorder->lost_before = 0;
	reorder->next++;
}

static void give_up(struct reorder *reorder, int64_t count)
{
	if (!reorder->is_open)
		open_run(reorder);
	reorder->next += count;
	reorder->stats.lost += (uint64_t)count;
	reorder->lost_before += (uint32_t)count;
}

/* True when nothing may wait any longer for the packet that is next. */
static bool is_overdue(const struct reorder *reorder)
{
	const struct input *input = &reorder->input;
	return reorder->is_flushing ||
	       (input->is_held && input->number >= reorder->next + REORDER_WINDOW);
}

/* Passes on the next packet that waits, if it is its turn. */
static bool pass_on_waiting(struct reorder *reorder, struct reorder_packet *out)
{
	bool is_start = !reorder->is_open && reorder->waiting < REORDER_START;
	if (is_start && !is_overdue(reorder))
		return false;
	while (reorder->waiting > 0) {
		struct slot *slot = slot_at(reorder, reorder->next);
		if (!slot->is_used && !is_overdue(reorder))
			return false;
		if (!slot->is_used) {
			give_up(reorder, 1);
			continue;
		}
		slot->is_used = false;
		reorder->waiting--;
		if (slot->rtp.payload.len > 0) {
			pass_on(reorder, out, &slot->rtp, slot->arrival_ms, slot->is_suspect);
			return true;
		}
		reorder->next++;
	}
	return false;
}

/* ---- taking in ---- */

/* True when the packet is new and not too late; then the run reaches to it. */
static bool admit(struct reorder *reorder, struct input *input)
{
	int64_t number = reorder->newest + rtp_seq_diff((uint16_t)reorder->newest, input->rtp.seq);
	int64_t *seen = seen_at(reorder, number);

	if (*seen == number) {
		reorder->stats.duplicated++;
		return false;
	}
	*seen = number;
	reorder->stats.reordered += number < reorder->newest;
	reorder->newest = MAX(reorder->newest, number);
	if (number < reorder->next) {
		if (reorder->is_open || reorder->newest - number >= REORDER_WINDOW) {
			reorder->stats.late++;
			return false;
		}
		reorder->next = number;
	}
	reorder->stats.padding += input->rtp.payload.len == 0;
	input->number = number;
	return true;
}

/* Finds the place of the packet last read, or holds it until there is one. True: passed on. */
static bool place(struct reorder *reorder, struct reorder_packet *out)
{
	struct input *input = &reorder->input;

	input->is_held = input->number >= reorder->next + REORDER_WINDOW && reorder->waiting > 0;
	if (input->is_held)
		return false;
	if (input->number >= reorder->next + REORDER_WINDOW)
		give_up(reorder, input->number - reorder->next);
	if (!reorder->is_open || input->number > reorder->next || input->rtp.payload.len == 0) {
		keep(slot_at(reorder, input->number), input);
		reorder->waiting++;
		return false;
	}
	pass_on(reorder, out, &input->rtp, input->frame.ms, input->frame.is_suspect);
	return true;
}

/* The stray becomes the first packet of a new run. */
static void start_from_stray(struct reorder *reorder)
{
	struct slot *stray = &reorder->stray;
	start_run(reorder, stray->rtp.ssrc, stray->rtp.seq);
	struct slot *slot = slot_at(reorder, reorder->next);
	*seen_at(reorder, reorder->next) = reorder->next;
	struct slot emptied = *slot;
	*slot = *stray;
	*stray = emptied;
	stray->is_used = false;
	reorder->waiting++;
	reorder->stats.padding += slot->rtp.payload.len == 0;
	if (!reorder->is_at_end) /* the packet that confirmed it */
		reorder->input.is_held = admit(reorder, &reorder->input);
}

/*
 * Whether the packet last read is of the run; else it is kept as a stray, or confirms the one that
 * is kept, and then the run is to be flushed.
 */
static bool belongs(struct reorder *reorder)
{
	struct input *input = &reorder->input;
	struct slot *stray = &reorder->stray;

	if (!reorder->has_run) {
		start_run(reorder, input->rtp.ssrc, input->rtp.seq);
		reorder->stats.first_ssrc = input->rtp.ssrc;
	}
	if (is_of_run(reorder->ssrc, (uint16_t)reorder->newest, &input->rtp)) {
		reorder->stats.strays += stray->is_used;
		stray->is_used = false;
		return true;
	}
	if (stray->is_used && is_of_run(stray->rtp.ssrc, stray->rtp.seq, &input->rtp)) {
		reorder->is_flushing = true;
		return false;
	}
	reorder->stats.strays += stray->is_used;
	keep(stray, input);
	return false;
}

/* Reads until there is an RTP packet in `input`. */
static int read_packet(struct reorder *reorder)
{
	struct input *input = &reorder->input;
	for (;;) {
		int err = reader_pull(reorder->reader, &input->frame);
		if (err)
			return err;
		if (rtp_parse(&input->rtp, input->frame.payload) == 0) {
			reorder->stats.received++;
			return 0;
		}
		reorder->stats.malformed++;
	}
}

/* When nothing waits any more, the run that was flushed is over. */
static int end_run(struct reorder *reorder)
{
	if (!reorder->stray.is_used)
		return STAGE_END;
	start_from_stray(reorder);
	reorder->is_flushing = reorder->is_at_end;
	return 0;
}

/* One packet in: held, stored, dropped or, then *is_passed_on, straight out again. */
static int take(struct reorder *reorder, struct reorder_packet *out, bool *is_passed_on)
{
	struct input *input = &reorder->input;

	if (!input->is_held) {
		int err = read_packet(reorder);
		if (err == STAGE_END) {
			reorder->is_at_end = reorder->is_flushing = true;
			return 0;
		}
		if (err)
			return err;
		if (!belongs(reorder) || !admit(reorder, input))
			return 0;
	}
	*is_passed_on = place(reorder, out);
	return 0;
}

int reorder_pull(struct reorder *reorder, struct reorder_packet *out)
{
	for (;;) {
		if (pass_on_waiting(reorder, out))
			return STAGE_OK;
		bool is_passed_on = false;
		int err =
			reorder->is_flushing ? end_run(reorder) : take(reorder, out, &is_passed_on);
		if (err || is_passed_on)
			return err;
	}
}

const struct reorder_stats *reorder_stats(const struct reorder *reorder)
{
	return &reorder->stats;
}

const struct mjr_info *reorder_info(const struct reorder *reorder)
{
	return reader_info(reorder->reader);
}
