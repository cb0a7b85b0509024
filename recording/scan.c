/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See scan.h. */
#include "recording/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

enum {
	FRAME_MAX = MJR_FRAME_HEADER_SIZE + MJR_PAYLOAD_MAX,
	REACH = FRAME_MAX + MJR_FRAME_HEADER_SIZE, /* a frame, and what the next begins with */
	CAPACITY = 1 << 20
};

_Static_assert(
	REACH < CAPACITY && (int)MJR_HEADER_READ_MAX < (int)CAPACITY, "the buffer is large enough");

struct scan {
	int fd;
	const atomic_bool *stop;
	struct mjr_info info;
	off_t read;          /* bytes read from the file so far */
	off_t whole;         /* where the last whole frame, or the header, ends */
	struct bytes window; /* of `buffer`: read and not yet passed */
	bool is_at_end;      /* of the file */
	bool is_in_step;     /* a frame has just ended here */
	uint8_t buffer[CAPACITY];
};

/* Has `need` bytes in the window, if the file has them. */
static int fill(struct scan *scan, size_t need)
{
	if (scan->window.len >= need || scan->is_at_end)
		return 0;
	memmove(scan->buffer, scan->window.data, scan->window.len);
	scan->window.data = scan->buffer;
	while (scan->window.len < CAPACITY && !scan->is_at_end) {
		if (atomic_load(scan->stop))
			return -ECANCELED;
		size_t room = CAPACITY - scan->window.len;
		ssize_t len = read(scan->fd, scan->buffer + scan->window.len, room);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		scan->is_at_end = len == 0;
		scan->read += len;
		scan->window.len += (size_t)len;
	}
	return 0;
}

static int read_header(struct scan *scan)
{
	struct mjr_header header;
	int err = fill(scan, MJR_HEADER_READ_MAX);
	if (err < 0)
		return err;
	if (mjr_header_parse(&header, scan->window) < 0 || header.version != MJR_VERSION_2 ||
		mjr_info_parse(&scan->info, &header, NULL) < 0)
		return -EBADMSG;
	bytes_skip(&scan->window, header.size);
	scan->whole = (off_t)header.size;
	scan->is_in_step = true;
	return 0;
}

int scan_open(struct scan **out, const char *path, const atomic_bool *stop)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	struct scan *scan = g_new0(struct scan, 1);
	scan->fd = fd;
	scan->stop = stop;
	scan->window.data = scan->buffer;
	int err = read_header(scan);
	if (err < 0) {
		scan_close(scan);
		return err;
	}
	*out = scan;
	return 0;
}

void scan_close(struct scan *scan)
{
	if (scan == NULL)
		return;
	close(scan->fd);
	mjr_info_fini(&scan->info);
	g_free(scan);
}

const struct mjr_info *scan_info(const struct scan *scan)
{
	return &scan->info;
}

/* What looks like a frame in the middle of damage may be a part of another's payload. */
static bool is_followed(const struct scan *scan, const struct mjr_frame *frame)
{
	struct bytes rest = scan->window;
	struct mjr_frame next;
	bytes_skip(&rest, frame->size);
	return rest.len == 0 || mjr_frame_parse(&next, rest, MJR_VERSION_2) != -EBADMSG;
}

int scan_next(struct mjr_frame *out, struct scan *scan)
{
	while (true) {
		int err = fill(scan, REACH);
		if (err < 0)
			return err;
		if (scan->window.len == 0)
			return 0;
		err = mjr_frame_parse(out, scan->window, MJR_VERSION_2);
		if (err == 0 && (scan->is_in_step || is_followed(scan, out)))
			break;
		scan->is_in_step = false;
		bytes_skip(&scan->window, 1);
	}
	scan->is_in_step = true;
	bytes_skip(&scan->window, out->size);
	scan->whole = scan->read - (off_t)scan->window.len;
	return 1;
}

off_t scan_whole(const struct scan *scan)
{
	return scan->whole;
}

off_t scan_size(const struct scan *scan)
{
	return scan->read;
}
