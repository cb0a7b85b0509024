/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames into buffers, and full buffers into files, on the media thread. See recorder.h. */
#include "bench/recorder.h"

#include <glib.h>
#include <string.h>

#include "common/mjr.h"
#include "recording/part.h"

enum {
	BUFFER = 192 << 10 /* about what a tick of the plugin writes of a video track */
};

struct file {
	struct part part;
	uint8_t *buffer;
	size_t filled;
};

struct bare {
	unsigned count;
	struct file *files;
};

static void *open_bare(const struct recorder_setup *setup)
{
	static const char *const KINDS[] = {"audio", "video", "rtcp"};
	struct bare *bare = g_new0(struct bare, 1);
	bare->count = setup->streams * TRAFFIC_KINDS;
	bare->files = g_new0(struct file, bare->count);
	for (unsigned i = 0; i < bare->count; i++) {
		g_autofree char *path = g_strdup_printf("%s/s%u-%s.mjr", setup->recordings,
			i / TRAFFIC_KINDS, KINDS[i % TRAFFIC_KINDS]);
		if (part_create(&bare->files[i].part, disk_system(), path) < 0)
			g_error("cannot create %s", path);
		bare->files[i].buffer = g_malloc(BUFFER);
	}
	return bare;
}

static void empty(struct file *file)
{
	const struct iovec piece = {file->buffer, file->filled};
	size_t written;
	if (part_write(&file->part, &piece, 1, file->part.size, &written) < 0)
		g_error("cannot write %s", file->part.path);
	file->filled = 0;
}

static void take(void *self, const struct traffic_packet *packet)
{
	struct bare *bare = self;
	struct file *file = &bare->files[packet->stream * TRAFFIC_KINDS + packet->kind];
	if (file->filled + MJR_FRAME_HEADER_SIZE + packet->len > BUFFER)
		empty(file);
	uint8_t *frame = file->buffer + file->filled;
	mjr_frame_put(frame, 0, (uint16_t)packet->len);
	memcpy(frame + MJR_FRAME_HEADER_SIZE, packet->data, packet->len);
	file->filled += MJR_FRAME_HEADER_SIZE + packet->len;
}

static void close_bare(void *self)
{
	struct bare *bare = self;
	for (unsigned i = 0; i < bare->count; i++) {
		struct file *file = &bare->files[i];
		empty(file);
		(void)part_finish(&file->part, false);
		part_fini(&file->part);
		g_free(file->buffer);
	}
	g_free(bare->files);
	g_free(bare);
}

const struct recorder recorder_bare = {
	.name = "bare", .open = open_bare, .take = take, .close = close_bare};
