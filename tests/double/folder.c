/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See folder.h. */
#include "tests/double/folder.h"

#include <glib.h>
#include <glib/gstdio.h>

size_t folder_count(const char *path, const char *prefix, const char *suffix)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	size_t count = 0;
	const char *name;
	while (dir && (name = g_dir_read_name(dir)))
		count += g_str_has_prefix(name, prefix) && g_str_has_suffix(name, suffix);
	g_clear_pointer(&dir, g_dir_close);
	return count;
}

void folder_remove(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;
	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *inside = g_build_filename(path, name, NULL);
		if (g_file_test(inside, G_FILE_TEST_IS_DIR))
			folder_remove(inside);
		else
			g_unlink(inside);
	}
	g_clear_pointer(&folder, g_dir_close);
	g_rmdir(path);
}
