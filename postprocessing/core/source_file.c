/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One buffer, refilled by large reads; the kernel is told to read ahead. */
#include "postprocessing/core/source_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUFFER_SIZE = 512 << 10
};

static_assert((int)SOURCE_FILE_PEEK_MAX <= (int)BUFFER_SIZE, "a peek must fit into the buffer");

struct source_file {
	int fd;
	bool is_at_end;
	uint64_t size;
	uint64_t offset; /* of data[start] in the file */
	size_t start, end;
	uint8_t data[BUFFER_SIZE];
};

int source_file_open(struct source_file **out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	struct stat st;
	int err = fstat(fd, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : 0;
	if (err) {
		close(fd);
		return err;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	struct source_file *source = g_malloc(sizeof *source);
	source->fd = fd;
	source->is_at_end = false;
	source->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	source->offset = 0;
	source->start = source->end = 0;
	*out = source;
	return 0;
}

void source_file_close(struct source_file *source)
{
	if (!source)
		return;
	close(source->fd);
	g_free(source);
}

static int fill(struct source_file *source, size_t want)
{
	memmove(source->data, source->data + source->start, source->end - source->start);
	source->end -= source->start;
	source->start = 0;
	while (source->end < want && !source->is_at_end) {
		ssize_t got =
			read(source->fd, source->data + source->end, BUFFER_SIZE - source->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		source->is_at_end = got == 0;
		source->end += (size_t)got;
	}
	return 0;
}

int source_file_peek(struct source_file *source, size_t want, struct bytes *out)
{
	assert(want <= SOURCE_FILE_PEEK_MAX);
	if (source->end - source->start < want && !source->is_at_end) {
		int err = fill(source, want);
		if (err)
			return err;
	}
	*out = (struct bytes){source->data + source->start, source->end - source->start};
	return 0;
}

void source_file_skip(struct source_file *source, size_t len)
{
	assert(len <= source->end - source->start);
	source->start += len;
	source->offset += len;
}

uint64_t source_file_offset(const struct source_file *source)
{
	return source->offset;
}

uint64_t source_file_size(const struct source_file *source)
{
	return source->size;
}
