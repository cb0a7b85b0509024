/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loss, order and repetition, as scenarios of sequence numbers. */
#include <glib.h>

#include "recording/sequence.h"

enum {
	END = -1,
	RUN = -2, /* RUN, n: the next n numbers in order */
};

struct scenario {
	const char *name;
	int pushes[16];
	unsigned lost, gaps, reordered, duplicated;
	int newest; /* the last push for which sequence_push() said so */
};

static const struct scenario SCENARIOS[] = {
	{"nothing_is_wrong", {1, 2, 3, 4, END}, 0, 0, 0, 0, 4},
	{"the_numbers_wrap", {65534, 65535, 0, 1, END}, 0, 0, 0, 0, 1},
	{"a_gap_across_the_wrap", {65534, 2, END}, 3, 1, 0, 0, 2},
	{"one_comes_late", {1, 3, 2, 4, END}, 0, 0, 1, 0, 4},
	{"late_across_the_wrap", {65535, 1, 0, 2, END}, 0, 0, 1, 0, 2},
	{"a_repeated_newest", {1, 2, 2, END}, 0, 0, 0, 1, 2},
	{"a_repeated_older", {1, 2, 3, 2, END}, 0, 0, 0, 1, 3},
	{"late_then_again", {1, 3, 2, 2, END}, 0, 0, 1, 1, 3},
	{"a_run_is_one_gap", {1, 6, END}, 4, 1, 0, 0, 6},
	{"the_middle_of_a_run_splits_it", {1, 7, 4, END}, 4, 2, 1, 0, 7},
	{"the_edge_of_a_run_shrinks_it", {1, 7, 6, END}, 4, 1, 1, 0, 7},
	{"the_last_of_a_run_ends_it", {1, 4, 2, 3, END}, 0, 0, 2, 0, 4},
	{"before_the_first", {10, 9, 11, END}, 0, 0, 1, 0, 11},
	{"a_long_outage_is_loss", {1, 20000, END}, 19998, 1, 0, 0, 20000},
	{"late_after_a_long_outage", {1, 20000, 19990, 5, END}, 19997, 2, 2, 0, 20000},
	{"far_back_once_is_a_straggler", {RUN, 5000, 100, RUN, 10, END}, 0, 0, 1, 0, 5009},
	{"far_back_twice_is_a_new_sequence", {RUN, 5000, 100, 101, 102, END}, 0, 0, 0, 0, 102},
	{"loss_in_a_new_sequence", {RUN, 5000, 100, 101, 104, END}, 2, 1, 0, 0, 104},
	{"a_lap_of_nothing_but_order", {RUN, 70000, END}, 0, 0, 0, 0, 70000 - 65536 - 1},
};

static void test_scenario(gconstpointer data)
{
	const struct scenario *scenario = data;
	struct sequence sequence = {0};
	uint16_t next = 0;
	int newest = -1;
	for (const int *push = scenario->pushes; *push != END; push++) {
		int count = 1;
		if (*push == RUN)
			count = *++push;
		else
			next = (uint16_t)*push;
		for (int i = 0; i < count; i++, next++)
			newest = sequence_push(&sequence, next) ? next : newest;
		/* A straggler does not move what comes next. */
		if (count == 1)
			next = (uint16_t)(newest + 1);
	}
	g_assert_cmpuint(sequence.lost, ==, scenario->lost);
	g_assert_cmpuint(sequence.gaps, ==, scenario->gaps);
	g_assert_cmpuint(sequence.reordered, ==, scenario->reordered);
	g_assert_cmpuint(sequence.duplicated, ==, scenario->duplicated);
	g_assert_cmpint(newest, ==, scenario->newest);
}

/* Every number of a block once, in any order within a window, loses nothing. */
static void any_order_within_the_window_loses_nothing(void)
{
	enum {
		BLOCK = 600,
		BLOCKS = 200
	};
	struct sequence sequence = {0};
	uint16_t order[BLOCK];
	sequence_push(&sequence, 65000);
	for (unsigned block = 0; block < BLOCKS; block++) {
		for (unsigned i = 0; i < BLOCK; i++)
			order[i] = (uint16_t)(65001 + block * BLOCK + i);
		for (unsigned i = BLOCK - 1; i > 0; i--) {
			unsigned j = (unsigned)g_test_rand_int_range(0, (gint32)i + 1);
			uint16_t kept = order[i];
			order[i] = order[j];
			order[j] = kept;
		}
		for (unsigned i = 0; i < BLOCK; i++)
			sequence_push(&sequence, order[i]);
	}
	g_assert_cmpuint(sequence.lost, ==, 0);
	g_assert_cmpuint(sequence.gaps, ==, 0);
	g_assert_cmpuint(sequence.duplicated, ==, 0);
	g_assert_cmpuint(sequence.reordered, >, 0);
}

static void a_restart_keeps_the_counts(void)
{
	struct sequence sequence = {0};
	sequence_push(&sequence, 1);
	sequence_push(&sequence, 3);
	sequence_restart(&sequence, 2);
	g_assert_true(sequence_push(&sequence, 3));
	g_assert_cmpuint(sequence.lost, ==, 1);
	g_assert_cmpuint(sequence.gaps, ==, 1);
	g_assert_cmpuint(sequence.duplicated, ==, 0);
}

static void what_is_known_to_be_missing_is_not_lost(void)
{
	static const struct {
		uint16_t first, last, then;
		uint64_t count;
		unsigned lost, gaps;
	} rows[] = {
		{10, 14, 15, 4, 0, 0},           /* all of the hole */
		{65530, 3, 4, 9, 0, 0},          /* across the wrap */
		{10, 14, 15, 3, 1, 1},           /* one of it never came */
		{10, 14, 16, 4, 1, 1},           /* and one after it */
		{10, 9, 11, 1, 0, 0},            /* an old one */
		{10, 10, 11, 1, 0, 0},           /* the same again */
		{10, 50010, 50011, 50000, 0, 0}, /* a long time */
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct sequence sequence = {0};
		sequence_skip(
			&sequence, rows[i].last, rows[i].count); /* before the first: nothing */
		sequence_push(&sequence, rows[i].first);
		sequence_skip(&sequence, rows[i].last, rows[i].count);
		g_assert_true(sequence_push(&sequence, rows[i].then));
		g_assert_cmpuint(sequence.lost, ==, rows[i].lost);
		g_assert_cmpuint(sequence.gaps, ==, rows[i].gaps);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(SCENARIOS); i++) {
		g_autofree char *path = g_strdup_printf("/sequence/%s", SCENARIOS[i].name);
		g_test_add_data_func(path, &SCENARIOS[i], test_scenario);
	}
	g_test_add_func("/sequence/any_order_within_the_window_loses_nothing",
		any_order_within_the_window_loses_nothing);
	g_test_add_func("/sequence/a_restart_keeps_the_counts", a_restart_keeps_the_counts);
	g_test_add_func("/sequence/what_is_known_to_be_missing_is_not_lost",
		what_is_known_to_be_missing_is_not_lost);
	return g_test_run();
}
