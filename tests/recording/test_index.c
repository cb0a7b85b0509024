/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index file: what a start takes from it, and that it never takes anything wrong. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording/engine_priv.h"
#include "recording/index_file.h"
#include "recording/keeper.h"
#include "recording/store.h"
#include "tests/recording/rig.h"

enum {
	RECORDINGS = 3,
	CHANGES = 1100, /* more than the file may have out of date */
};

static const char *const NAMES[RECORDINGS] = {"a", "b", "c"};

static char *path_in(struct rig *rig, const char *file)
{
	return g_build_filename(rig->folder, file, NULL);
}

static void populate(struct rig *rig)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		rig_stop(rig, rig_start(rig, NAMES[i]));
		rig_advance(rig, 1000000);
	}
}

/* "NAME=STREAM" of all that are listed, the newest first. */
static char *list(struct rig *rig)
{
	json_t *answer = NULL;
	g_autofree char *cursor = NULL;
	const struct store_query all = {0};
	g_assert_cmpint(store_list(&answer, &cursor, engine_store(rig->engine), &all), ==, 0);
	GString *text = g_string_new(NULL);
	size_t i;
	json_t *summary;
	json_array_foreach(answer, i, summary)
	{
		g_string_append_printf(text, "%s%s=%s", i > 0 ? " " : "",
			json_string_value(json_object_get(summary, "name")),
			json_string_value(json_object_get(summary, "stream")));
	}
	json_decref(answer);
	return g_string_free(text, FALSE);
}

static void assert_listed(struct rig *rig, const char *expected)
{
	g_autofree char *names = list(rig);
	g_assert_cmpstr(names, ==, expected);
}

/* --- one record --- */

static struct summary *sample(const char *stream)
{
	struct manifest manifest = {
		.id = g_strdup("4b8a1a3c-5f0e-4f0a-9f27-0d2a5f3c9a11"),
		.name = g_strdup("call"),
		.stream = g_strdup(stream),
		.reason = g_strdup("hangup"),
		.state = MANIFEST_COMPLETE,
		.hold = true,
		.created_us = 1700000000000000,
		.ended_us = 1700000001000000,
	};
	struct manifest_track *track = manifest_add_track(&manifest);
	static const char *const FILES[] = {"call-audio.mjr", "elsewhere.mjr"};
	for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
		struct manifest_part *part = manifest_add_part(track);
		part->file = g_strdup(FILES[i]);
		part->packets = 7;
		part->bytes = 1234;
		part->start_us = 1700000000100000;
		part->end_us = 1700000000900000;
	}
	struct summary *summary = summary_create(&manifest);
	manifest_fini(&manifest);
	return summary;
}

static void a_record_says_what_was_packed(void)
{
	const struct index_stamp stamp = {1, 2, 3};
	struct summary *first = sample("s"), *again = NULL;
	GByteArray *record = g_byte_array_new();
	index_record_pack(record, first, &stamp);
	struct index_stamp read;
	size_t size;
	struct bytes all = {record->data, record->len};
	g_assert_cmpint(index_record_parse(&again, &read, &size, all), ==, 0);
	g_assert_cmpuint(size, ==, record->len);
	g_assert_true(index_record_is_same(&stamp, &read));
	json_t *before = summary_to_json(first), *after = summary_to_json(again);
	g_assert_true(json_equal(before, after));
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(after, "files"), 0)), ==,
		"call-audio.mjr");
	g_assert_cmpstr(json_string_value(json_array_get(json_object_get(after, "files"), 1)), ==,
		"elsewhere.mjr");
	json_decref(before);
	json_decref(after);
	summary_put(first);
	summary_put(again);
	g_byte_array_unref(record);
}

static void a_record_with_any_bit_flipped_is_none(void)
{
	struct summary *summary = sample("s");
	const struct index_stamp stamp = {1, 2, 3};
	GByteArray *record = g_byte_array_new();
	index_record_pack(record, summary, &stamp);
	summary_put(summary);
	for (guint i = 0; i < record->len * 8; i++) {
		struct summary *read = NULL;
		struct index_stamp read_stamp;
		size_t size;
		record->data[i / 8] ^= (guint8)(1 << i % 8);
		struct bytes all = {record->data, record->len};
		g_assert_cmpint(index_record_parse(&read, &read_stamp, &size, all), <, 0);
		record->data[i / 8] ^= (guint8)(1 << i % 8);
	}
	g_byte_array_unref(record);
}

static void a_recording_of_too_many_files_has_no_record(void)
{
	struct manifest manifest = {.id = g_strdup("i"), .name = g_strdup("n")};
	struct manifest_track *track = manifest_add_track(&manifest);
	for (unsigned i = 0; i < 200000; i++)
		manifest_add_part(track)->file = g_strdup_printf("%u.mjr", i);
	struct summary *summary = summary_create(&manifest);
	GByteArray *record = g_byte_array_new();
	index_record_pack(record, summary, &(struct index_stamp){0});
	g_assert_cmpuint(record->len, ==, 0);
	g_byte_array_unref(record);
	summary_put(summary);
	manifest_fini(&manifest);
}

/* --- what a start takes from the file --- */

/* An index that says of each recording that it is of the stream "index", with these stamps. */
static void forge(struct rig *rig, bool is_stale)
{
	struct index_file *file = NULL;
	GByteArray *record = g_byte_array_new();
	g_assert_cmpint(index_file_create(&file, rig->folder), ==, 0);
	for (size_t i = 0; i < RECORDINGS; i++) {
		g_autofree char *name = g_strconcat(NAMES[i], ".json", NULL);
		g_autofree char *path = path_in(rig, name);
		struct manifest manifest;
		rig_load_manifest(&manifest, rig, name);
		g_free(manifest.stream);
		manifest.stream = g_strdup("index");
		struct summary *summary = summary_create(&manifest);
		struct stat st;
		g_assert_cmpint(lstat(path, &st), ==, 0);
		struct index_stamp stamp = index_record_stamp(&st);
		stamp.changed_ns += is_stale && i == 1;
		g_byte_array_set_size(record, 0);
		index_record_pack(record, summary, &stamp);
		g_assert_cmpint(index_file_append(file, record, 1), ==, 0);
		summary_put(summary);
		manifest_fini(&manifest);
	}
	g_assert_cmpint(index_file_replace(file), ==, 0);
	index_file_close(file);
	g_byte_array_unref(record);
}

static void a_start_reads_no_manifest_that_the_index_has(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	forge(&rig, false);
	rig_restart(&rig);
	assert_listed(&rig, "c=index b=index a=index");
	rig_fini(&rig);
}

static void a_manifest_that_has_changed_is_read(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	forge(&rig, true);
	rig_restart(&rig);
	assert_listed(&rig, "c=index b=s a=index");
	/* And is known from then on. */
	rig_restart(&rig);
	assert_listed(&rig, "c=index b=s a=index");
	rig_fini(&rig);
}

static void what_has_been_removed_by_hand_is_not_listed(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	g_autofree char *path = path_in(&rig, "b.json");
	rig_stop_engine(&rig);
	g_assert_cmpint(g_unlink(path), ==, 0);
	rig_restart(&rig);
	assert_listed(&rig, "c=s a=s");
	rig_fini(&rig);
}

/* Nobody but the index may have the id twice: here a recording that was renamed by hand. */
static void what_has_been_renamed_by_hand_is_listed_once(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	g_autofree char *from = path_in(&rig, "b.json");
	struct manifest manifest;
	rig_load_manifest(&manifest, &rig, "b.json");
	g_free(manifest.name);
	manifest.name = g_strdup("z");
	g_assert_cmpint(manifest_save(&manifest, rig.folder), ==, 0);
	manifest_fini(&manifest);
	g_assert_cmpint(g_unlink(from), ==, 0);
	rig_restart(&rig);
	assert_listed(&rig, "c=s z=s a=s");
	rig_fini(&rig);
}

static void a_recording_that_went_on_is_never_in_the_index(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	struct recording *running = rig_start(&rig, "running");
	keeper_run(rig.engine->keeper);
	GByteArray *index = rig_read(&rig, INDEX_FILE_NAME);
	g_assert_null(memmem(index->data, index->len, recording_id(running), 36));
	g_byte_array_unref(index);
	rig_stop(&rig, running);
	rig_fini(&rig);
}

/* --- damage --- */

/* Damages the index, starts, and has everything listed; then the file is sound again. */
static void assert_survives(struct rig *rig, const void *content, size_t len)
{
	g_autofree char *path = path_in(rig, INDEX_FILE_NAME);
	rig_stop_engine(rig);
	g_assert_true(g_file_set_contents(path, content, (gssize)len, NULL));
	rig_restart(rig);
	assert_listed(rig, "c=s b=s a=s");
	rig_stop_engine(rig);
	forge(rig, false);
	rig_restart(rig);
	assert_listed(rig, "c=index b=index a=index");
}

static void any_cut_of_the_index_is_survived(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	GByteArray *whole = rig_read(&rig, INDEX_FILE_NAME);
	for (guint len = 0; len < whole->len; len += 13)
		assert_survives(&rig, whole->data, len);
	g_byte_array_unref(whole);
	rig_fini(&rig);
}

static void damage_in_the_index_is_survived(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	GByteArray *whole = rig_read(&rig, INDEX_FILE_NAME);
	for (guint i = 0; i < whole->len; i += 11) {
		whole->data[i] ^= 0x55;
		assert_survives(&rig, whole->data, whole->len);
		whole->data[i] ^= 0x55;
	}
	static const char *const OTHERS[] = {"MJRINDX9", "\n", "{\"version\": 1}"};
	for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++)
		assert_survives(&rig, OTHERS[i], strlen(OTHERS[i]));
	g_byte_array_unref(whole);
	rig_fini(&rig);
}

static void a_link_in_the_place_of_the_index_is_not_followed(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	g_autofree char *path = path_in(&rig, INDEX_FILE_NAME);
	g_autofree char *target = g_build_filename(rig.root, "target", NULL);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_true(g_file_set_contents(target, "precious", -1, NULL));
	g_assert_cmpint(symlink(target, path), ==, 0);
	rig_restart(&rig);
	assert_listed(&rig, "c=s b=s a=s");
	rig_stop_engine(&rig);
	g_autofree char *content = NULL;
	g_assert_true(g_file_get_contents(target, &content, NULL, NULL));
	g_assert_cmpstr(content, ==, "precious");
	g_assert_cmpint(g_unlink(target), ==, 0);
	rig_fini(&rig);
}

/* --- writing --- */

static void two_engines_share_a_folder_and_one_writes_the_index(void)
{
	struct rig first, second;
	rig_init(&first, NULL);
	populate(&first);
	rig_init(&second, &(struct engine_params){.folder = first.folder});
	assert_listed(&second, "c=s b=s a=s");
	rig_advance(&second, 500000);
	rig_stop(&second, rig_start(&second, "other"));
	rig_stop_engine(&second);
	rig_restart(&first);
	assert_listed(&first, "c=s b=s other=s a=s");
	rig_fini(&second);
	rig_fini(&first);
}

static void drop_record(struct summary *summary, const struct index_stamp *stamp, void *ctx)
{
	(void)stamp;
	(void)ctx;
	summary_put(summary);
}

static void the_index_does_not_grow_with_what_has_changed(void)
{
	struct rig rig;
	rig_init(&rig, NULL);
	populate(&rig);
	rig_stop_engine(&rig);
	GByteArray *small = rig_read(&rig, INDEX_FILE_NAME);
	struct index_file *file = NULL;
	GByteArray *records = g_byte_array_new();
	struct summary *summary = sample("s");
	for (unsigned i = 0; i < CHANGES; i++)
		index_record_pack(records, summary, &(struct index_stamp){i, 0, 0});
	summary_put(summary);
	file = index_file_open(rig.folder);
	g_assert_true(index_file_is_ours(file));
	g_assert_true(index_file_read(file, drop_record, NULL));
	g_assert_cmpint(index_file_append(file, records, CHANGES), ==, 0);
	index_file_close(file);
	g_byte_array_unref(records);
	rig_restart(&rig);
	assert_listed(&rig, "c=s b=s a=s");
	GByteArray *again = rig_read(&rig, INDEX_FILE_NAME);
	g_assert_cmpmem(again->data, again->len, small->data, small->len);
	g_byte_array_unref(again);
	g_byte_array_unref(small);
	rig_fini(&rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/index/a_record_says_what_was_packed", a_record_says_what_was_packed);
	g_test_add_func("/index/a_record_with_any_bit_flipped_is_none",
		a_record_with_any_bit_flipped_is_none);
	g_test_add_func("/index/a_recording_of_too_many_files_has_no_record",
		a_recording_of_too_many_files_has_no_record);
	g_test_add_func("/index/a_start_reads_no_manifest_that_the_index_has",
		a_start_reads_no_manifest_that_the_index_has);
	g_test_add_func(
		"/index/a_manifest_that_has_changed_is_read", a_manifest_that_has_changed_is_read);
	g_test_add_func("/index/what_has_been_removed_by_hand_is_not_listed",
		what_has_been_removed_by_hand_is_not_listed);
	g_test_add_func("/index/what_has_been_renamed_by_hand_is_listed_once",
		what_has_been_renamed_by_hand_is_listed_once);
	g_test_add_func("/index/a_recording_that_went_on_is_never_in_the_index",
		a_recording_that_went_on_is_never_in_the_index);
	g_test_add_func(
		"/index/any_cut_of_the_index_is_survived", any_cut_of_the_index_is_survived);
	g_test_add_func("/index/damage_in_the_index_is_survived", damage_in_the_index_is_survived);
	g_test_add_func("/index/a_link_in_the_place_of_the_index_is_not_followed",
		a_link_in_the_place_of_the_index_is_not_followed);
	g_test_add_func("/index/two_engines_share_a_folder_and_one_writes_the_index",
		two_engines_share_a_folder_and_one_writes_the_index);
	g_test_add_func("/index/the_index_does_not_grow_with_what_has_changed",
		the_index_does_not_grow_with_what_has_changed);
	return g_test_run();
}
