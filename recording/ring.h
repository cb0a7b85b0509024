/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A single-producer, single-consumer ring of bytes in a file that outlives us.
 *
 * The file lies on tmpfs and is mapped shared: what the producer has published
 * is there for the next process even after SIGKILL. Its first page is a header
 * with both positions and with what the consumer needs to go on with: which
 * part file is being written, and which file offset belongs to which position.
 * Positions count bytes since creation and never wrap; the offset in the ring
 * is the position modulo its size.
 *
 * Producer: the media thread. Consumer: one writer thread. ring_reserve() and
 * ring_publish() make no system call, take no lock and never wait. A ring has
 * room or it has not: it never overwrites.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring;

enum {
	RING_SIZE_MIN = 128 << 10, /* two of the largest frames */
	RING_SIZE_DEFAULT = 4 << 20,
	RING_SIZE_MAX = 1 << 30,
	RING_CONTEXT_SIZE = 2048, /* bytes of the header that the consumer may use */
};

/*
 * Creates the file `path` (O_EXCL) with room for `size` bytes, a power of two between the limits.
 * The memory is not committed: pages come as they are touched. 0 or -errno. Thread: any.
 */
int ring_create(struct ring **out, const char *path, size_t size);

/* Maps a ring that another process left. -EBADMSG: not one of ours, or damaged. Thread: any. */
int ring_open(struct ring **out, const char *path);

/* Unmaps; the file stays. NULL is fine. Neither side may be using it. */
void ring_close(struct ring *ring);

/* Unmaps and removes the file. NULL is fine. */
void ring_destroy(struct ring *ring);

/* --- producer: media thread --- */

/*
 * Copies a run of `count` pieces into the ring as one unit and publishes it.
 * False, changing nothing, when there is no room for all of it.
 */
bool ring_push(struct ring *ring, const struct iovec *pieces, size_t count);

/* Bytes that wait now; exact for the producer, a lower bound for others. Thread: any. */
size_t ring_pending(const struct ring *ring);

/* --- consumer: writer thread --- */

/*
 * All that is published and not yet consumed, as one or two runs in order; returns how many
 * (0: nothing). The bytes stay valid until ring_consume().
 */
size_t ring_peek(const struct ring *ring, struct iovec out[static 2]);

/*
 * Gives `len` bytes back to the producer, and their memory to the kernel when a run of pages has
 * become free. Keeps the pages just ahead of the producer committed, so that it takes no page
 * fault.
 */
void ring_consume(struct ring *ring, size_t len);

/* Position of the consumer: bytes consumed since creation. Thread: consumer. */
uint64_t ring_tail(const struct ring *ring);

/* RING_CONTEXT_SIZE bytes that live in the header, zero at creation. Consumer's own. */
void *ring_context(struct ring *ring);

/* Most bytes that ever waited. Thread: consumer. */
size_t ring_high_water(const struct ring *ring);
