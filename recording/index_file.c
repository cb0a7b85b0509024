/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See index_file.h. */
#include "recording/index_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"
#include "recording/claim.h"

/* The digit is the version of the format: another one is rebuilt. */
#define MAGIC "MJRINDX1"

enum {
	MAGIC_SIZE = sizeof MAGIC - 1,
	FILE_MODE = 0640,
	CAPACITY = 2 * INDEX_RECORD_MAX
};

struct index_file {
	char *path;
	char *temporary; /* where it is until it takes its place, or NULL */
	int fd;          /* holds the lock when it is ours; -1: none */
	bool is_ours;
	off_t end; /* of the last sound record */
	size_t count;
};

static struct index_file *new_file(const char *folder)
{
	struct index_file *file = g_new0(struct index_file, 1);
	file->path = g_build_filename(folder, INDEX_FILE_NAME, NULL);
	file->fd = -1;
	return file;
}

struct index_file *index_file_open(const char *folder)
{
	struct index_file *file = new_file(folder);
	int fd =
		open(file->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
	struct stat st;
	if (fd >= 0)
		close(fd);
	file->fd = claim_take(file->path);
	file->is_ours = file->fd >= 0;
	if (!file->is_ours)
		file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file->fd < 0 || (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode)))
		return file;
	close(file->fd);
	file->fd = -1;
	file->is_ours = false;
	return file;
}

void index_file_close(struct index_file *file)
{
	if (file == NULL)
		return;
	if (file->temporary != NULL)
		unlink(file->temporary);
	if (file->fd >= 0)
		close(file->fd);
	g_free(file->temporary);
	g_free(file->path);
	g_free(file);
}

bool index_file_is_ours(const struct index_file *file)
{
	return file->is_ours;
}

size_t index_file_count(const struct index_file *file)
{
	return file->count;
}

/* --- reading --- */

/* What a reader has in hand. */
struct window {
	uint8_t *data;
	size_t len;
	off_t offset; /* in the file, of what comes after it */
};

/* False when there is no more, or it cannot be read. */
static bool fill(struct window *window, const struct index_file *file)
{
	ssize_t got;
	do
		got = pread(file->fd, window->data + window->len, CAPACITY - window->len,
			window->offset);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	window->len += (size_t)got;
	window->offset += got;
	return window->offset <= INDEX_FILE_SIZE_MAX;
}

/* Passes on all records that are whole. 0: more may come; -EBADMSG: no more can. */
static int take_records(
	struct window *window, struct index_file *file, index_file_fn on_record, void *ctx)
{
	struct bytes rest = {window->data, window->len};
	struct summary *summary;
	struct index_stamp stamp;
	size_t size;
	int err;
	while ((err = index_record_parse(&summary, &stamp, &size, rest)) == 0) {
		on_record(summary, &stamp, ctx);
		file->end += (off_t)size;
		file->count++;
		bytes_skip(&rest, size);
	}
	memmove(window->data, rest.data, rest.len);
	window->len = rest.len;
	return err == -EAGAIN ? 0 : err;
}

static bool take_magic(struct window *window, struct index_file *file)
{
	if (window->len < MAGIC_SIZE || memcmp(window->data, MAGIC, MAGIC_SIZE) != 0)
		return false;
	window->len -= MAGIC_SIZE;
	memmove(window->data, window->data + MAGIC_SIZE, window->len);
	file->end = MAGIC_SIZE;
	return true;
}

bool index_file_read(struct index_file *file, index_file_fn on_record, void *ctx)
{
	struct window window = {.data = g_malloc(CAPACITY)};
	bool is_more = file->fd >= 0 && fill(&window, file) && take_magic(&window, file);
	while (is_more && take_records(&window, file, on_record, ctx) == 0)
		is_more = fill(&window, file);
	g_free(window.data);
	return file->end > 0 && window.len == 0;
}

/* --- writing --- */

static int write_all(int fd, struct bytes data, off_t offset)
{
	while (data.len > 0) {
		ssize_t done = pwrite(fd, data.data, data.len, offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		bytes_skip(&data, (size_t)done);
		offset += done;
	}
	return 0;
}

int index_file_append(struct index_file *file, const GByteArray *records, size_t count)
{
	if (!file->is_ours || file->end < MAGIC_SIZE)
		return -EBADF;
	if (file->end + (off_t)records->len > INDEX_FILE_SIZE_MAX)
		return -EFBIG;
	/* What a failed attempt leaves is no whole record, and the next one covers it. */
	int err = write_all(file->fd, (struct bytes){records->data, records->len}, file->end);
	if (err < 0)
		return err;
	file->end += records->len;
	file->count += count;
	return 0;
}

int index_file_create(struct index_file **out, const char *folder)
{
	struct index_file *file = new_file(folder);
	g_autofree char *path = g_build_filename(folder, PATH_TEMPORARY_PREFIX "XXXXXX", NULL);
	file->fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, FILE_MODE);
	int err = file->fd < 0 ? -errno : 0;
	if (err == 0)
		file->temporary = g_steal_pointer(&path);
	if (err == 0 && flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		err = -errno;
	if (err == 0)
		err = write_all(file->fd, (struct bytes){(const uint8_t *)MAGIC, MAGIC_SIZE}, 0);
	if (err < 0) {
		index_file_close(file);
		return err;
	}
	file->is_ours = true;
	file->end = MAGIC_SIZE;
	*out = file;
	return 0;
}

int index_file_replace(struct index_file *file)
{
	if (rename(file->temporary, file->path) < 0)
		return -errno;
	g_clear_pointer(&file->temporary, g_free);
	return 0;
}
