/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring. See ring.h.
 *
 * Memory order: each side owns one index, reads its own relaxed and the other's
 * with acquire, and publishes its own with release, in the file first: so the
 * other side never acts upon, and notes in the file, what a kill could still keep
 * out of it. The producer's half of the file is never read while it is written: a
 * store needs not wait until its cache line is there. `base` moves only while the
 * ring is empty, before the head does: whoever sees a byte by the head sees the
 * base that it was stored by, and none that is later.
 */
#include "recording/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cacheline.h"

enum {
	VERSION = 4,
	PAGE = 4096, /* granularity of memory; the header's size */
};

static const uint64_t NEVER = UINT64_MAX; /* refused_tail: there was room */
static const char MAGIC[8] = "JRECRING";

/* The first page of the file. Native byte order: it never leaves the machine. */
struct ring_header {
	char magic[8];
	uint32_t version;
	uint64_t size;
	alignas(CACHELINE) _Atomic uint64_t head; /* producer's, as is */
	_Atomic uint64_t base;
	alignas(CACHELINE) uint8_t mark[RING_MARK_SIZE];
	alignas(CACHELINE) _Atomic uint64_t tail; /* consumer's */
	alignas(CACHELINE) uint8_t context[RING_CONTEXT_SIZE];
};

_Static_assert(sizeof(struct ring_header) <= PAGE, "the header fits its page");

_Static_assert(offsetof(struct ring, high_water) == CACHELINE, "a push needs one line");

static uint8_t *data_of(const struct ring *ring)
{
	return (uint8_t *)ring->header + PAGE;
}

/* One side's index moves: what was done before is seen by whoever sees it. */
static void publish(_Atomic uint64_t *in_file, _Atomic uint64_t *index, uint64_t position)
{
	atomic_store_explicit(in_file, position, memory_order_release);
	atomic_store_explicit(index, position, memory_order_release);
}

static uint64_t base_of(const struct ring *ring)
{
	return atomic_load_explicit(&ring->base, memory_order_relaxed);
}

/* The contiguous runs, one or two, that a range of positions covers. */
struct span {
	size_t offset;
	size_t len;
};

static size_t spans(struct span out[static 2], const struct ring *ring, uint64_t from, size_t len)
{
	size_t offset = (size_t)((from - base_of(ring)) & (ring->size - 1));
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
	if (madvise(data_of(ring) + run->offset, run->len, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno != EINVAL)
		return false;
#endif
	return allocate(ring, run);
}

size_t ring_committed(const struct ring *ring)
{
	return atomic_load_explicit(&ring->committed, memory_order_relaxed);
}

/* Backs the first `len` bytes with memory. False when the file system has none left. */
static bool commit(struct ring *ring, size_t len)
{
	size_t to = MIN(step_ceil(len), ring->size);
	size_t from = ring_committed(ring);
	struct span more = {from, to - from};
	if (!populate(ring, &more))
		return false;
	atomic_store_explicit(&ring->committed, to, memory_order_relaxed);
	return true;
}

/*
 * The ring is empty: begins at the start again, where memory is mapped and still in the caches.
 * What a burst took is given back once it has not been needed for a while; the margins keep a
 * stream whose rate goes up and down from doing so all the time.
 */
static void rewind_to_start(struct ring *ring, uint64_t head)
{
	uint64_t used = head - base_of(ring);
	ring->need -= ring->need / 8;
	ring->need = (size_t)MAX((uint64_t)ring->need, MIN(used, ring->size));
	publish(&ring->header->base, &ring->base, head);

	size_t keep = MAX(step_ceil(ring->need + ring->need / 2), (size_t)RING_COMMIT_START);
	size_t committed = ring_committed(ring);
	if (committed < 2 * keep)
		return;
	(void)madvise(data_of(ring) + keep, committed - keep, MADV_REMOVE);
	atomic_store_explicit(&ring->committed, keep, memory_order_relaxed);
}

/* Takes `fd` over, also on failure. A mapped ring needs none: descriptors are scarce. */
static int map(struct ring *ring, int fd, const char *path, size_t size)
{
	void *memory = mmap(NULL, PAGE + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int err = memory == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err < 0)
		return err;
	*ring = (struct ring){
		.header = memory,
		.size = size,
		.refused_tail = NEVER,
		.path = g_strdup(path),
	};
	return 0;
}

static bool is_good_size(uint64_t size)
{
	return size >= RING_SIZE_MIN && size <= RING_SIZE_MAX && (size & (size - 1)) == 0;
}

int ring_create(struct ring *ring, const char *path, size_t size)
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
	if ((err = map(ring, fd, path, size)) < 0)
		goto fail;
	if (!commit(ring, RING_COMMIT_START)) {
		err = -ENOSPC;
		ring_close(ring);
		goto fail;
	}
	ring->header->version = VERSION;
	ring->header->size = size;
	memcpy(ring->header->magic, MAGIC, sizeof MAGIC);
	return 0;
fail:
	unlink(path);
	return err;
}

/* What was never published, such as the end of a file that somebody has cut, has no memory. */
static bool is_sound(const struct ring_header *header, const struct stat *st)
{
	uint64_t head = atomic_load_explicit(&header->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&header->tail, memory_order_relaxed);
	uint64_t base = atomic_load_explicit(&header->base, memory_order_relaxed);
	return memcmp(header->magic, MAGIC, sizeof MAGIC) == 0 && header->version == VERSION &&
	       header->size == (uint64_t)st->st_size - PAGE && base <= tail && tail <= head &&
	       head - tail <= header->size && head - tail <= (uint64_t)st->st_blocks * 512;
}

/* Anything may have the name of a ring; what is another user's may be cut short while mapped. */
static int open_own(struct stat *st, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		bool is_foreign =
			errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == EACCES;
		return is_foreign ? -EBADMSG : -errno;
	}
	int err = fstat(fd, st) < 0 ? -errno : 0;
	if (err == 0 && (!S_ISREG(st->st_mode) || st->st_uid != geteuid()))
		err = -EBADMSG;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int ring_open(struct ring *ring, const char *path)
{
	struct stat st;
	int fd = open_own(&st, path);
	if (fd < 0)
		return fd;
	int err = 0;
	if (st.st_size == 0)
		err = -ENODATA; /* killed before it had its size */
	else if (st.st_size < PAGE || !is_good_size((uint64_t)st.st_size - PAGE))
		err = -EBADMSG;
	if (err < 0) {
		close(fd);
		return err;
	}
	if ((err = map(ring, fd, path, (size_t)st.st_size - PAGE)) < 0)
		return err;
	if (!is_sound(ring->header, &st)) {
		static const char NONE[sizeof MAGIC];
		err = memcmp(ring->header->magic, NONE, sizeof NONE) == 0 ? -ENODATA : -EBADMSG;
		ring_close(ring);
		return err;
	}
	atomic_init(&ring->head, ring->header->head);
	atomic_init(&ring->base, ring->header->base);
	atomic_init(&ring->tail, ring->header->tail);
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->header == NULL)
		return;
	munmap(ring->header, PAGE + ring->size);
	g_free(ring->path);
	*ring = (struct ring){0};
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
	uint64_t base = base_of(ring);
	if (head == tail && head != base) {
		rewind_to_start(ring, head);
		base = head;
	}
	uint64_t end = head - base + len;
	size_t committed = ring_committed(ring);
	if (end <= committed || committed == ring->size)
		return true;
	return commit(ring, (size_t)MIN(end, ring->size));
}

/* Refuses all after a refusal until the consumer, who has something to come for, has come. */
static bool make_room(struct ring *ring, uint64_t head, size_t len)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	if (ring->refused_tail == tail && head != tail)
		return false;
	bool has_room = find_room(ring, head, tail, len);
	ring->refused_tail = has_room ? NEVER : tail;
	return has_room;
}

/*
 * The next run will probably be as long: the cache lines of its place are called in meanwhile. The
 * consumer has had them last, and without this the next copy would wait for them.
 */
static void prepare(const struct ring *ring, uint64_t head, size_t len)
{
	struct span runs[2];
	spans(runs, ring, head, len);
	const uint8_t *next = data_of(ring) + runs[0].offset;
	for (size_t i = 0; i < runs[0].len; i += CACHELINE)
		__builtin_prefetch(next + i, 1);
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
			memcpy(data_of(ring) + runs[j].offset, from, runs[j].len);
			from += runs[j].len;
		}
		head += pieces[i].iov_len;
	}
	publish(&ring->header->head, &ring->head, head);
	prepare(ring, head, len);
	return true;
}

uint64_t ring_head(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed);
}

void *ring_mark(struct ring *ring)
{
	return ring->header->mark;
}

size_t ring_pending(const struct ring *ring)
{
	/* The tail first: the other way round it could have passed the head that was read. */
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	return (size_t)(head - tail);
}

size_t ring_peek(struct ring *ring, struct iovec out[static 2])
{
	uint64_t tail = ring_tail(ring);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	ring->high_water = MAX(ring->high_water, (size_t)(head - tail));
	struct span runs[2];
	size_t count = spans(runs, ring, tail, (size_t)(head - tail));
	for (size_t i = 0; i < count; i++)
		out[i] = (struct iovec){data_of(ring) + runs[i].offset, runs[i].len};
	return count;
}

void ring_consume(struct ring *ring, size_t len)
{
	publish(&ring->header->tail, &ring->tail, ring_tail(ring) + len);
}

uint64_t ring_tail(const struct ring *ring)
{
	return atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

void *ring_context(struct ring *ring)
{
	return ring->header->context;
}

size_t ring_high_water(const struct ring *ring)
{
	return ring->high_water;
}
