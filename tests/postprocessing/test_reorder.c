/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets in, packets out, as text. In: "7" is a packet, "1-5" five of them, "b7" one of another
 * SSRC, "p7" one with nothing but padding. Out: extended numbers; "+2" before a packet that two
 * are missing before, "*" before the first of a new run.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "postprocessing/core/reorder.h"
#include "tests/postprocessing/mjr_writer.h"
#include "tests/postprocessing/scratch.h"

enum {
	PACKET_MS = 1,
	TICKS_PER_MS = 48,
};

static const struct scenario {
	const char *name;
	const char *in, *out;
	struct {
		uint64_t lost, reordered, duplicated, late, strays, padding, runs;
	} expected;
} scenarios[] = {
	{"/reorder/nothing_comes_of_nothing", "", "", {0}},
	{"/reorder/one_packet_passes", "7", "7", {0}},
	{"/reorder/what_is_in_order_stays", "1-20", "1-20", {0}},
	{"/reorder/the_sequence_wraps", "65530-65535 0-5", "65530-65541", {0}},
	{"/reorder/two_wraps_need_all_numbers_between", "0-65535 0-65535 0-9", "0-131081", {0}},
	{"/reorder/a_swapped_pair_is_put_right", "1-9 11 10 12-20", "1-20", {.reordered = 1}},
	{"/reorder/reorders_across_the_wrap", "65520-65534 0 65535 1-9", "65520-65545",
		{.reordered = 1}},
	{"/reorder/the_first_packets_may_come_late", "3 2 1 4-20", "1-20", {.reordered = 2}},
	{"/reorder/the_first_may_be_before_zero", "0 65535 1-20", "65535-65556", {.reordered = 1}},
	{"/reorder/all_backwards_within_the_start", "6 5 4 3 2 1", "1-6", {.reordered = 5}},
	{"/reorder/a_duplicate_goes", "1-9 9 10-20", "1-20", {.duplicated = 1}},
	{"/reorder/a_duplicate_of_a_waiting_one_goes", "1-9 11 11 10 12-20", "1-20",
		{.reordered = 1, .duplicated = 1}},
	{"/reorder/a_duplicate_of_an_old_one_goes", "1-900 5 901-950", "1-950", {.duplicated = 1}},
	{"/reorder/everything_twice", "1-20 1-20", "1-20", {.duplicated = 20}},
	{"/reorder/a_loss_is_counted_where_it_is", "1-9 12-20", "1-9 +2 12-20", {.lost = 2}},
	{"/reorder/losses_at_many_places", "1-9 11-12 15-20", "1-9 +1 11-12 +2 15-20", {.lost = 3}},
	{"/reorder/a_long_wait_within_the_window", "1-9 11-520 10 521-530", "1-530",
		{.reordered = 1}},
	{"/reorder/too_late_is_lost", "1-9 11-600 10 601-610", "1-9 +1 11-610",
		{.lost = 1, .reordered = 1, .late = 1}},
	{"/reorder/a_gap_wider_than_the_window", "1-9 1000-1020", "1-9 +990 1000-1020",
		{.lost = 990}},
	{"/reorder/waiting_ones_go_before_a_wide_gap", "1-9 11-12 1000-1020",
		"1-9 +1 11-12 +987 1000-1020", {.lost = 988}},
	{"/reorder/a_new_ssrc_goes_on_after_the_last", "1-20 b500-520", "1-20 * 21-41",
		{.runs = 1}},
	{"/reorder/a_new_ssrc_with_the_same_numbers", "1-20 b1-20", "1-20 * 21-40", {.runs = 1}},
	{"/reorder/a_new_ssrc_swapped_at_its_start", "1-20 b501 b500 b502-520", "1-20 * 21-41",
		{.reordered = 1, .runs = 1}},
	{"/reorder/a_new_ssrc_flushes_what_waits", "1-9 11-12 b500-520", "1-9 +1 11-12 * 13-33",
		{.lost = 1, .runs = 1}},
	{"/reorder/a_lone_foreign_packet_is_a_stray", "1-10 b500 11-20", "1-20", {.strays = 1}},
	{"/reorder/the_last_packet_may_be_of_a_new_run", "1-10 b500", "1-10 * 11", {.runs = 1}},
	{"/reorder/a_jump_ahead_is_a_new_run", "1-20 40000-40020", "1-20 * 21-41", {.runs = 1}},
	{"/reorder/a_jump_back_is_a_new_run", "9000-9020 1-20", "9000-9020 * 9021-9040",
		{.runs = 1}},
	{"/reorder/a_lone_jump_is_a_stray", "1-10 40000 11-20", "1-20", {.strays = 1}},
	{"/reorder/there_and_back_are_two_runs", "1-10 b500-510 11-20", "1-10 * 11-21 * 22-31",
		{.runs = 2}},
	{"/reorder/padding_fills_its_place", "1-10 p11 12-20", "1-10 12-20", {.padding = 1}},
	{"/reorder/padding_at_the_start", "p1 2-20", "2-20", {.padding = 1}},
	{"/reorder/padding_may_begin_a_new_run", "1-10 pb500 b501-510", "1-10 * 11-20",
		{.padding = 1, .runs = 1}},
	{"/reorder/padding_may_wait", "1-9 p11 10 12-20", "1-10 12-20",
		{.reordered = 1, .padding = 1}},
};

/* ---- text to packets ---- */

static void put_token(struct mjr_writer *writer, const char *token, uint32_t *ms)
{
	bool is_padding = *token == 'p';
	token += is_padding;
	uint32_t ssrc = *token == 'b' ? MJR_WRITER_SSRC + 1 : MJR_WRITER_SSRC;
	const char *range = token + (*token == 'b');
	char *rest = NULL;
	unsigned long first = strtoul(range, &rest, 10);
	unsigned long last = *rest == '-' ? strtoul(rest + 1, &rest, 10) : first;

	for (unsigned long seq = first; seq <= last; seq++, *ms += PACKET_MS) {
		struct mjr_writer_packet packet = {
			.ms = *ms,
			.seq = (uint16_t)seq,
			.timestamp = *ms * TICKS_PER_MS,
			.ssrc = ssrc,
		};
		if (!is_padding)
			packet.payload = (struct bytes){(const uint8_t *)&packet.seq, 2};
		mjr_writer_put(writer, &packet);
	}
}

static char *write_scenario(const char *folder, const char *text)
{
	char *path = g_build_filename(folder, "a.mjr", NULL);
	g_auto(GStrv) tokens = g_strsplit(text, " ", -1);
	struct mjr_writer *writer = mjr_writer_open(path, "opus");
	uint32_t ms = 0;
	for (size_t i = 0; tokens[i]; i++) {
		if (*tokens[i])
			put_token(writer, tokens[i], &ms);
	}
	mjr_writer_close(writer);
	return path;
}

/* ---- packets to text ---- */

static void append(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append(GString *out, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (out->len > 0)
		g_string_append_c(out, ' ');
	g_string_append_vprintf(out, format, args);
	va_end(args);
}

static void append_range(GString *out, int64_t first, int64_t last)
{
	if (first == last)
		append(out, "%" G_GINT64_FORMAT, first);
	else
		append(out, "%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, first, last);
}

static char *read_packets(struct reorder *reorder)
{
	GString *out = g_string_new("");
	struct reorder_packet packet;
	int64_t first = 0, last = 0;
	int err = 0;
	bool has_range = false;
	while ((err = reorder_pull(reorder, &packet)) == STAGE_OK) {
		uint16_t written;
		g_assert_cmpuint(packet.rtp.payload.len, ==, sizeof written);
		memcpy(&written, packet.rtp.payload.data, sizeof written);
		g_assert_cmpuint(written, ==, packet.rtp.seq);
		bool is_plain = packet.lost_before == 0 && !packet.is_discontinuity;
		if (has_range && is_plain && packet.seq == last + 1) {
			last++;
			continue;
		}
		if (has_range)
			append_range(out, first, last);
		if (packet.lost_before)
			append(out, "+%u", packet.lost_before);
		if (packet.is_discontinuity)
			append(out, "*");
		first = last = packet.seq;
		has_range = true;
	}
	g_assert_cmpint(err, ==, STAGE_END);
	if (has_range)
		append_range(out, first, last);
	return g_string_free(out, FALSE);
}

static void test_scenario(gconstpointer data)
{
	const struct scenario *scenario = data;
	char *folder = scratch_create();
	g_autofree char *path = write_scenario(folder, scenario->in);
	struct reader *reader = NULL;

	g_assert_cmpint(reader_open(&reader, path, NULL), ==, 0);
	struct reorder *reorder = reorder_create(reader);
	g_autofree char *out = read_packets(reorder);
	g_assert_cmpstr(out, ==, scenario->out);
	const struct reorder_stats *stats = reorder_stats(reorder);
	g_assert_cmpuint(stats->lost, ==, scenario->expected.lost);
	g_assert_cmpuint(stats->reordered, ==, scenario->expected.reordered);
	g_assert_cmpuint(stats->duplicated, ==, scenario->expected.duplicated);
	g_assert_cmpuint(stats->late, ==, scenario->expected.late);
	g_assert_cmpuint(stats->strays, ==, scenario->expected.strays);
	g_assert_cmpuint(stats->padding, ==, scenario->expected.padding);
	g_assert_cmpuint(stats->runs, ==, scenario->expected.runs);
	g_assert_cmpuint(stats->received, ==, reader_stats(reader)->frames);
	reorder_destroy(reorder);
	reader_close(reader);
	scratch_destroy(folder);
}

/* ---- timestamps ---- */

enum {
	STEPS_MAX = 4,
	HOUR_MS = 3600000,
};

static const struct clock_row {
	const char *name;
	const char *codec;
	struct {
		uint32_t ms, timestamp;
		int64_t expected;
		bool is_discontinuity;
	} steps[STEPS_MAX];
	size_t step_count;
} clock_rows[] = {
	{"/reorder/timestamps_wrap", "opus",
		{{0, 4294966816, 4294966816, false}, {20, 480, 4294967776, false},
			{40, 1440, 4294968736, false}},
		3},
	{"/reorder/a_silence_of_two_wraps_is_measured_by_arrival", "vp8",
		{{0, 0, 0, false}, {27 * HOUR_MS, 158065408, 8748000000, false}}, 2},
	{"/reorder/a_stall_of_the_network_moves_nothing", "opus",
		{{0, 0, 0, false}, {20, 960, 960, false}, {15000, 1920, 1920, false},
			{15000, 2880, 2880, false}},
		4},
	{"/reorder/timestamps_that_begin_anew_go_on_by_arrival", "opus",
		{{0, 2000000000, 2000000000, false}, {20, 2000000960, 2000000960, false},
			{60, 5, 2000002880, true}, {80, 965, 2000003840, false}},
		4},
	{"/reorder/timestamps_that_run_ahead_go_on_by_arrival", "opus",
		{{0, 0, 0, false}, {20, 960 + 480001, 960, true}, {40, 481921, 1920, false}}, 3},
	{"/reorder/ten_seconds_ahead_are_still_believed", "opus",
		{{0, 0, 0, false}, {20, 480960, 480960, false}}, 2},
	{"/reorder/pictures_may_be_sent_out_of_order", "h264",
		{{0, 9000, 9000, false}, {40, 16200, 16200, false}, {80, 12600, 12600, false}}, 3},
};

static void test_timestamps(gconstpointer data)
{
	const struct clock_row *row = data;
	char *folder = scratch_create();
	g_autofree char *path = g_build_filename(folder, "a.mjr", NULL);
	struct mjr_writer *writer = mjr_writer_open(path, row->codec);
	struct reader *reader = NULL;

	for (size_t i = 0; i < row->step_count; i++) {
		mjr_writer_put(writer, &(struct mjr_writer_packet){
					       .ms = row->steps[i].ms,
					       .seq = (uint16_t)i,
					       .timestamp = row->steps[i].timestamp,
					       .payload = {(const uint8_t *)"x", 1},
				       });
	}
	mjr_writer_close(writer);
	g_assert_cmpint(reader_open(&reader, path, NULL), ==, 0);
	struct reorder *reorder = reorder_create(reader);
	for (size_t i = 0; i < row->step_count; i++) {
		struct reorder_packet packet;
		g_assert_cmpint(reorder_pull(reorder, &packet), ==, STAGE_OK);
		g_assert_cmpint(packet.timestamp, ==, row->steps[i].expected);
		g_assert_cmpint(packet.is_discontinuity, ==, row->steps[i].is_discontinuity);
	}
	reorder_destroy(reorder);
	reader_close(reader);
	scratch_destroy(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++)
		g_test_add_data_func(scenarios[i].name, &scenarios[i], test_scenario);
	for (size_t i = 0; i < G_N_ELEMENTS(clock_rows); i++)
		g_test_add_data_func(clock_rows[i].name, &clock_rows[i], test_timestamps);
	return g_test_run();
}
