/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real disk. See disk.h. */
#include "recording/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/path.h"

/* Readable by the group, so that converters need not run as the gateway's user. */
enum {
	FILE_MODE = 0640
};

static int create_file(void *ctx, const char *path)
{
	(void)ctx;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	return fd < 0 ? -errno : fd;
}

static int open_file(void *ctx, const char *path)
{
	(void)ctx;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* Takes `len` bytes off the front of the pieces. */
static void advance(struct iovec *pieces, int count, size_t len)
{
	for (int i = 0; i < count; i++) {
		size_t taken = len < pieces[i].iov_len ? len : pieces[i].iov_len;
		pieces[i].iov_base = (char *)pieces[i].iov_base + taken;
		pieces[i].iov_len -= taken;
		len -= taken;
	}
}

static size_t total(const struct iovec *pieces, int count)
{
	size_t sum = 0;
	for (int i = 0; i < count; i++)
		sum += pieces[i].iov_len;
	return sum;
}

/* A disk that fills up writes what fits first, and tells why at the next attempt. */
static int write_at(
	void *ctx, int fd, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	(void)ctx;
	struct iovec left[DISK_PIECES_MAX];
	*written = 0;
	if (count < 0 || count > DISK_PIECES_MAX)
		return -EINVAL;
	memcpy(left, pieces, (size_t)count * sizeof *left);
	size_t len = total(pieces, count);
	while (*written < len) {
		ssize_t done = pwritev(fd, left, count, offset + (off_t)*written);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -ENOSPC;
		advance(left, count, (size_t)done);
		*written += (size_t)done;
	}
	return 0;
}

static int truncate_file(void *ctx, int fd, off_t size)
{
	(void)ctx;
	return ftruncate(fd, size) < 0 ? -errno : 0;
}

static int sync_file(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int sync_folder(void *ctx, const char *folder)
{
	(void)ctx;
	return path_sync_folder(folder);
}

static void start_write(void *ctx, int fd, off_t offset, off_t len)
{
	(void)ctx;
	(void)sync_file_range(fd, offset, len, SYNC_FILE_RANGE_WRITE);
}

static void drop_cache(void *ctx, int fd, off_t offset, off_t len)
{
	(void)ctx;
	(void)posix_fadvise(fd, offset, len, POSIX_FADV_DONTNEED);
}

static int close_file(void *ctx, int fd)
{
	(void)ctx;
	return close(fd) < 0 ? -errno : 0;
}

static int remove_file(void *ctx, const char *path)
{
	(void)ctx;
	return unlink(path) < 0 ? -errno : 0;
}

static int rename_file(void *ctx, const char *from, const char *to)
{
	(void)ctx;
	return rename(from, to) < 0 ? -errno : 0;
}

static int replace_file(void *ctx, const char *path, const void *data, size_t len)
{
	(void)ctx;
	return path_replace(path, data, len);
}

static int free_space(void *ctx, const char *folder, uint64_t *available)
{
	(void)ctx;
	struct statvfs status;
	if (statvfs(folder, &status) < 0)
		return -errno;
	*available = (uint64_t)status.f_bavail * status.f_frsize;
	return 0;
}

static int find_file(void *ctx, const char *path, struct disk_file *out)
{
	(void)ctx;
	struct stat status;
	if (stat(path, &status) < 0)
		return -errno;
	*out = (struct disk_file){status.st_dev, status.st_ino};
	return 0;
}

const struct disk *disk_system(void)
{
	static const struct disk disk = {
		.create = create_file,
		.open = open_file,
		.write_at = write_at,
		.truncate = truncate_file,
		.sync = sync_file,
		.sync_folder = sync_folder,
		.start_write = start_write,
		.drop_cache = drop_cache,
		.close = close_file,
		.remove = remove_file,
		.rename = rename_file,
		.replace = replace_file,
		.space = free_space,
		.find = find_file,
	};
	return &disk;
}

bool disk_is_same(const struct disk_file *a, const struct disk_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

bool disk_is_full(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG;
}

const char *disk_error_reason(int error)
{
	return disk_is_full(error) ? "disk_full" : "io_error";
}
