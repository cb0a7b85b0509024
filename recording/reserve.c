/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See reserve.h. */
#include "recording/reserve.h"

#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIECE = 16 << 10,
	BLOCK = 512, /* what st_blocks counts */
};

struct reserve {
	int fd; /* -1: none. The kernel orders what several threads do to it. */
};

/* For file systems that have no O_TMPFILE. */
static int open_and_unlink(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, RESERVE_TEMPORARY_PREFIX "XXXXXX", NULL);
	int fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int open_file(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd < 0 ? open_and_unlink(folder) : fd;
}

struct reserve *reserve_create(const char *folder)
{
	struct reserve *reserve = g_new0(struct reserve, 1);
	reserve->fd = open_file(folder);
	reserve_hold(reserve);
	return reserve;
}

void reserve_move(struct reserve *reserve, const char *folder)
{
	int fd = reserve->fd < 0 ? -1 : open_file(folder);
	if (fd < 0)
		return;
	/* The number stays: other threads may be using it. */
	(void)dup3(fd, reserve->fd, O_CLOEXEC);
	close(fd);
	reserve_hold(reserve);
}

void reserve_destroy(struct reserve *reserve)
{
	if (reserve == NULL)
		return;
	if (reserve->fd >= 0)
		close(reserve->fd);
	g_free(reserve);
}

/* Piece by piece: an almost full disk gives what it has, and a failed piece takes nothing. */
void reserve_hold(struct reserve *reserve)
{
	for (off_t offset = 0; offset < RESERVE_SIZE; offset += PIECE)
		if (reserve->fd < 0 || fallocate(reserve->fd, 0, offset, PIECE) < 0)
			return;
}

uint64_t reserve_held(const struct reserve *reserve)
{
	struct stat st;
	bool is_there = reserve->fd >= 0 && fstat(reserve->fd, &st) == 0;
	return is_there ? (uint64_t)st.st_blocks * BLOCK : 0;
}

void reserve_release(struct reserve *reserve)
{
	if (reserve->fd >= 0)
		(void)!ftruncate(reserve->fd, 0);
}
