/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the unit tests share: bytes in allocations of their exact size, so that
 * the address sanitizer sees a read of one byte too many, and scratch folders.
 */
#pragma once

#include <dirent.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

/* A copy that ends where its allocation ends; free it with free((void *)copy.data). */
static inline struct bytes support_copy(const void *data, size_t len)
{
	uint8_t *copy = malloc(len);
	if (len > 0)
		memcpy(copy, data, len);
	return (struct bytes){copy, len};
}

static inline void support_free(struct bytes copy)
{
	free((void *)(uintptr_t)copy.data);
}

/*
 * A name that somebody made up to do harm, of the test's random numbers; the caller frees it. A
 * random byte is one more piece.
 */
static inline char *support_hostile_name(void)
{
	static const char *const pieces[] = {"/", ".", "..", "../", "-", "\n", "\x7f", "\xc2\x9f",
		"\xed\xa0\x80", "\xe2\x82", "\xe2\x82\xac", "\xf0\x9f\x8e\xa5", "\xc3\xa9", "a",
		"name", "\xc0\x80", "\xf4\x90\x80\x80", "\x80", " ", "\\", "CON", "$(id)", ";rm",
		"\xe2\x80\xae", "\xe2\x80\xa8", "\xef\xbb\xbf", "e\xcc\x81", "\xe2\x80\x8d",
		"\xef\xbc\x8f", "-1", ".json"};
	GString *name = g_string_new(NULL);
	for (int n = g_test_rand_int_range(0, 120); n > 0; n--) {
		int piece = g_test_rand_int_range(-4, (int)G_N_ELEMENTS(pieces));
		if (piece < 0)
			g_string_append_c(name, (char)g_test_rand_int_range(1, 256));
		else
			g_string_append(name, pieces[piece]);
	}
	return g_string_free(name, FALSE);
}

/* A new empty folder; the caller frees the path. */
static inline char *support_folder(void)
{
	char *folder = g_dir_make_tmp("jr-test-XXXXXX", NULL);
	g_assert_nonnull(folder);
	return folder;
}

/* Removes a folder of files; returns how many there were. */
static inline unsigned support_remove(const char *folder)
{
	unsigned count = 0;
	DIR *dir = opendir(folder);
	g_assert_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		g_autofree char *path = g_build_filename(folder, entry->d_name, NULL);
		g_assert_cmpint(g_remove(path), ==, 0);
		count++;
	}
	closedir(dir);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	return count;
}
