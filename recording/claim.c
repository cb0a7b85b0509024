/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See claim.h. */
#include "recording/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever had the claim before us may have put another file there, or none. */
static bool is_in_place(int fd, const char *path)
{
	struct stat ours, there;
	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

int claim_take(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	int err = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
	if (err == -EWOULDBLOCK || (err == 0 && !is_in_place(fd, path)))
		err = -EBUSY;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}
