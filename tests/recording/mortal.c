/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See mortal.h. */
#include "tests/recording/mortal.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"

void mortal_pass(struct mortal *mortal)
{
	if (atomic_fetch_add(&mortal->point, 1) + 1 == mortal->kill_at)
		kill(getpid(), SIGKILL);
}

static int create_file(void *ctx, const char *path)
{
	mortal_pass(ctx);
	int fd = disk_system()->create(NULL, path);
	mortal_pass(ctx);
	return fd;
}

static int open_file(void *ctx, const char *path)
{
	mortal_pass(ctx);
	return disk_system()->open(NULL, path);
}

/* The kernel may have taken any part of a write. */
static int write_at(
	void *ctx, int fd, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	struct mortal *mortal = ctx;
	mortal_pass(mortal);
	struct iovec half[DISK_PIECES_MAX];
	memcpy(half, pieces, (size_t)count * sizeof *half);
	half[count - 1].iov_len /= 2;
	disk_system()->write_at(NULL, fd, half, count, offset, written);
	mortal_pass(mortal);
	if (mortal->is_full)
		return -ENOSPC;
	int err = disk_system()->write_at(NULL, fd, pieces, count, offset, written);
	mortal_pass(mortal);
	return err;
}

static int truncate_file(void *ctx, int fd, off_t size)
{
	mortal_pass(ctx);
	int err = disk_system()->truncate(NULL, fd, size);
	mortal_pass(ctx);
	return err;
}

static int sync_file(void *ctx, int fd)
{
	(void)fd;
	mortal_pass(ctx);
	return 0;
}

static int sync_folder(void *ctx, const char *folder)
{
	(void)folder;
	mortal_pass(ctx);
	return 0;
}

static int free_space(void *ctx, const char *folder, uint64_t *available)
{
	(void)ctx;
	return disk_system()->space(NULL, folder, available);
}

static int close_file(void *ctx, int fd)
{
	(void)ctx;
	return disk_system()->close(NULL, fd);
}

static int remove_file(void *ctx, const char *path)
{
	mortal_pass(ctx);
	int err = disk_system()->remove(NULL, path);
	mortal_pass(ctx);
	return err;
}

static int replace_file(void *ctx, const char *path, const void *data, size_t len)
{
	struct mortal *mortal = ctx;
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *temporary = g_build_filename(folder, PATH_TEMPORARY_PREFIX "abcdef", NULL);
	mortal_pass(mortal);
	g_assert_true(g_file_set_contents(temporary, data, (gssize)len / 2, NULL));
	mortal_pass(mortal);
	g_unlink(temporary);
	if (mortal->late_us < mortal->refuses_until) {
		mortal->refusals++;
		return -EIO;
	}
	int err = disk_system()->replace(NULL, path, data, len);
	mortal_pass(mortal);
	return err;
}

struct disk mortal_disk(struct mortal *mortal)
{
	return (struct disk){
		.ctx = mortal,
		.create = create_file,
		.open = open_file,
		.write_at = write_at,
		.truncate = truncate_file,
		.sync = sync_file,
		.sync_folder = sync_folder,
		.close = close_file,
		.remove = remove_file,
		.replace = replace_file,
		.space = free_space,
	};
}
