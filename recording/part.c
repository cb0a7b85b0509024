/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See part.h. */
#include "recording/part.h"

#include <glib.h>

/* `fd` may be an error. */
static int take(struct part *part, int fd, const struct disk *disk, const char *path)
{
	if (fd < 0)
		return fd;
	g_free(part->path);
	*part = (struct part){.disk = disk, .path = g_strdup(path), .fd = fd, .is_open = true};
	return 0;
}

int part_create(struct part *part, const struct disk *disk, const char *path)
{
	return take(part, disk->create(disk->ctx, path), disk, path);
}

int part_open(struct part *part, const struct disk *disk, const char *path)
{
	return take(part, disk->open(disk->ctx, path), disk, path);
}

int part_write(
	struct part *part, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	const struct disk *disk = part->disk;
	int err = disk->write_at(disk->ctx, part->fd, pieces, count, offset, written);
	part->size = offset + (off_t)*written;
	return err;
}

static int close_part(struct part *part)
{
	part->is_open = false;
	return part->disk->close(part->disk->ctx, part->fd);
}

void part_cut(struct part *part, off_t size)
{
	const struct disk *disk = part->disk;
	part->size = size;
	if (size > 0) {
		(void)disk->truncate(disk->ctx, part->fd, size);
		return;
	}
	(void)close_part(part);
	(void)disk->remove(disk->ctx, part->path);
}

int part_finish(struct part *part)
{
	int sync_error = part->disk->sync(part->disk->ctx, part->fd);
	int close_error = close_part(part);
	return sync_error < 0 ? sync_error : close_error;
}

void part_fini(struct part *part)
{
	if (part->is_open)
		(void)close_part(part);
	g_free(part->path);
	*part = (struct part){0};
}
