/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the vectors of the unit tests as the fuzzers' first inputs, below the folder given. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mjr_info.h"
#include "common/path.h"
#include "recording/drain.h"
#include "recording/frames.h"
#include "recording/index_record.h"
#include "tests/common/sample.h"
#include "tests/common/vectors.h"
#include "tests/fuzz/ring_file.h"

static void write_seed(
	const char *folder, const char *target, const char *name, const void *bytes, size_t len)
{
	g_autofree char *below = g_build_filename(folder, target, NULL);
	g_autofree char *path = g_build_filename(below, name, NULL);
	g_assert_cmpint(path_make_folder(below), ==, 0);
	g_assert_true(g_file_set_contents(path, bytes, (gssize)len, NULL));
}

static void write_vectors(
	const char *folder, const char *target, const struct vector *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		write_seed(folder, target, vectors[i].name, vectors[i].bytes, vectors[i].len);
}

static void write_manifest(
	const char *folder, const char *name, void (*sample)(struct manifest *out), size_t flags)
{
	struct manifest manifest;
	sample(&manifest);
	json_t *json = manifest_to_json(&manifest);
	char *text = json_dumps(json, flags);
	write_seed(folder, "manifest", name, text, strlen(text));
	free(text);
	json_decref(json);
	manifest_fini(&manifest);
}

/* A header with every member, and a frame. */
static void write_mjr(const char *folder)
{
	uint8_t file[MJR_HEADER_MAX + MJR_FRAME_HEADER_SIZE];
	struct manifest manifest;
	sample_full(&manifest);
	int len = mjr_info_build(file, MJR_HEADER_MAX, &manifest.tracks[1].info);
	g_assert_cmpint(len, >, 0);
	mjr_frame_put(file + len, 20, 0);
	write_seed(folder, "mjr", "full", file, (size_t)len + MJR_FRAME_HEADER_SIZE);
	manifest_fini(&manifest);
}

/* What a process that was killed now would leave: the ring's file, up to its last byte in use. */
static void write_ring_seed(
	const char *folder, const char *name, const char *scratch, struct ring *ring)
{
	g_autofree char *ring_path = g_build_filename(scratch, RING_FILE_NAME, NULL);
	g_autofree char *part_path = g_build_filename(scratch, RING_FILE_PART, NULL);
	g_autofree char *part = NULL, *content = NULL;
	gsize part_size = 0, size = 0;
	uint8_t prefix[RING_FILE_PREFIX];
	(void)g_file_get_contents(part_path, &part, &part_size, NULL);
	g_assert_true(g_file_get_contents(ring_path, &content, &size, NULL));
	bytes_put_u32(prefix, (uint32_t)size);
	bytes_put_u16(prefix + 4, (uint16_t)part_size);
	g_autoptr(GByteArray) seed = g_byte_array_new();
	g_byte_array_append(seed, prefix, sizeof prefix);
	g_byte_array_append(seed, (guint8 *)part, (guint)part_size);
	size -= RING_SIZE_MIN - ring_pending(ring); /* an empty ring is filled from its start */
	g_byte_array_append(seed, (guint8 *)content, (guint)size);
	write_seed(folder, "ring", name, seed->data, seed->len);
}

static void push_frames(struct ring *ring, uint32_t from, uint32_t count)
{
	for (uint32_t i = from; i < from + count; i++) {
		uint8_t frame[MJR_FRAME_HEADER_SIZE + 16] = {0};
		struct iovec piece = {frame, MJR_FRAME_HEADER_SIZE + i % 16};
		mjr_frame_put(frame, i * 20, (uint16_t)(i % 16));
		g_assert_true(ring_push(ring, &piece, 1));
	}
}

/* The ring of sample_minimal()'s track, in three moments of its life. */
static void write_rings(const char *folder)
{
	g_autofree char *scratch = g_dir_make_tmp("seeds-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(scratch, RING_FILE_NAME, NULL);
	g_autofree char *part_path = g_build_filename(scratch, RING_FILE_PART, NULL);
	g_autofree uint8_t *buffer = g_malloc(FRAMES_SCRATCH_SIZE);
	struct manifest manifest;
	struct ring ring;
	struct drain drain;
	sample_minimal(&manifest);
	g_assert_cmpint(ring_create(&ring, path, RING_SIZE_MIN), ==, 0);
	drain_init(&drain, &ring, disk_system(), scratch, &manifest.tracks[0].info, manifest.id,
		RING_FILE_PART);
	write_ring_seed(folder, "new", scratch, &ring);
	struct drain_mark *mark = ring_mark(&ring);
	mark->real_us = manifest.created_us;
	push_frames(&ring, 0, 8);
	write_ring_seed(folder, "waiting", scratch, &ring);
	g_assert_cmpint(drain_run(&drain, DRAIN_ALL, buffer), ==, 0);
	push_frames(&ring, 8, 4);
	write_ring_seed(folder, "drained", scratch, &ring);
	drain_fini(&drain);
	ring_unlink(&ring);
	ring_close(&ring);
	g_assert_cmpint(g_unlink(part_path), ==, 0);
	g_assert_cmpint(g_rmdir(scratch), ==, 0);
	manifest_fini(&manifest);
}

/* Two records, and one without its header. */
static void write_index(const char *folder)
{
	static const guint8 WITH_CHECKSUM = 0, WITHOUT = 1;
	const struct index_stamp stamp = {1, 2, 3};
	struct manifest manifest;
	GByteArray *seed = g_byte_array_new();
	sample_full(&manifest);
	struct summary *summary = summary_create(&manifest);
	manifest_fini(&manifest);
	g_byte_array_append(seed, &WITH_CHECKSUM, 1);
	index_record_pack(seed, summary, &stamp);
	index_record_pack(seed, summary, &stamp);
	write_seed(folder, "index", "two", seed->data, seed->len);
	guint body = 1 + (seed->len - 1) / 2 + INDEX_RECORD_HEADER;
	seed->data[body - 1] = WITHOUT;
	write_seed(folder, "index", "body", seed->data + body - 1, seed->len - body + 1);
	g_byte_array_unref(seed);
	summary_put(summary);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return EXIT_FAILURE;
	}
	const char *folder = argv[1];
	write_vectors(folder, "rtp", vectors_rtp, G_N_ELEMENTS(vectors_rtp));
	write_vectors(folder, "rtcp", vectors_rtcp, G_N_ELEMENTS(vectors_rtcp));
	write_vectors(folder, "template", vectors_template, G_N_ELEMENTS(vectors_template));
	write_vectors(folder, "mjr", vectors_mjr, G_N_ELEMENTS(vectors_mjr));
	write_mjr(folder);
	write_rings(folder);
	write_index(folder);
	write_manifest(folder, "full", sample_full, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	write_manifest(folder, "minimal", sample_minimal, JSON_COMPACT | JSON_PRESERVE_ORDER);
	return EXIT_SUCCESS;
}
