/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See part.h. */
#include "recording/part.h"

#include <errno.h>
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

static int close_part(struct part *part)
{
	part->is_open = false;
	return part->disk->close(part->disk->ctx, part->fd);
}

int part_create(struct part *part, const struct disk *disk, const char *path)
{
	int err = take(part, disk->create(disk->ctx, path), disk, path);
	if (err < 0 || disk->find == NULL)
		return err;
	if ((err = disk->find(disk->ctx, path, &part->file)) < 0)
		(void)close_part(part);
	part->is_watched = err == 0;
	return err;
}

int part_open(struct part *part, const struct disk *disk, const char *path)
{
	int err = take(part, disk->open(disk->ctx, path), disk, path);
	part->is_unsynced = err == 0;
	return err;
}

/* What was handed over the last time has had the time since to be written. */
static void write_behind(struct part *part)
{
	const struct disk *disk = part->disk;
	if (part->started > 0 && disk->drop_cache != NULL)
		disk->drop_cache(disk->ctx, part->fd, 0, part->started);
	if (disk->start_write != NULL)
		disk->start_write(disk->ctx, part->fd, part->started, part->size - part->started);
	part->started = part->size;
}

/* Whether the path leads elsewhere: the file, its folder or the whole disk has been taken away. */
static bool is_missed(struct part *part)
{
	const struct disk *disk = part->disk;
	struct disk_file now;
	if (part->is_watched && !part->is_missed)
		part->is_missed = disk->find(disk->ctx, part->path, &now) < 0 ||
				  !disk_is_same(&now, &part->file);
	return part->is_missed;
}

int part_write(
	struct part *part, const struct iovec *pieces, int count, off_t offset, size_t *written)
{
	const struct disk *disk = part->disk;
	part->is_unsynced = true;
	int err = disk->write_at(disk->ctx, part->fd, pieces, count, offset, written);
	/* Afterwards: what has been written to a file that was there then will be found. */
	if (is_missed(part)) {
		*written = 0;
		err = -ESTALE;
	}
	part->size = offset + (off_t)*written;
	if (part->size - part->started >= PART_BEHIND)
		write_behind(part);
	return err;
}

void part_cut(struct part *part, off_t size)
{
	const struct disk *disk = part->disk;
	part->size = size;
	part->is_torn = true;
	if (size > 0 || part->is_missed) {
		(void)part_mend(part);
		return;
	}
	(void)close_part(part);
	(void)disk->remove(disk->ctx, part->path);
	part->is_torn = false;
}

bool part_mend(struct part *part)
{
	const struct disk *disk = part->disk;
	if (part->is_torn && disk->truncate(disk->ctx, part->fd, part->size) == 0)
		part->is_torn = false;
	return !part->is_torn;
}

static int sync_part(struct part *part)
{
	const struct disk *disk = part->disk;
	if (part->is_unsynced) {
		int err = disk->sync(disk->ctx, part->fd);
		if (err < 0)
			return err;
		part->is_unsynced = false;
	}
	if (!part->is_entered && !is_missed(part)) {
		g_autofree char *folder = g_path_get_dirname(part->path);
		int err = disk->sync_folder(disk->ctx, folder);
		if (err < 0)
			return err;
		part->is_entered = true;
	}
	return 0;
}

int part_sync(struct part *part)
{
	if (part->sync_error == 0)
		part->sync_error = sync_part(part);
	return part->sync_error;
}

int part_finish(struct part *part, bool is_durable)
{
	if (is_durable)
		(void)part_sync(part);
	if (part->disk->drop_cache != NULL)
		part->disk->drop_cache(part->disk->ctx, part->fd, 0, 0);
	int close_error = close_part(part);
	return part->sync_error < 0 ? part->sync_error : close_error;
}

void part_fini(struct part *part)
{
	if (part->is_open)
		(void)close_part(part);
	g_free(part->path);
	*part = (struct part){0};
}
