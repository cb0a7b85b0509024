/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder for the files of a test, and files of given bytes in it. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

#include "common/bytes.h"

/* A new empty folder; the caller frees the path. */
static inline char *scratch_create(void)
{
	char *folder = g_dir_make_tmp("mjr-test-XXXXXX", NULL);
	g_assert_nonnull(folder);
	return folder;
}

/* Removes the folder and the files in it; frees the path. */
static inline void scratch_destroy(char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	g_assert_nonnull(dir);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_assert_cmpint(g_remove(path), ==, 0);
	}
	g_dir_close(dir);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	g_free(folder);
}

static inline void scratch_write(const char *path, struct bytes bytes)
{
	g_assert_true(g_file_set_contents(path, (const char *)bytes.data, (gssize)bytes.len, NULL));
}
