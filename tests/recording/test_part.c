/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts: what has been written does not stay in the page cache, and is where it is said to be. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "recording/part.h"

enum {
	PIECE = 64 << 10,
	PIECES = 256, /* 16 MiB */
};

static bool has_cache_to_drop(const char *folder)
{
	struct statfs fs;
	return statfs(folder, &fs) == 0 && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC &&
	       fs.f_type != OVERLAYFS_SUPER_MAGIC;
}

/* Of the file's pages, how many percent are in memory. */
static size_t percent_resident(const char *path, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t count = (size + page - 1) / page, resident = 0;
	g_autofree unsigned char *map = g_malloc(count);
	int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	g_assert_true(memory != MAP_FAILED);
	g_assert_cmpint(mincore(memory, size, map), ==, 0);
	for (size_t i = 0; i < count; i++)
		resident += map[i] & 1;
	munmap(memory, size);
	close(fd);
	return resident * 100 / count;
}

/* Writes a whole part and returns what is left of it in memory. */
static size_t write_part(const struct disk *disk, const char *folder)
{
	static char piece[PIECE];
	g_autofree char *path = g_build_filename(folder, "part.mjr", NULL);
	struct part part = {0};
	g_assert_cmpint(part_create(&part, disk, path), ==, 0);
	for (off_t i = 0; i < PIECES; i++) {
		struct iovec run = {piece, sizeof piece};
		size_t written;
		g_assert_cmpint(part_write(&part, &run, 1, i * PIECE, &written), ==, 0);
	}
	g_assert_cmpint(part_finish(&part, true), ==, 0);
	part_fini(&part);
	size_t percent = percent_resident(path, (size_t)PIECES * PIECE);
	g_unlink(path);
	return percent;
}

static void a_finished_part_leaves_the_page_cache(void)
{
	g_autofree char *pattern = g_test_build_filename(G_TEST_BUILT, "part-XXXXXX", NULL);
	char *folder = g_mkdtemp(pattern);
	g_assert_nonnull(folder);
	if (has_cache_to_drop(folder)) {
		struct disk keeping = *disk_system();
		keeping.start_write = keeping.drop_cache = NULL;
		g_assert_cmpuint(write_part(&keeping, folder), >, 90);
		g_assert_cmpuint(write_part(disk_system(), folder), <, 10);
	} else {
		g_test_skip("the build folder is in memory");
	}
	g_rmdir(folder);
}

static int fail_to_sync(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return -EIO;
}

/* The kernel tells once that it could not write what it held; the next sync finds nothing wrong. */
static void a_sync_that_failed_once_has_failed(void)
{
	g_autofree char *folder = g_dir_make_tmp("part-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "part.mjr", NULL);
	struct disk disk = *disk_system();
	struct part part = {0};
	struct iovec run = {path, 1};
	size_t written;
	g_assert_cmpint(part_create(&part, &disk, path), ==, 0);
	g_assert_cmpint(part_write(&part, &run, 1, 0, &written), ==, 0);
	disk.sync = fail_to_sync;
	g_assert_cmpint(part_sync(&part), ==, -EIO);
	disk.sync = disk_system()->sync;
	g_assert_cmpint(part_finish(&part, true), ==, -EIO);
	part_fini(&part);
	g_unlink(path);
	g_rmdir(folder);
}

/* Neither a file without a name nor one of another's takes anything. */
static void a_part_that_is_missed_takes_nothing(void)
{
	g_autofree char *folder = g_dir_make_tmp("part-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "part.mjr", NULL);
	struct part part = {0};
	struct iovec run = {path, 1};
	size_t written;
	g_assert_cmpint(part_create(&part, disk_system(), path), ==, 0);
	g_unlink(path);
	g_assert_cmpint(part_write(&part, &run, 1, 0, &written), ==, -ESTALE);
	g_assert_cmpuint(written, ==, 0);
	g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
	g_assert_cmpint(part_write(&part, &run, 1, 0, &written), ==, -ESTALE);
	part_cut(&part, 0);
	g_assert_cmpint(part_finish(&part, true), ==, 0);
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	part_fini(&part);
	g_unlink(path);
	g_rmdir(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/part/a_finished_part_leaves_the_page_cache",
		a_finished_part_leaves_the_page_cache);
	g_test_add_func(
		"/part/a_sync_that_failed_once_has_failed", a_sync_that_failed_once_has_failed);
	g_test_add_func(
		"/part/a_part_that_is_missed_takes_nothing", a_part_that_is_missed_takes_nothing);
	return g_test_run();
}
