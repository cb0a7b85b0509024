/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The power goes away after every step of recordings' lives, and after every step
 * of a recovery. What the medium may then hold, in whatever order it has taken what
 * nobody had synced, must be what docs/reliability.md promises.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "recording/engine_priv.h"
#include "recording/recovery.h"
#include "recording/scan.h"
#include "tests/recording/medium.h"
#include "tests/recording/power.h"
#include "tests/recording/rig.h"

#define MANIFEST "call.json"

/* --- what must hold when the power is back --- */

struct cut {
	const struct power_play *play;
	struct durability durability;
	struct medium_loss loss;
	size_t step;       /* the first that has not been done */
	GHashTable *image; /* what the medium holds */
	GHashTable *view;  /* what was seen before */
	struct power_place place;
	unsigned errors; /* in the log */
};

static GByteArray *read_file(const struct cut *cut, const char *file)
{
	g_autofree char *path = g_build_filename(cut->place.folder, file, NULL);
	char *bytes = NULL;
	gsize len = 0;
	if (!g_file_get_contents(path, &bytes, &len, NULL))
		return NULL;
	return g_byte_array_new_take((guint8 *)bytes, len);
}

static bool is_same(const GByteArray *a, const GByteArray *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static bool is_mark(size_t step, enum power_mark mark)
{
	return medium_step(step)->op == MEDIUM_MARK && medium_step(step)->mark == (int)mark;
}

/* How many steps there are up to the last such mark, with it; 0: there is none. */
static size_t last_mark(const struct cut *cut, enum power_mark mark)
{
	size_t count = cut->step;
	while (count > 0 && !is_mark(count - 1, mark))
		count--;
	return count;
}

/* The one that was saved last is there, or the one that is just being saved. */
static void check_manifest_is_whole(const struct cut *cut)
{
	GByteArray *held = g_hash_table_lookup(cut->image, MANIFEST);
	if (is_same(held, g_hash_table_lookup(cut->view, MANIFEST)))
		return;
	size_t saved = last_mark(cut, POWER_REPLACED);
	if (saved == 0) {
		g_assert_true(held == NULL || held->len == 0);
		return;
	}
	g_autoptr(GHashTable) then = medium_view(saved);
	g_assert_true(is_same(held, g_hash_table_lookup(then, MANIFEST)));
}

/* The file is, or begins with, what was seen after the first `count` steps. */
static void check_holds(const struct cut *cut, const char *file, size_t count, bool is_finished)
{
	g_autoptr(GHashTable) then = medium_view(count);
	const GByteArray *wanted = g_hash_table_lookup(then, file);
	g_autoptr(GByteArray) held = read_file(cut, file);
	g_assert_nonnull(held);
	g_assert_cmpuint(held->len, >=, wanted->len);
	g_assert_cmpmem(held->data, wanted->len, wanted->data, wanted->len);
	if (is_finished)
		g_assert_cmpuint(held->len, ==, wanted->len);
}

static int64_t now_us(const struct cut *cut)
{
	return medium_step(MIN(cut->step, medium_step_count() - 1))->time_us;
}

static bool is_part(const char *file)
{
	return g_str_has_suffix(file, ".mjr");
}

/* The first steps, whose writes the setting promises to keep. */
static size_t safe_steps(const struct cut *cut)
{
	if (cut->durability.kind != DURABILITY_TIME)
		return 0;
	int64_t safe_us = now_us(cut) - (int64_t)cut->durability.interval_ms * 1000;
	size_t safe = 0;
	while (safe < cut->step && medium_step(safe)->time_us < safe_us)
		safe++;
	return safe;
}

static void check_promises(const struct cut *cut)
{
	if (cut->durability.kind == DURABILITY_NONE)
		return;
	for (size_t i = 0; i < cut->step; i++)
		if (is_mark(i, POWER_ANNOUNCED))
			check_holds(cut, medium_step(i)->name, i, true);
	size_t safe = safe_steps(cut);
	g_autoptr(GHashTable) then = medium_view(safe);
	GHashTableIter each;
	void *file;
	g_hash_table_iter_init(&each, then);
	while (g_hash_table_iter_next(&each, &file, NULL))
		if (is_part(file))
			check_holds(cut, file, safe, false);
}

/* Nothing but what was written stands there, or a hole. */
static void check_bytes(const struct cut *cut, const char *file)
{
	bool may_have_holes = cut->loss.bytes >= MEDIUM_BYTES_ZERO;
	const GByteArray *seen = g_hash_table_lookup(cut->view, file);
	g_autoptr(GByteArray) held = read_file(cut, file);
	g_assert_nonnull(seen);
	g_assert_cmpuint(held->len, <=, seen->len);
	for (guint i = 0; i < held->len; i++)
		g_assert_true(
			held->data[i] == seen->data[i] || (may_have_holes && held->data[i] == 0));
}

/* It can be read, ends with a whole frame, and the manifest knows what it holds. */
static void check_part(const struct cut *cut, const struct manifest_part *part)
{
	static const atomic_bool never;
	g_autofree char *path = g_build_filename(cut->place.folder, part->file, NULL);
	struct scan *scan = NULL;
	struct mjr_frame frame;
	uint64_t packets = 0;
	check_bytes(cut, part->file);
	g_assert_cmpint(scan_open(&scan, path, &never), ==, 0);
	while (scan_next(&frame, scan) > 0)
		packets++;
	g_assert_cmpuint(packets, >, 0);
	g_assert_cmpuint(packets, ==, part->packets);
	g_assert_cmpuint((uint64_t)scan_whole(scan), ==, part->bytes);
	if (!part->is_doubtful)
		g_assert_cmpint(scan_whole(scan), ==, scan_size(scan));
	scan_close(scan);
}

static bool is_listed(const struct manifest *manifest, const char *file)
{
	for (size_t t = 0; t < manifest->track_count; t++)
		for (size_t p = 0; p < manifest->tracks[t].part_count; p++)
			if (strcmp(manifest->tracks[t].parts[p].file, file) == 0)
				return true;
	return false;
}

static void check_folder(const struct cut *cut, const struct manifest *manifest)
{
	GDir *dir = g_dir_open(cut->place.folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_assert_true(*file != '.' || strcmp(file, ".index") == 0);
		g_assert_true(!is_part(file) || manifest != NULL);
		if (is_part(file) && manifest->state == MANIFEST_RECOVERED)
			g_assert_true(is_listed(manifest, file));
	}
	g_dir_close(dir);
}

/* A recording that had ended is not looked at again: only what was synced is sure. */
static void check_recording(const struct cut *cut)
{
	struct manifest manifest;
	g_autofree char *path = g_build_filename(cut->place.folder, MANIFEST, NULL);
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_assert_cmpuint(last_mark(cut, POWER_STARTED), ==, 0);
		check_folder(cut, NULL);
		return;
	}
	g_assert_cmpint(manifest_load(&manifest, path, NULL), ==, 0);
	g_assert_cmpint(manifest.state, !=, MANIFEST_RECORDING);
	bool is_unsure =
		manifest.state != MANIFEST_RECOVERED && strcmp(cut->play->durability, "none") == 0;
	for (size_t t = 0; t < manifest.track_count && !is_unsure; t++)
		for (size_t p = 0; p < manifest.tracks[t].part_count; p++)
			check_part(cut, &manifest.tracks[t].parts[p]);
	check_folder(cut, &manifest);
	manifest_fini(&manifest);
}

static void count_errors(enum engine_log_level level, const char *text, void *ctx)
{
	struct cut *cut = ctx;
	(void)text;
	cut->errors += level == ENGINE_LOG_ERROR;
}

static void write_image(const struct cut *cut)
{
	g_assert_cmpint(g_mkdir(cut->place.folder, 0700), ==, 0);
	GHashTableIter each;
	void *name, *value;
	g_hash_table_iter_init(&each, cut->image);
	while (g_hash_table_iter_next(&each, &name, &value)) {
		const GByteArray *content = value;
		g_autofree char *path = g_build_filename(cut->place.folder, name, NULL);
		FILE *file = fopen(path, "we");
		g_assert_nonnull(file);
		if (content->len > 0)
			g_assert_cmpuint(fwrite(content->data, content->len, 1, file), ==, 1);
		fclose(file);
	}
}

static void come_back(struct cut *cut)
{
	struct engine *engine = NULL;
	const struct engine_params params = {
		.folder = cut->place.folder,
		.ring_folder = cut->place.ring_folder,
		.log = count_errors,
		.log_ctx = cut,
	};
	g_assert_cmpint(engine_create(&engine, &params), ==, 0);
	recovery_wait(engine->recovery);
	engine_destroy(engine);
	g_assert_cmpuint(cut->errors, ==, 0);
	g_assert_cmpuint(rig_count_files(cut->place.ring_folder), ==, 0);
}

static void check_cut(struct cut *cut)
{
	cut->place = power_new_place();
	write_image(cut);
	come_back(cut);
	check_recording(cut);
	check_promises(cut);
	power_drop_place(&cut->place);
}

/* --- every step --- */

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

/* What the medium holds, and what has been promised of it. */
static char *fingerprint(const struct cut *cut)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
	GList *names = g_list_sort(g_hash_table_get_keys(cut->image), compare_names);
	for (GList *each = names; each != NULL; each = each->next) {
		const GByteArray *content = g_hash_table_lookup(cut->image, each->data);
		g_checksum_update(sum, each->data, -1);
		g_checksum_update(sum, content->data, content->len);
	}
	g_list_free(names);
	size_t promises = 0;
	for (size_t i = 0; i < cut->step; i++)
		promises += is_mark(i, POWER_STARTED) || is_mark(i, POWER_ANNOUNCED);
	char *text = g_strdup_printf(
		"%s %zu %zu", g_checksum_get_string(sum), promises, safe_steps(cut));
	g_checksum_free(sum);
	return text;
}

static void check_step(const struct power_play *play, size_t step, GHashTable *known)
{
	enum {
		LOSSES = MEDIUM_BYTES_DICE * MEDIUM_NAMES_DICE,
		THROWS = 4
	};
	g_autoptr(GHashTable) view = medium_view(step);
	for (unsigned i = 0; i < LOSSES + THROWS; i++) {
		struct cut cut = {.play = play, .step = step, .view = view};
		cut.loss = (struct medium_loss){
			i < LOSSES ? i % MEDIUM_BYTES_DICE : MEDIUM_BYTES_DICE,
			i < LOSSES ? i / MEDIUM_BYTES_DICE : MEDIUM_NAMES_DICE,
			(uint32_t)(step * THROWS + i),
		};
		cut.image = medium_cut(step, &cut.loss);
		g_assert_true(durability_parse(&cut.durability, play->durability));
		check_manifest_is_whole(&cut);
		if (g_hash_table_add(known, fingerprint(&cut))) {
			g_test_message("%s: step %zu, bytes %d, names %d", play->name, step,
				(int)cut.loss.bytes, (int)cut.loss.names);
			check_cut(&cut);
		}
		g_hash_table_unref(cut.image);
	}
}

static void keeps_what_was_promised(gconstpointer data)
{
	const struct power_play *play = data;
	size_t from = power_live(play);
	g_assert_cmpuint(medium_step_count(), >, from);
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (size_t step = from; step <= medium_step_count(); step++)
		check_step(play, step, known);
	g_test_message("%s: %zu steps, %u media", play->name, medium_step_count() - from,
		g_hash_table_size(known));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	medium_init();
	const struct power_play *play;
	for (size_t i = 0; (play = power_play(i)) != NULL; i++) {
		g_autofree char *path = g_strdup_printf("/power/%s", play->name);
		g_test_add_data_func(path, play, keeps_what_was_promised);
	}
	return g_test_run();
}
