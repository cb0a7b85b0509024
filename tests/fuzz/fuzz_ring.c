/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An input is a ring as a killed process, or somebody who means harm, has left it in the ring
 * folder (see ring_file.h). Recovery takes from it whole frames or nothing, and the same when it is
 * begun again.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/mjr.h"
#include "recording/salvage.h"
#include "tests/common/sample.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/ring_file.h"

static int do_not_sync(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return 0;
}

static int do_not_sync_folder(void *ctx, const char *folder)
{
	(void)ctx;
	(void)folder;
	return 0;
}

static void set_aside(const char *path, const char *why, const void *ctx)
{
	(void)why;
	(void)ctx;
	g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
	g_assert_cmpint(rename(path, aside), ==, 0);
}

static char *make_file(const char *folder, const char *name, struct bytes content)
{
	char *path = g_build_filename(folder, name, NULL);
	g_assert_true(g_file_set_contents_full(path, (const char *)content.data,
		(gssize)content.len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
	return path;
}

/* Where what waits in the ring went, if it went anywhere, whole frames and no more. */
static void check_part(const char *folder, const struct manifest_part *part)
{
	g_autofree char *path = g_build_filename(folder, part->file, NULL);
	g_autofree char *content = NULL;
	gsize size = 0;
	g_assert_null(strchr(part->file, '/'));
	g_assert_true(g_file_get_contents(path, &content, &size, NULL));
	g_assert_cmpuint(part->bytes, ==, size);
	struct bytes rest = {(const uint8_t *)content, size};
	struct mjr_header header;
	g_assert_cmpint(mjr_header_parse(&header, rest), ==, 0);
}

static uint64_t recover(const char *folder, const char *ring)
{
	struct disk disk = *disk_system();
	disk.sync = do_not_sync;
	disk.sync_folder = do_not_sync_folder;
	atomic_bool stop = false;
	struct manifest manifest;
	sample_minimal(&manifest);
	const struct salvage salvage = {
		.disk = &disk,
		.folder = folder,
		.stop = &stop,
		.manifest = &manifest,
		.set_aside = set_aside,
	};
	struct manifest_track *track = &manifest.tracks[0];
	int err = salvage_ring(&salvage, track, ring);
	g_assert_true(err == 0 || err == -EBADMSG || err == -ENODATA);
	g_assert_cmpint(salvage_books(&salvage, track), ==, 0);
	uint64_t packets = 0;
	for (size_t i = 0; i < track->part_count; i++) {
		check_part(folder, &track->parts[i]);
		packets += track->parts[i].packets;
	}
	manifest_fini(&manifest);
	return packets;
}

static void remove_all(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, file, NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes rest = {data, size};
	if (!bytes_skip(&rest, RING_FILE_PREFIX))
		return 0;
	off_t ring_size = bytes_get_u32(data) % (RING_FILE_SIZE_MAX + 1);
	size_t part_size = MIN(bytes_get_u16(data + 4), rest.len);
	g_autofree char *folder = g_dir_make_tmp("fuzz-XXXXXX", NULL);
	if (part_size > 0)
		g_free(make_file(folder, RING_FILE_PART, (struct bytes){rest.data, part_size}));
	(void)bytes_skip(&rest, part_size);
	g_autofree char *ring = make_file(folder, RING_FILE_NAME, rest);
	g_assert_cmpint(truncate(ring, ring_size), ==, 0);
	uint64_t packets = recover(folder, ring);
	g_assert_cmpuint(recover(folder, ring), ==, packets);
	remove_all(folder);
	return 0;
}
