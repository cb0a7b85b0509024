/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes in memory that have a path, for what reads files. */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/bytes.h"

enum {
	MJR_FILE_PATH_SIZE = 32
};

/* Returns the descriptor, which the caller closes when done with the path. */
static inline int mjr_file_create(char path[static MJR_FILE_PATH_SIZE], struct bytes bytes)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, bytes.data, bytes.len), ==, (gssize)bytes.len);
	snprintf(path, MJR_FILE_PATH_SIZE, "/proc/self/fd/%d", fd);
	return fd;
}
