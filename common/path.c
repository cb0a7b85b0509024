/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safe path components, and whole-file reads and replacements. */
#include "common/path.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MODE = 0640,
	FOLDER_MODE = 0750
};

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t path_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max);
	if (len < max || !is_continuation(text[max]))
		return len;
	/* A character has at most three continuation bytes; more of them are not UTF-8. */
	for (size_t back = 1; back <= 3 && back <= max; back++) {
		if (!is_continuation(text[max - back]))
			return max - back;
	}
	return max;
}

/* How many bytes of `text` make up one character that may stay; 0: replace one byte. */
static size_t clean_character(const char *text)
{
	gunichar c = g_utf8_get_char_validated(text, -1);
	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 0;
	if (c == '/' || g_unichar_iscntrl(c))
		return 0;
	return (size_t)g_unichar_to_utf8(c, NULL);
}

char *path_component(const char *text, size_t max)
{
	assert(max > 0);
	GString *clean = g_string_new(NULL);
	while (*text != '\0' && clean->len < max) {
		size_t size = clean_character(text);
		if (size == 0)
			g_string_append_c(clean, '_');
		else
			g_string_append_len(clean, text, (gssize)size);
		text += size == 0 ? 1 : size;
	}
	g_string_truncate(clean, path_cut(clean->str, max));
	if (clean->len == 0)
		g_string_append_c(clean, '_');
	if (clean->str[0] == '.' || clean->str[0] == '-')
		clean->str[0] = '_';
	return g_string_free(clean, FALSE);
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

int path_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems, of other systems' making, cannot: they have no need to. */
	int err = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
	close(fd);
	return err;
}

static int replace(const char *path, const void *data, size_t len, bool is_synced)
{
	g_autofree char *folder = g_path_get_dirname(path);
	/* Its length does not depend on the file's: any name of NAME_MAX can be replaced. */
	g_autofree char *temporary = g_build_filename(folder, PATH_TEMPORARY_PREFIX "XXXXXX", NULL);
	int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -errno;

	int err = write_all(fd, data, len);
	if (err == 0 && is_synced && fdatasync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(temporary, path) < 0)
		err = -errno;
	if (err < 0) {
		unlink(temporary);
		return err;
	}
	return is_synced ? path_sync_folder(folder) : 0;
}

int path_replace(const char *path, const void *data, size_t len)
{
	return replace(path, data, len, true);
}

int path_replace_unsynced(const char *path, const void *data, size_t len)
{
	return replace(path, data, len, false);
}

/* Reads until the end of the file; -EFBIG when that lies past `max`. */
static int read_all(GByteArray *into, int fd, size_t max)
{
	guint8 chunk[16384];
	ssize_t got;
	while ((got = read(fd, chunk, sizeof chunk)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if ((size_t)got > max - into->len)
			return -EFBIG;
		g_byte_array_append(into, chunk, (guint)got);
	}
	return 0;
}

int path_read(char **out, size_t *len, const char *path, size_t max)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;

	GByteArray *content = g_byte_array_new();
	struct stat status;
	int err = fstat(fd, &status) < 0 ? -errno : 0;
	if (err == 0 && !S_ISREG(status.st_mode))
		err = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (err == 0)
		err = read_all(content, fd, max);
	close(fd);
	if (err < 0) {
		g_byte_array_unref(content);
		return err;
	}
	*len = content->len;
	g_byte_array_append(content, (const guint8 *)"", 1);
	*out = (char *)g_byte_array_free(content, FALSE);
	return 0;
}

int path_make_folder(const char *path)
{
	return g_mkdir_with_parents(path, FOLDER_MODE) < 0 ? -errno : 0;
}
