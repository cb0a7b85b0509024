/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a folder of many recordings costs: a start with the index file and without
 * it, memory, a page of a hundred, the deletion of the hundred oldest.
 *
 *      retention_cost FOLDER COUNT fill | start | use
 *
 * One line of key=value; the script beside it runs it on folders of two sizes.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec.h"
#include "common/manifest.h"
#include "common/path.h"
#include "recording/engine.h"
#include "recording/store.h"

enum {
	PAGE = 100,
	ROUNDS = 100,
	STREAMS = 1000
};

static int64_t now_us(void)
{
	return clock_mono_us(clock_system());
}

static void add_track(struct manifest *manifest, const char *label, const char *codec)
{
	struct manifest_track *track = manifest_add_track(manifest);
	track->label = g_strdup(label);
	track->mid = g_strdup("0");
	track->info.codec = codec_find(codec);
	track->kind = track->info.codec->kind;
	struct manifest_part *part = manifest_add_part(track);
	part->file = g_strdup_printf("%s-%s.mjr", manifest->name, label);
	part->number = 1;
	part->packets = 1000;
	part->bytes = 1000000;
	part->start_us = manifest->created_us;
	part->end_us = manifest->ended_us;
}

static void touch(const char *folder, const char *file)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	if (!g_file_set_contents(path, "MJR00002", -1, NULL))
		exit(EXIT_FAILURE);
}

/* A call with sound, pictures and RTCP; its files are small, as nobody reads them here. */
static void fill_one(const char *folder, unsigned index)
{
	g_autofree char *id = g_uuid_string_random();
	struct manifest manifest = {
		.id = g_uuid_string_random(),
		.name = g_strdup_printf("stream-%s-user%u", id, index % STREAMS),
		.stream = g_strdup_printf("user%u", index % STREAMS),
		.media_session_id = g_strdup(id),
		.state = MANIFEST_COMPLETE,
		.reason = g_strdup("hangup"),
		.created_us = INT64_C(1700000000000000) + (int64_t)index * 60000000,
	};
	manifest.ended_us = manifest.created_us + 600000000;
	add_track(&manifest, "audio", "opus");
	add_track(&manifest, "video", "vp8");
	add_track(&manifest, "rtcp", "binary");
	json_t *json = manifest_to_json(&manifest);
	g_autofree char *path = g_strdup_printf("%s/%s" MANIFEST_SUFFIX, folder, manifest.name);
	if (json_dump_file(json, path, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
		exit(EXIT_FAILURE);
	json_decref(json);
	for (size_t i = 0; i < manifest.track_count; i++)
		touch(folder, manifest.tracks[i].parts[0].file);
	manifest_fini(&manifest);
}

static struct engine *start(const char *folder)
{
	struct engine *engine = NULL;
	g_autofree char *rings = g_strconcat(folder, ".rings", NULL);
	const struct engine_params params = {.folder = folder, .ring_folder = rings};
	int err = engine_create(&engine, &params);
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", folder, g_strerror(-err));
		exit(EXIT_FAILURE);
	}
	return engine;
}

static double page_us(struct store *store, const struct store_query *first)
{
	g_autofree char *next = NULL;
	int64_t before = now_us();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct store_query query = *first;
		json_t *list = NULL;
		char *cursor = NULL;
		query.cursor = query.stream == NULL ? next : NULL;
		if (store_list(&list, &cursor, store, &query) < 0)
			exit(EXIT_FAILURE);
		json_decref(list);
		g_free(next);
		next = cursor;
	}
	return (double)(now_us() - before) / ROUNDS;
}

static double delete_us(struct engine *engine)
{
	int64_t before = now_us();
	for (unsigned i = 0; i < PAGE; i++) {
		struct summary *oldest = store_expendable(engine_store(engine));
		if (oldest == NULL || engine_delete(NULL, engine, oldest->id, "requested") < 0)
			exit(EXIT_FAILURE);
		summary_put(oldest);
	}
	return (double)(now_us() - before) / PAGE;
}

static void measure(const char *folder, bool is_used)
{
	size_t heap = mallinfo2().uordblks;
	int64_t before = now_us();
	struct engine *engine = start(folder);
	double start_ms = (double)(now_us() - before) / 1e3;
	struct store *store = engine_store(engine);
	size_t count = store_count(store);
	printf("recordings=%zu start_ms=%.1f heap_bytes_each=%.0f", count, start_ms,
		(double)(mallinfo2().uordblks - heap) / (double)MAX(count, 1));
	if (is_used) {
		const struct store_query all = {.limit = PAGE};
		const struct store_query rare = {.limit = PAGE, .stream = "nobody"};
		printf(" page_us=%.0f", page_us(store, &all));
		printf(" page_of_nobody_us=%.0f", page_us(store, &rare));
		printf(" deletion_us=%.0f", delete_us(engine));
	}
	printf("\n");
	engine_destroy(engine);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s FOLDER COUNT fill|start|use\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (strcmp(argv[3], "fill") != 0) {
		measure(argv[1], strcmp(argv[3], "use") == 0);
		return EXIT_SUCCESS;
	}
	if (path_make_folder(argv[1]) < 0)
		return EXIT_FAILURE;
	for (unsigned i = 0; i < (unsigned)g_ascii_strtoull(argv[2], NULL, 10); i++)
		fill_one(argv[1], i);
	return EXIT_SUCCESS;
}
