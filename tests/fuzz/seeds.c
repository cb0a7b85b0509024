/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the vectors of the unit tests as the fuzzers' first inputs, below the folder given. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mjr_info.h"
#include "common/path.h"
#include "tests/common/sample.h"
#include "tests/common/vectors.h"

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
	write_manifest(folder, "full", sample_full, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	write_manifest(folder, "minimal", sample_minimal, JSON_COMPACT | JSON_PRESERVE_ORDER);
	return EXIT_SUCCESS;
}
