/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index: what is listed, in which order, page by page, live and from disk. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "recording/store.h"
#include "recording/track.h"
#include "tests/recording/rig.h"

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct recording *start(struct rig *rig, const char *name, const char *stream)
{
	struct recording_spec spec = *rig_spec();
	struct recording *recording = NULL;
	spec.name = name;
	spec.stream = stream;
	g_assert_cmpint(recording_start(&recording, rig->engine, &spec), ==, 0);
	rig_advance(rig, 1000000);
	return recording;
}

/* The names in the answer, joined by spaces. */
static char *list(struct rig *rig, const struct store_query *query, char **cursor)
{
	json_t *answer = NULL;
	g_autofree char *next = NULL;
	int err = store_list(&answer, &next, engine_store(rig->engine), query);
	g_assert_cmpint(err, ==, 0);
	GString *names = g_string_new(NULL);
	size_t i;
	json_t *summary;
	json_array_foreach(answer, i, summary)
	{
		g_string_append_printf(names, "%s%s", i > 0 ? " " : "", text(summary, "name"));
	}
	json_decref(answer);
	if (cursor != NULL)
		*cursor = g_steal_pointer(&next);
	return g_string_free(names, FALSE);
}

/* Five recordings of two streams, of which "d" still runs. */
static struct recording *populate(struct rig *rig)
{
	static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
	struct recording *running = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		struct recording *recording = start(rig, NAMES[i], i % 2 == 0 ? "even" : "odd");
		if (NAMES[i][0] == 'd')
			running = recording;
		else
			rig_stop(rig, recording);
	}
	return running;
}

struct row {
	const char *name;
	const char *stream;
	int state; /* -1: any */
	size_t limit;
	const char *pages; /* separated by '|' */
	const char *name_prefix;
	int64_t since_us, until_us;
};

#define START_US INT64_C(1700000000000000) /* when "a" begins; the others, a second later each */

static const struct row ROWS[] = {
	{"newest_first", NULL, -1, 0, "e d c b a", NULL, 0, 0},
	{"in_pages", NULL, -1, 2, "e d|c b|a", NULL, 0, 0},
	{"a_full_last_page_has_no_next", NULL, -1, 5, "e d c b a", NULL, 0, 0},
	{"of_one_stream", "even", -1, 0, "e c a", NULL, 0, 0},
	{"of_one_stream_in_pages", "even", -1, 1, "e|c|a", NULL, 0, 0},
	{"of_a_stream_that_is_not", "other", -1, 0, "", NULL, 0, 0},
	{"that_run", NULL, MANIFEST_RECORDING, 0, "d", NULL, 0, 0},
	{"that_are_complete", NULL, MANIFEST_COMPLETE, 3, "e c b|a", NULL, 0, 0},
	{"that_failed", NULL, MANIFEST_FAILED, 0, "", NULL, 0, 0},
	{"whose_names_begin_so", NULL, -1, 0, "b", "b", 0, 0},
	{"whose_names_begin_like_none", NULL, -1, 0, "", "bb", 0, 0},
	{"since_a_time", NULL, -1, 0, "e d c", NULL, START_US + 2000000, 0},
	{"since_a_time_between", NULL, -1, 0, "e d", NULL, START_US + 2000001, 0},
	{"since_a_time_in_pages", NULL, -1, 1, "e|d|c", NULL, START_US + 2000000, 0},
	{"until_a_time", NULL, -1, 0, "b a", NULL, 0, START_US + 2000000},
	{"until_a_time_in_pages", NULL, -1, 1, "b|a", NULL, 0, START_US + 2000000},
	{"until_before_all", NULL, -1, 0, "", NULL, 0, START_US},
	{"between_two_times", "odd", -1, 0, "d b", NULL, START_US + 1000000, START_US + 4000000},
	{"between_no_time", NULL, -1, 0, "", NULL, START_US + 2000000, START_US + 2000000},
};

static void assert_pages(struct rig *rig, const struct row *row)
{
	enum manifest_state state = (enum manifest_state)row->state;
	struct store_query query = {
		.stream = row->stream,
		.state = row->state < 0 ? NULL : &state,
		.limit = row->limit,
		.name_prefix = row->name_prefix,
		.since_us = row->since_us,
		.until_us = row->until_us,
	};
	GString *pages = g_string_new(NULL);
	g_autofree char *cursor = NULL;
	do {
		query.cursor = cursor;
		char *next = NULL;
		g_autofree char *page = list(rig, &query, &next);
		g_string_append_printf(pages, "%s%s", pages->len > 0 ? "|" : "", page);
		g_free(cursor);
		cursor = next;
	} while (cursor != NULL);
	g_assert_cmpstr(pages->str, ==, row->pages);
	g_string_free(pages, TRUE);
}

static void test_row(gconstpointer data)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *running = populate(&rig);
	assert_pages(&rig, data);
	recording_put(running);
	rig_fini(&rig);
}

static void lists_the_same_after_a_restart(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	recording_put(populate(&rig));
	rig_restart(&rig);
	g_autofree char *names = list(&rig, &(struct store_query){0}, NULL);
	g_assert_cmpstr(names, ==, "e d c b a");
	json_t *stopped = store_find(engine_store(rig.engine), "d");
	g_assert_cmpstr(text(stopped, "reason"), ==, "shutdown");
	json_decref(stopped);
	rig_fini(&rig);
}

static void pages_stand_still_while_recordings_come(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *running = populate(&rig);
	char *cursor = NULL;
	g_autofree char *first = list(&rig, &(struct store_query){.limit = 2}, &cursor);
	g_assert_cmpstr(first, ==, "e d");
	rig_stop(&rig, start(&rig, "f", "even"));
	g_autofree char *second =
		list(&rig, &(struct store_query){.limit = 2, .cursor = cursor}, NULL);
	g_assert_cmpstr(second, ==, "c b");
	g_free(cursor);
	recording_put(running);
	rig_fini(&rig);
}

static void refuses_strange_cursors_and_limits(void)
{
	static const char *const BAD[] = {"", "x", "12", "12-", "12-x", "-", "12 4b8a",
		"12_4b8a1a3c-5f0e-4f0a-9f27-0d2a5f3c9a11", "4b8a1a3c-5f0e-4f0a-9f27-0d2a5f3c9a11"};
	struct rig rig;
	rig_init(&rig, NULL);
	json_t *answer = NULL;
	char *cursor = NULL;
	struct store *store = engine_store(rig.engine);
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++)
		g_assert_cmpint(store_list(&answer, &cursor, store,
					&(struct store_query){.cursor = BAD[i]}),
			==, -EINVAL);
	struct store_query large = {.limit = STORE_LIMIT_MAX + 1};
	g_assert_cmpint(store_list(&answer, &cursor, store, &large), ==, -EINVAL);
	g_assert_null(answer);
	rig_fini(&rig);
}

static void finds_by_id_and_by_name(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct store *store = engine_store(rig.engine);
	struct recording *recording = start(&rig, "call", "s");
	g_autofree char *id = g_strdup(recording_id(recording));
	const char *keys[] = {"call", id};
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		struct recording *found = store_find_active(store, keys[i]);
		g_assert_true(found == recording);
		recording_put(found);
		json_t *manifest = store_find(store, keys[i]);
		g_assert_cmpstr(text(manifest, "state"), ==, "recording");
		json_decref(manifest);
	}
	rig_stop(&rig, recording);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_assert_null(store_find_active(store, keys[i]));
		json_t *manifest = store_find(store, keys[i]);
		g_assert_cmpstr(text(manifest, "state"), ==, "complete");
		json_decref(manifest);
	}
	g_assert_null(store_find(store, "../call"));
	g_assert_null(store_find(store, ""));
	rig_fini(&rig);
}

static void a_summary_has_all_that_a_listing_shows(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recording = start(&rig, "call", "s");
	json_t *live = recording_summary(recording);
	g_assert_true(json_is_null(json_object_get(live, "ended")));
	g_assert_true(json_is_null(json_object_get(live, "reason")));
	g_assert_cmpuint(json_array_size(json_object_get(live, "files")), ==, 0);
	json_decref(live);
	uint8_t packet[100];
	for (uint16_t i = 0; i < 3; i++) {
		size_t len = rig_rtp(packet, i, i, 10);
		track_push_rtp(recording_track(recording, 0), packet, len);
		rig_advance(&rig, 750000);
	}
	rig_stop(&rig, recording);

	json_t *answer = NULL;
	char *cursor = NULL;
	g_assert_cmpint(
		store_list(&answer, &cursor, engine_store(rig.engine), &(struct store_query){0}),
		==, 0);
	json_t *summary = json_array_get(answer, 0);
	g_assert_cmpuint(json_object_size(summary), ==, 14);
	g_assert_cmpstr(text(summary, "stream"), ==, "s");
	g_assert_cmpstr(text(summary, "state"), ==, "complete");
	g_assert_cmpstr(text(summary, "reason"), ==, "stopped");
	g_assert_cmpstr(text(summary, "created"), ==, "2023-11-14T22:13:20.000000Z");
	g_assert_cmpstr(text(summary, "ended"), ==, "2023-11-14T22:13:23.250000Z");
	g_assert_cmpfloat(json_real_value(json_object_get(summary, "duration")), ==, 1.5);
	g_assert_cmpint(json_integer_value(json_object_get(summary, "packets")), ==, 3);
	g_assert_cmpstr(text(summary, "manifest"), ==, "call.json");
	json_t *files = json_object_get(summary, "files");
	g_assert_cmpuint(json_array_size(files), ==, 1);
	g_assert_cmpstr(json_string_value(json_array_get(files, 0)), ==, "call-audio.mjr");
	GByteArray *file = rig_read(&rig, "call-audio.mjr");
	g_assert_cmpint(json_integer_value(json_object_get(summary, "bytes")), ==, file->len);
	g_byte_array_unref(file);
	json_decref(answer);
	rig_fini(&rig);
}

static void what_is_no_manifest_is_passed_over(void)
{
	static const struct {
		const char *file;
		const char *content;
	} FILES[] = {{"empty.json", ""}, {"broken.json", "{"}, {"other.json", "{\"a\":1}"},
		{"array.json", "[]"}, {"notes.txt", "hello"}};
	struct rig rig;
	rig_init(&rig, NULL);
	rig_stop(&rig, rig_start(&rig, "good"));
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		g_autofree char *path = g_build_filename(rig.folder, FILES[i].file, NULL);
		g_assert_true(g_file_set_contents(path, FILES[i].content, -1, NULL));
	}
	GByteArray *good = rig_read(&rig, "good.json");
	g_autofree char *copy = g_build_filename(rig.folder, "copy.json", NULL);
	g_assert_true(g_file_set_contents(copy, (char *)good->data, good->len, NULL));
	g_byte_array_unref(good);
	g_ptr_array_set_size(rig.lines, 0);
	rig_restart(&rig);
	g_assert_cmpuint(store_count(engine_store(rig.engine)), ==, 1);
	g_autofree char *names = list(&rig, &(struct store_query){0}, NULL);
	g_assert_cmpstr(names, ==, "good");
	g_assert_cmpuint(rig.lines->len, ==, 5); /* all but the text file, each with a line */
	rig_fini(&rig);
}

/* Far more than are looked at in one go, and few of them are wanted. */
static void lists_few_among_many(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	struct recording *recordings[700];
	for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++)
		recordings[i] = start(&rig, "x", i % 300 == 0 ? "rare" : "common");
	const struct row rare = {
		.stream = "rare", .state = -1, .limit = 2, .pages = "x-600 x-300|x"};
	assert_pages(&rig, &rare);
	for (size_t i = 0; i < G_N_ELEMENTS(recordings); i++)
		recording_put(recordings[i]);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_autofree char *path = g_strdup_printf("/store/lists/%s", ROWS[i].name);
		g_test_add_data_func(path, &ROWS[i], test_row);
	}
	g_test_add_func("/store/lists_the_same_after_a_restart", lists_the_same_after_a_restart);
	g_test_add_func("/store/pages_stand_still_while_recordings_come",
		pages_stand_still_while_recordings_come);
	g_test_add_func(
		"/store/refuses_strange_cursors_and_limits", refuses_strange_cursors_and_limits);
	g_test_add_func("/store/lists_few_among_many", lists_few_among_many);
	g_test_add_func("/store/finds_by_id_and_by_name", finds_by_id_and_by_name);
	g_test_add_func("/store/a_summary_has_all_that_a_listing_shows",
		a_summary_has_all_that_a_listing_shows);
	g_test_add_func(
		"/store/what_is_no_manifest_is_passed_over", what_is_no_manifest_is_passed_over);
	return g_test_run();
}
