/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retention: which recordings go, in which order, and which never do. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/keeper.h"
#include "recording/recording_priv.h"
#include "recording/store.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

#define HOUR_US INT64_C(3600000000)

/* --- a folder --- */

/* Stops it, and waits until its writer has let go of it: then everybody has been told. */
static void stop(struct rig *rig, struct recording *recording)
{
	rig_stop(rig, recording_get(recording));
	while (atomic_load(&recording->references) > 1)
		g_thread_yield();
	recording_put(recording);
}

/* One RTP packet of so many bytes; ends now. */
static void record(struct rig *rig, const char *name, size_t payload_len)
{
	struct recording *recording = rig_start(rig, name);
	uint8_t packet[1500];
	size_t len = rig_rtp(packet, 1, 1, payload_len);
	track_push_rtp(recording_track(recording, 0), packet, len);
	stop(rig, recording);
}

/* "a" to "e", each of some 1,150 bytes, that ended an hour after each other, the last one now. */
static void populate(struct rig *rig)
{
	static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (i > 0)
			rig_advance(rig, HOUR_US);
		record(rig, NAMES[i], 1000);
	}
}

static char *list(struct rig *rig)
{
	json_t *answer = NULL;
	g_autofree char *cursor = NULL;
	const struct store_query all = {0};
	g_assert_cmpint(store_list(&answer, &cursor, engine_store(rig->engine), &all), ==, 0);
	GString *names = g_string_new(NULL);
	size_t i;
	json_t *summary;
	json_array_foreach(answer, i, summary)
	{
		g_string_prepend(names, json_string_value(json_object_get(summary, "name")));
	}
	json_decref(answer);
	return g_string_free(names, FALSE);
}

/* The oldest first. */
static void assert_left(struct rig *rig, const char *names)
{
	g_autofree char *left = list(rig);
	g_assert_cmpstr(left, ==, names);
}

static void assert_log(struct rig *rig, const char *const *expected, size_t count)
{
	size_t seen = 0;
	for (guint i = 0; i < rig->log->len; i++) {
		const char *line = rig->log->pdata[i];
		if (!g_str_has_prefix(line, "recording_deleted"))
			continue;
		g_assert_cmpuint(seen, <, count);
		g_assert_cmpstr(line, ==, expected[seen++]);
	}
	g_assert_cmpuint(seen, ==, count);
}

static void hold(struct rig *rig, const char *name, bool is_held)
{
	struct summary *summary = NULL;
	g_assert_cmpint(store_hold(&summary, engine_store(rig->engine), name, is_held), ==, 0);
	summary_put(summary);
}

/* Recorded under no rules; then an engine with these looks after the folder. */
static void start_with(struct rig *rig, const struct retention_rules *rules)
{
	rig_init(rig, NULL);
	populate(rig);
	rig_restart_with(rig, &(struct engine_params){.retention = *rules});
	keeper_run(rig->engine->keeper);
}

/* --- rules --- */

struct row {
	const char *name;
	struct retention_rules rules;
	uint64_t space; /* bytes that are free, 0: of no interest */
	const char *left;
	const char *reason;
};

static const struct row ROWS[] = {
	{"without_a_rule_nothing_goes", {0}, 1, "abcde", ""},
	{"by_age", {.age_us = 2 * HOUR_US + 1}, 0, "cde", "retention_age"},
	{"by_an_age_that_none_has", {.age_us = 9 * HOUR_US}, 0, "abcde", ""},
	{"by_an_age_that_all_have", {.age_us = 1}, 0, "e", "retention_age"},
	{"by_bytes", {.bytes = 3000}, 0, "de", "retention_bytes"},
	{"by_bytes_that_are_there", {.bytes = 1 << 20}, 0, "abcde", ""},
	{"by_fewer_bytes_than_one_has", {.bytes = 10}, 0, "", "retention_bytes"},
	{"by_free_space", {.free = 10000}, 7800, "cde", "retention_free"},
	{"by_free_space_that_is_there", {.free = 10000}, 10000, "abcde", ""},
	{"by_free_space_that_cannot_be_had", {.free = 1 << 20}, 1000, "", "retention_free"},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig.faults.space = row->space;
	rig_restart_with(&rig, &(struct engine_params){.retention = row->rules});
	keeper_run(rig.engine->keeper);
	assert_left(&rig, row->left);
	GString *all = g_string_new("abcde");
	for (guint i = 0; i < rig.log->len; i++) {
		const char *line = rig.log->pdata[i];
		if (!g_str_has_prefix(line, "recording_deleted"))
			continue;
		g_autofree char *expected =
			g_strdup_printf("recording_deleted %c %s", all->str[0], row->reason);
		g_assert_cmpstr(line, ==, expected);
		g_string_erase(all, 0, 1);
	}
	g_assert_cmpstr(all->str, ==, row->left);
	g_string_free(all, TRUE);
	rig_restart(&rig);
	assert_left(&rig, row->left);
	rig_fini(&rig);
}

static void age_counts_from_the_end(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.retention.age_us = HOUR_US});
	struct recording *longest = rig_start(&rig, "x");
	rig_advance(&rig, 5 * HOUR_US);
	record(&rig, "y", 100);
	rig_advance(&rig, HOUR_US / 2);
	stop(&rig, longest);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "xy");
	rig_advance(&rig, HOUR_US / 2 + 1);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "x");
	rig_advance(&rig, HOUR_US);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "");
	rig_fini(&rig);
}

/* --- what never goes --- */

static void what_runs_is_held_or_worked_on_stays(void)
{
	struct rig rig;
	rig_init(&rig, &(struct engine_params){.retention.age_us = HOUR_US});
	struct recording *running = rig_start(&rig, "r");
	rig_advance(&rig, 1000);
	record(&rig, "h", 100);
	rig_advance(&rig, 1000);
	record(&rig, "p", 100);
	rig_advance(&rig, 1000);
	record(&rig, "x", 100);
	struct manifest pinned;
	rig_load_manifest(&pinned, &rig, "p.json");
	hold(&rig, "h", true);
	g_assert_true(store_pin(engine_store(rig.engine), pinned.id));
	rig_advance(&rig, 10 * HOUR_US);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "rhp");
	store_unpin(engine_store(rig.engine), pinned.id);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "rh");
	hold(&rig, "h", false);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "r");
	stop(&rig, running);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "r");
	manifest_fini(&pinned);
	rig_fini(&rig);
}

static void what_is_held_still_counts(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	hold(&rig, "a", true);
	hold(&rig, "c", true);
	rig_restart_with(&rig, &(struct engine_params){.retention.bytes = 3500});
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "ace");
	rig_fini(&rig);
}

/* --- dry run --- */

static void a_dry_run_says_each_once_and_deletes_none(void)
{
	struct rig rig;
	start_with(&rig, &(struct retention_rules){.bytes = 3000, .is_dry_run = true});
	for (unsigned i = 0; i < 3; i++)
		keeper_run(rig.engine->keeper);
	assert_left(&rig, "abcde");
	assert_log(&rig, NULL, 0);
	GString *said = g_string_new(NULL);
	for (guint i = 0; i < rig.lines->len; i++)
		if (strstr(rig.lines->pdata[i], "would be deleted") != NULL)
			g_string_append_printf(said, "%s|", (char *)rig.lines->pdata[i]);
	g_assert_cmpstr(said->str, ==,
		"0 recording 'a' would be deleted: retention_bytes|"
		"0 recording 'b' would be deleted: retention_bytes|"
		"0 recording 'c' would be deleted: retention_bytes|");
	g_string_free(said, TRUE);
	rig_fini(&rig);
}

/* --- trouble --- */

static void one_that_cannot_be_deleted_is_not_in_the_way_of_others(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	g_autofree char *path = g_build_filename(rig.folder, "a.json", NULL);
	rig_restart_with(&rig, &(struct engine_params){.retention = {.age_us = 30 * HOUR_US}});
	g_assert_true(g_file_set_contents(path, "{", -1, NULL));
	rig_advance(&rig, 30 * HOUR_US);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "ae");
	rig_fini(&rig);
}

static void a_disk_that_refuses_is_left_in_peace_for_a_while(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig.faults.error = -EROFS;
	rig.faults.rename_at = 1;
	rig_restart_with(&rig, &(struct engine_params){.retention = {.bytes = 3000}});
	for (unsigned i = 0; i < 3; i++)
		keeper_run(rig.engine->keeper);
	assert_left(&rig, "abcde");
	g_assert_cmpint(rig.faults.renames, ==, 4);
	rig.faults.rename_at = 0;
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "abcde");
	rig_advance(&rig, HOUR_US);
	keeper_run(rig.engine->keeper);
	assert_left(&rig, "de");
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_autofree char *path = g_strdup_printf("/retention/%s", ROWS[i].name);
		g_test_add_data_func(path, &ROWS[i], test_row);
	}
	g_test_add_func("/retention/age_counts_from_the_end", age_counts_from_the_end);
	g_test_add_func("/retention/what_runs_is_held_or_worked_on_stays",
		what_runs_is_held_or_worked_on_stays);
	g_test_add_func("/retention/what_is_held_still_counts", what_is_held_still_counts);
	g_test_add_func("/retention/a_dry_run_says_each_once_and_deletes_none",
		a_dry_run_says_each_once_and_deletes_none);
	g_test_add_func("/retention/one_that_cannot_be_deleted_is_not_in_the_way_of_others",
		one_that_cannot_be_deleted_is_not_in_the_way_of_others);
	g_test_add_func("/retention/a_disk_that_refuses_is_left_in_peace_for_a_while",
		a_disk_that_refuses_is_left_in_peace_for_a_while);
	return g_test_run();
}
