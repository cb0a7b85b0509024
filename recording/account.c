/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See account.h. */
#include "recording/account.h"

#include <glib.h>

#include "common/clock.h"
#include "common/rtp.h"

void account_init(struct account *account, const struct codec *codec)
{
	*account = (struct account){.codec = codec};
}

void account_begin_part(struct account *account, int64_t origin_us)
{
	account->origin_us = origin_us;
	account->part = (struct manifest_part){0};
	account->is_at_joint = account->packets > 0;
	account->has_gap_at_joint = false;
	account->joint[0] = account->joint[1] = 0;
}

/* A keyframe is a picture, and a picture is a timestamp, however many packets it took. */
bool account_is_new_keyframe(const struct account *account, const struct rtp_packet *packet)
{
	const struct codec *codec = account->codec;
	if (codec->kind != CODEC_VIDEO || codec->is_keyframe == NULL)
		return false;
	if (account->has_keyframe && account->keyframe_timestamp == packet->timestamp)
		return false;
	return codec->is_keyframe(packet->payload);
}

static void count_keyframe(struct account *account, const struct rtp_packet *packet)
{
	if (!account_is_new_keyframe(account, packet))
		return;
	account->has_keyframe = true;
	account->keyframe_timestamp = packet->timestamp;
	account->keyframes++;
	if (packet->timestamp == account->part.first_timestamp)
		account->part.starts_with_keyframe = true;
}

/* How the part meets the one before; `lost` were lost before the packet. */
static void meet(struct account *account, uint16_t seq, uint16_t newest, uint64_t lost)
{
	struct manifest_part *part = &account->part;
	account->is_at_joint = false;
	account->joint[0] = newest;
	account->joint[1] = seq;
	part->lost_before = account->sequence.lost - lost;
	part->is_gapless = part->lost_before == 0 && !account->has_gap_at_joint;
}

/* One that was thought lost has come; maybe it was missing where the parts meet. */
static void come_late(struct account *account, uint16_t seq)
{
	struct manifest_part *part = &account->part;
	if (part->lost_before == 0 || rtp_seq_diff(account->joint[0], seq) <= 0 ||
		rtp_seq_diff(seq, account->joint[1]) <= 0)
		return;
	part->lost_before--;
	part->is_gapless = part->lost_before == 0 && !account->has_gap_at_joint;
}

static bool push_sequence(struct account *account, const struct rtp_packet *packet)
{
	bool is_new = account->last_ssrc != packet->ssrc || account->is_after_pause;
	account->is_after_pause = false;
	if (account->has_packet && is_new) {
		account->last_ssrc = packet->ssrc;
		sequence_restart(&account->sequence, packet->seq);
		return true;
	}
	if (!account->has_packet)
		account->ssrc = account->last_ssrc = packet->ssrc;
	account->has_packet = true;
	return sequence_push(&account->sequence, packet->seq);
}

static void account_rtp(struct account *account, struct bytes payload)
{
	struct rtp_packet packet;
	if (rtp_parse(&packet, payload) < 0)
		return;
	struct manifest_part *part = &account->part;
	if (part->packets == 1) {
		part->first_seq = packet.seq;
		part->first_timestamp = packet.timestamp;
	}
	uint16_t newest = (uint16_t)account->sequence.newest;
	uint64_t lost = account->sequence.lost;
	account->has_gap_at_joint |= account->is_at_joint && account->last_ssrc != packet.ssrc;
	bool is_newest = push_sequence(account, &packet);
	if (is_newest && account->is_at_joint)
		meet(account, packet.seq, newest, lost);
	else if (account->sequence.lost < lost)
		come_late(account, packet.seq);
	if (is_newest || part->packets == 1) {
		part->last_seq = packet.seq;
		part->last_timestamp = packet.timestamp;
	}
	count_keyframe(account, &packet);
}

int64_t account_arrival_us(const struct account *account, const struct mjr_frame *frame)
{
	return MIN(account->origin_us + (int64_t)frame->ms * 1000, CLOCK_REAL_MAX_US);
}

void account_pause(struct account *account)
{
	account->is_after_pause = true;
}

void account_frame(struct account *account, const struct mjr_frame *frame)
{
	struct manifest_part *part = &account->part;
	account->packets++;
	part->packets++;
	part->end_us = account_arrival_us(account, frame);
	if (part->packets == 1)
		part->start_us = part->end_us;
	if (account->codec->kind != CODEC_DATA) {
		account_rtp(account, frame->payload);
	} else if (account->is_at_joint) {
		account->is_at_joint = false;
		part->is_gapless = !account->has_gap_at_joint;
	}
}

void account_gap(struct account *account, const struct manifest_gap *gap)
{
	account->has_gap_at_joint |= account->is_at_joint;
	if (account->codec->kind != CODEC_DATA)
		sequence_skip(&account->sequence, gap->last_seq, gap->packets);
}

bool account_is_gap_before(const struct account *account, const struct manifest_gap *gap,
	const struct mjr_frame *frame)
{
	struct rtp_packet packet;
	if (account->codec->kind == CODEC_DATA || !account->has_packet ||
		rtp_parse(&packet, frame->payload) < 0 || packet.ssrc != account->last_ssrc)
		return false;
	uint16_t newest = (uint16_t)account->sequence.newest;
	int step = rtp_seq_diff(newest, packet.seq);
	int to_gap = rtp_seq_diff(newest, gap->last_seq);
	return 0 < to_gap && to_gap < step;
}

void account_left_behind(struct account *account, const struct mjr_frame *frame)
{
	struct rtp_packet packet;
	if (account->codec->kind != CODEC_DATA && rtp_parse(&packet, frame->payload) == 0)
		(void)push_sequence(account, &packet);
}

void account_report(struct manifest_quality *out, const struct account *account)
{
	out->lost = account->sequence.lost;
	out->gaps = account->sequence.gaps;
	out->reordered = account->sequence.reordered;
	out->duplicated = account->sequence.duplicated;
	out->keyframes = account->keyframes;
}
