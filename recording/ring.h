/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A single-producer, single-consumer ring of bytes in a file that outlives us.
 *
 * The file lies on tmpfs and is mapped shared: what the producer has published
 * is there for the next process even after SIGKILL. Its first page is a header
 * with both positions and with what either side keeps there for that process:
 * when the first frame came, which part file is being written, and which file
 * offset belongs to which position. Positions count bytes since creation and
 * never wrap.
 *
 * The producer goes back to the start of the data whenever it finds the ring
 * empty, as it does after most flushes. So a ring holds as much memory as has
 * lately waited in it, whatever its size, and that memory stays mapped:
 *
 *      base ≤ tail ≤ head ≤ tail + size       all from `base` on lie in order,
 *                                             modulo size
 *
 * Each index is kept twice: in the file, for the next process, and in `struct ring`,
 * for the other side in this one. The file's is only ever written, and first.
 *
 * Producer: the media thread. Consumer: one writer thread. ring_push() takes no
 * lock and never waits. It makes no system call, except one madvise() per
 * RING_COMMIT_STEP while more waits than lately did, and one to give back what
 * that took; a full tmpfs then means no room, never SIGBUS. A ring has room or it
 * has not: it never overwrites. Once it has refused something it refuses all until
 * the consumer has made room: what is lost then is one run, not a sieve.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
	RING_COMMIT_START = 128 << 10, /* memory of a new ring: half a second of 2 Mbit/s */
	RING_COMMIT_STEP = 64 << 10,   /* what is taken at a time, when that is too little */
	RING_SIZE_MIN = 256 << 10,     /* some frames of the largest size */
	RING_SIZE_DEFAULT = 4 << 20,
	RING_SIZE_MAX = 1 << 30,
	RING_MARK_SIZE = 512,     /* bytes of the header that the producer may use */
	RING_CONTEXT_SIZE = 2048, /* bytes of the header that the consumer may use */
};

/*
 * The fields are ring.c's own. The first 64 bytes are all that a push needs, to be put into one
 * cache line. The consumer's index is among them: the producer looks at it for each packet, the
 * consumer moves it a few times per second.
 */
struct ring {
	struct ring_header *header; /* constant: of the mapping; a page further are the data */
	size_t size;                /* constant: of the data */
	_Atomic uint64_t head;      /* producer's: bytes published since creation */
	_Atomic uint64_t base;      /* producer's: the position at the start of the data */
	_Atomic uint64_t tail;      /* consumer's: bytes consumed since creation */
	_Atomic size_t committed;   /* producer's: bytes of data, from the start, with memory */
	size_t need;                /* producer's: bytes used between two returns, of late */
	uint64_t refused_tail;      /* producer's: where the tail was when there was no room */

	size_t high_water; /* consumer's */
	char *path;        /* constant */
};

/*
 * Creates the file `path` (O_EXCL, mode 0600) with room for `size` bytes, a power of two between
 * the limits, and takes memory for the first RING_COMMIT_START of it. 0 or -errno; -EINVAL for a
 * bad size, -ENOSPC when the tmpfs is full; then there is no file. Thread: any.
 */
int ring_create(struct ring *ring, const char *path, size_t size);

/*
 * Maps a ring that another process left, to be drained. 0, -errno, or -EBADMSG: not one of ours,
 * nor of this user's, or damaged; -ENODATA: its creation was not completed, so it holds nothing.
 * Thread: any.
 */
int ring_open(struct ring *ring, const char *path);

/* Unmaps; the file stays. A zeroed one is fine. Neither side may be using it. */
void ring_close(struct ring *ring);

/* Removes the file and leaves the mapping, so that either side may go on. Thread: any, once. */
void ring_unlink(struct ring *ring);

/* --- producer: media thread --- */

/*
 * Copies a run of `count` pieces into the ring as one unit and publishes it.
 * False, changing nothing, when there is no room for all of it.
 */
bool ring_push(struct ring *ring, const struct iovec *pieces, size_t count);

/* Position of the producer: bytes published since creation. Thread: producer. */
uint64_t ring_head(const struct ring *ring);

/*
 * RING_MARK_SIZE bytes in the header, zero at creation. Written by the producer; whoever sees what
 * was pushed afterwards sees them too.
 */
void *ring_mark(struct ring *ring);

/* Bytes that wait now; exact for the producer, a lower bound for others. Thread: any. */
size_t ring_pending(const struct ring *ring);

/* Bytes of memory that its data have. Thread: any. */
size_t ring_committed(const struct ring *ring);

/* --- consumer: writer thread --- */

/*
 * All that is published and not yet consumed, as one or two runs in order; returns how many
 * (0: nothing). The bytes stay valid until ring_consume().
 */
size_t ring_peek(struct ring *ring, struct iovec out[static 2]);

/* Advances the tail past `len` bytes: the producer may use their place again. */
void ring_consume(struct ring *ring, size_t len);

/* Position of the consumer: bytes consumed since creation. Thread: consumer. */
uint64_t ring_tail(const struct ring *ring);

/* RING_CONTEXT_SIZE bytes in the header, zero at creation. Consumer's own. */
void *ring_context(struct ring *ring);

/* Most bytes that ring_peek() ever found waiting. Thread: consumer. */
size_t ring_high_water(const struct ring *ring);
