/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring. See ring.h.
 *
 * Memory order: each side owns one index, reads its own relaxed and the other's
 * with acquire, and publishes its own with release. `base` moves only while the
 * ring is empty, before the head does: whoever sees a byte by the head sees the
 * base that it was stored by, and none that is later.
 */
#include "recording/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	VERSION = 4,
	PAGE = 4096, /* granularity of memory; the header's size */
	CACHE_LINE = 64,
};

static const char MAGIC[8] = "JRECRING";

/* The first page of the file. Native byte order: it never leaves the machine. */
struct header {
	char magic[8];
	uint32_t version;
	uint64_t size;
	alignas(CACHE_LINE) _Atomic uint64_t head; /* producer's */
	_Atomic uint64_t base; /* producer's: the position that lies at the start of the data */
	alignas(CACHE_LINE) uint8_t mark[RING_MARK_SIZE];
	alignas(CACHE_LINE) _Atomic uint64_t tail; /* consumer's */
	alignas(CACHE_LINE) uint8_t context[RING_CONTEXT_SIZE];
};

_Static_assert(sizeof(struct header) <= PAGE, "the header fits its page");

struct ring {
	/* constant after create */
	struct header *header;
	uint8_t *data;
	size_t size;
	char *path;

	/* owned by the producer */
	alignas(CACHE_LINE) size_t committed; /* bytes of data, from the start, that have memory */
	size_t need;                          /* bytes used between two returns, of late */
	bool has_refused;                     /* since the consumer stood at: */
	uint64_t refused_tail;

	/* owned by the consumer */
	alignas(CACHE_LINE) size_t high_water;
};

/* The contiguous runs, one or two, that a range of positions covers. */
struct span {
	size_t offset;
	size_t len;
};

static size_t spans(struct span out[static 2], const struct ring *ring, uint64_t from, size_t len)
{
	uint64_t base = atomic_load_explicit(&ring->header->base, memory_order_relaxed);
	size_t offset = (size_t)((from - base) & (ring->size - 1));
	size_t first = MIN(len, ring->size - offset);
	out[0] = (struct span){offset, first};
	out[1] = (struct span){0, len - first};
	return (size_t)(len > 0) + (size_t)(len > first);
}

static size_t step_ceil(size_t len)
{
	return (len + RING_COMMIT_STEP - 1) & ~(size_t)(RING_COMMIT_STEP - 1);
}

/* For kernels before 5.14: memory, but not yet a mapping; the producer takes a minor fault a page.
 */
static bool allocate(const struct ring *ring, const struct span *run)
{
	int fd = open(ring->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool is_done = fallocate(fd, 0, (off_t)(PAGE + run->offset), (off_t)run->len) == 0;
	close(fd);
	return is_done;
}

/* A full file system is an error here, and would be SIGBUS at the first touch. */
static bool populate(const struct ring *ring, const struct span *run)
{
#ifdef MADV_POPULATE_WRITE
	if (madvise(ring->data + run->offset, run->len, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno != EINVAL)
		return false;
#endif
	return allocate(ring, run);
}

/* Backs the first `len` bytes with memory. False when the file system has none left. */
static bool commit(struct ring *ring, size_t len)
{
	size_t to = MIN(step_ceil(len), ring->size);
	struct span more = {ring->committed, to - ring->committed};
	if (!populate(ring, &more))
		return false;
	ring->committed = to;
	return true;
}

/*
 * The ring is empty: begins at the start again, where memory is mapped and still in the caches.
 * What a burst took is given back once it has not been needed for a while; the margins keep a
 * stream whose rate goes up and down from doing so all the time.
 */
static void rewind_to_start(struct ring *ring, uint64_t head)
{
	struct header *header = ring->header;
	uint64_t used = head - atomic_load_explicit(&header->base, memory_order_relaxed);
	ring->need -= ring->need / 8;
	ring->need = (size_t)MAX((uint64_t)ring->need, MIN(used, ring->size));
	atomic_store_explicit(&header->base, head, memory_order_relaxed);

	size_t keep = MAX(step_ceil(ring->need + ring->need / 2), (size_t)RING_COMMIT_START);
	if (ring->committed < 2 * keep)
		return;
	(void)madvise(ring->data + keep, ring->committed - keep, MADV_REMOVE);
	ring->committed = keep;
}

/* Takes `fd` over, also on failure. A mapped ring needs none: descriptors are scarce. */
static int map(struct ring **out, int fd, const char *path, size_t size)
{
	void *memory = mmap(NULL, PAGE + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int err = memory == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err < 0)
		return err;
	struct ring *ring = aligned_alloc(alignof(struct ring), sizeof *ring);
	if (ring == NULL)
		g_error("out of memory");
	memset(ring, 0, sizeof *ring);
	ring->header = memory;
	ring->data = (uint8_t *)memory + PAGE;
	ring->size = size;
	ring->path = g_strdup(path);
	*out = ring;
	return 0;
}

static bool is_good_size(uint64_t size)
{
	return size >= RING_SIZE_MIN && size <= RING_SIZE_MAX && (size & (size - 1)) == 0;
}

int ring_create(struct ring **out, const char *path, size_t size)
{
	if (!is_good_size(size))
		return -EINVAL;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int err = 0;
	if (ftruncate(fd, (off_t)(PAGE + size)) < 0 || fallocate(fd, 0, 0, PAGE) < 0) {
		err = -errno;
		close(fd);
		goto fail;
	}
	struct ring *ring = NULL;
	if ((err = map(&ring, fd, path, size)) < 0)
		goto fail;
	if (!commit(ring, RING_COMMIT_START)) {
		err = -ENOSPC;
		ring_close(ring);
		goto fail;
	}
	ring->header->version = VERSION;
	ring->header->size = size;
	memcpy(ring->header->magic, MAGIC, sizeof MAGIC);
	*out = ring;
	return 0;
fail:
	unlink(path);
	return err;
}

/* What was never published, such as the end of a file that somebody has cut, has no memory. */
static bool is_sound(const struct header *header, const struct stat *st)
{
	uint64_t head = atomic_load_explicit(&header->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&header->tail, memory_order_relaxed);
	uint64_t base = atomic_load_explicit(&header->base, memory_order_relaxed);
	return memcmp(header->magic, MAGIC, sizeof MAGIC) == 0 && header->version == VERSION &&
	       header->size == (uint64_t)st->st_size - PAGE && base <= tail && tail <= head &&
	       head - tail <= header->size && head - tail <= (uint64_t)st->st_blocks * 512;
}

int ring_open(struct ring **out, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	struct stat st;
	int err = fstat(fd, &st) < 0 ? -errno : 0;
	if (err == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		err = -ENODATA; /* killed before it had its size */
	if (err == 0 && (st.st_size < PAGE || !is_good_size((uint64_t)st.st_size - PAGE)))
		err = -EBADMSG;
	if (err < 0) {
		close(fd);
		return err;
	}
	struct ring *ring = NULL;
	if ((err = map(&ring, fd, path, (size_t)st.st_size - PAGE)) < 0)
		return err;
	if (!is_sound(ring->header, &st)) {
		static const char NONE[sizeof MAGIC];
		err = memcmp(ring->header->magic, NONE, sizeof NONE) == 0 ? -ENODATA : -EBADMSG;
		ring_close(ring);
		return err;
	}
	*out = ring;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring == NULL)
		return;
	munmap(ring->header, PAGE + ring->size);
	g_free(ring->path);
	free(ring);
}

void ring_unlink(struct ring *ring)
{
	unlink(ring->path);
}

/* Makes sure that `len` more bytes have a place, and that the place has memory. */
static bool find_room(struct ring *ring, uint64_t head, uint64_t tail, size_t len)
{
	if (len > ring->size - (size_t)(head - tail))
		return false;
	uint64_t base = atomic_load_explicit(&ring->header->base, memory_order_relaxed);
	if (head == tail && head != base) {
		rewind_to_start(ring, head);
		base = head;
	}
	uint64_t end = head - base + len;
	if (end <= ring->committed || ring->committed == ring->size)
		return true;
	return commit(ring, (size_t)MIN(end, ring->size));
}

/* Refuses all after a refusal until the consumer, who has something to come for, has come. */
static bool make_room(struct ring *ring, uint64_t head, size_t len)
{
	uint64_t tail = atomic_load_explicit(&ring->header->tail, memory_order_acquire);
	if (ring->has_refused && ring->refused_tail == tail && head != tail)
		return false;
	ring->has_refused = !find_room(ring, head, tail, len);
	ring->refused_tail = tail;
	return !ring->has_refused;
}

bool ring_push(struct ring *ring, const struct iovec *pieces, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += pieces[i].iov_len;
	uint64_t head = ring_head(ring);
	if (!make_room(ring, head, len))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct span runs[2];
		size_t run_count = spans(runs, ring, head, pieces[i].iov_len);
		const uint8_t *from = pieces[i].iov_base;
		for (size_t j = 0; j < run_count; j++) {
			memcpy(ring->data + runs[j].offset, from, runs[j].len);
			from += runs[j].len;
		}
		head += pieces[i].iov_len;
	}
	atomic_store_explicit(&ring->header->head, head, memory_order_release);
	return true;
}

uint64_t ring_head(const struct ring *ring)
{
	return atomic_load_explicit(&ring->header->head, memory_order_relaxed);
}

void *ring_mark(struct ring *ring)
{
	return ring->header->mark;
}

size_t ring_pending(const struct ring *ring)
{
	/* The tail first: the other way round it could have passed the head that was read. */
	uint64_t tail = atomic_load_explicit(&ring->header->tail, memory_order_acquire);
	uint64_t head = atomic_load_explicit(&ring->header->head, memory_order_acquire);
	return (size_t)(head - tail);
}

size_t ring_peek(struct ring *ring, struct iovec out[static 2])
{
	uint64_t tail = ring_tail(ring);
	uint64_t head = atomic_load_explicit(&ring->header->head, memory_order_acquire);
	ring->high_water = MAX(ring->high_water, (size_t)(head - tail));
	struct span runs[2];
	size_t count = spans(runs, ring, tail, (size_t)(head - tail));
	for (size_t i = 0; i < count; i++)
		out[i] = (struct iovec){ring->data + runs[i].offset, runs[i].len};
	return count;
}

void ring_consume(struct ring *ring, size_t len)
{
	atomic_store_explicit(&ring->header->tail, ring_tail(ring) + len, memory_order_release);
}

uint64_t ring_tail(const struct ring *ring)
{
	return atomic_load_explicit(&ring->header->tail, memory_order_relaxed);
}

void *ring_context(struct ring *ring)
{
	return ring->header->context;
}

size_t ring_high_water(const struct ring *ring)
{
	return ring->high_water;
}
