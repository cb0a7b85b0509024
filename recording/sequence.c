/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See sequence.h. */
#include "recording/sequence.h"

#include <glib.h>
#include <string.h>

#include "common/rtp.h"

static uint64_t *word(struct sequence *sequence, int64_t number)
{
	return &sequence->missing[(number & (SEQUENCE_WINDOW - 1)) / 64];
}

static uint64_t bit(int64_t number)
{
	return UINT64_C(1) << (number & 63);
}

static bool is_missing(struct sequence *sequence, int64_t number)
{
	return number >= sequence->first && number < sequence->newest &&
	       number > sequence->newest - SEQUENCE_WINDOW &&
	       (*word(sequence, number) & bit(number)) != 0;
}

void sequence_restart(struct sequence *sequence, uint16_t seq)
{
	/* Two cycles on, whatever the number was: nothing old is near. */
	int64_t cycle = sequence->has_begun ? (sequence->newest >> 16) + 2 : 1;
	sequence->has_begun = true;
	sequence->may_restart = false;
	sequence->first = sequence->newest = cycle << 16 | seq;
	memset(sequence->missing, 0, sizeof sequence->missing);
}

static void advance(struct sequence *sequence, int64_t newest)
{
	int64_t from = MAX(sequence->newest + 1, newest - SEQUENCE_WINDOW + 1);
	for (int64_t number = from; number < newest; number++)
		*word(sequence, number) |= bit(number);
	*word(sequence, newest) &= ~bit(newest);
	uint64_t lost = (uint64_t)(newest - sequence->newest - 1);
	sequence->lost += lost;
	sequence->gaps += lost > 0;
	sequence->newest = newest;
}

void sequence_skip(struct sequence *sequence, uint16_t last, uint64_t count)
{
	uint16_t passed = (uint16_t)(last - (uint16_t)sequence->newest);
	bool is_old = passed >= 1 << 15 && count < 1 << 15;
	if (!sequence->has_begun || passed == 0 || is_old)
		return;
	uint64_t lost = passed - MIN(passed, count);
	int64_t newest = sequence->newest + passed;
	/* Which of them were lost is not known: none is waited for. */
	for (int64_t i = MAX(sequence->newest + 1, newest - SEQUENCE_WINDOW + 1); i <= newest; i++)
		*word(sequence, i) &= ~bit(i);
	sequence->lost += lost;
	sequence->gaps += lost > 0;
	sequence->newest = newest;
}

/* A number thought lost has come: its run shrinks, splits in two, or is no more. */
static void fill(struct sequence *sequence, int64_t number)
{
	bool before = is_missing(sequence, number - 1);
	bool after = is_missing(sequence, number + 1);
	*word(sequence, number) &= ~bit(number);
	sequence->lost--;
	sequence->reordered++;
	if (before && after)
		sequence->gaps++;
	else if (!before && !after)
		sequence->gaps--;
}

/* True when it confirms that a new sequence has begun. */
static bool push_far_back(struct sequence *sequence, uint16_t seq)
{
	if (sequence->may_restart && sequence->restart == seq) {
		sequence->reordered--; /* the one before was the new sequence's first */
		sequence_restart(sequence, (uint16_t)(seq - 1));
		advance(sequence, sequence->newest + 1);
		return true;
	}
	sequence->reordered++;
	sequence->may_restart = true;
	sequence->restart = (uint16_t)(seq + 1);
	return false;
}

bool sequence_push(struct sequence *sequence, uint16_t seq)
{
	if (!sequence->has_begun) {
		sequence_restart(sequence, seq);
		return true;
	}
	int64_t number = sequence->newest + rtp_seq_diff((uint16_t)sequence->newest, seq);
	if (number > sequence->newest) {
		sequence->may_restart = false;
		advance(sequence, number);
		return true;
	}
	if (number <= sequence->newest - SEQUENCE_WINDOW)
		return push_far_back(sequence, seq);
	sequence->may_restart = false;
	if (is_missing(sequence, number))
		fill(sequence, number);
	else if (number < sequence->first)
		sequence->reordered++;
	else
		sequence->duplicated++;
	return false;
}
