/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ring. See ring.h.
 *
 * Memory order: each side owns one index, reads its own relaxed and the other's
 * with acquire, and publishes its own with release. The producer's bound is
 * `committed` rather than the tail: memory that the consumer is about to give
 * back must not be written meanwhile.
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
	VERSION = 1,
	PAGE = 4096, /* granularity of positions given back; the header's size */
	CACHE_LINE = 64,
};

static const char MAGIC[8] = "JRECRING";

/* The first page of the file. Native byte order: it never leaves the machine. */
struct header {
	char magic[8];
	uint32_t version;
	uint32_t owner_pid;
	uint64_t owner_start; /* in clock ticks since boot: a pid may be used again */
	uint64_t size;
	alignas(CACHE_LINE) _Atomic uint64_t head; /* producer's */
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
	alignas(CACHE_LINE) uint64_t committed_seen; /* a copy that may be behind */

	/* atomic: positions */
	alignas(CACHE_LINE) _Atomic uint64_t committed; /* both raise it */
	_Atomic uint64_t limit;                         /* given back + size; consumer's */

	/* owned by the consumer */
	alignas(CACHE_LINE) uint64_t given_back;
	size_t high_water;
};

/* The contiguous runs, one or two, that a range of positions covers. */
struct span {
	size_t offset;
	size_t len;
};

static size_t spans(struct span out[static 2], const struct ring *ring, uint64_t from, uint64_t to)
{
	size_t offset = (size_t)(from & (ring->size - 1));
	size_t len = (size_t)(to - from);
	size_t first = MIN(len, ring->size - offset);
	out[0] = (struct span){offset, first};
	out[1] = (struct span){0, len - first};
	return (size_t)(len > 0) + (size_t)(len > first);
}

static uint64_t page_floor(uint64_t position)
{
	return position & ~(uint64_t)(PAGE - 1);
}

static void raise_to(_Atomic uint64_t *atomic, uint64_t value)
{
	uint64_t seen = atomic_load_explicit(atomic, memory_order_relaxed);
	while (seen < value && !atomic_compare_exchange_weak_explicit(atomic, &seen, value,
				       memory_order_acq_rel, memory_order_relaxed))
		;
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

/* Backs all positions before `to` with memory. False when the file system has none left. */
static bool commit(struct ring *ring, uint64_t to)
{
	uint64_t from = atomic_load_explicit(&ring->committed, memory_order_acquire);
	if (from >= to)
		return true;
	struct span runs[2];
	size_t count = spans(runs, ring, from, to);
	for (size_t i = 0; i < count; i++)
		if (!populate(ring, &runs[i]))
			return false;
	raise_to(&ring->committed, to);
	return true;
}

/*
 * Keeps `ahead` bytes committed in front of the producer. In steps, so that a slow track costs
 * few system calls.
 */
static void commit_ahead(struct ring *ring, size_t ahead)
{
	uint64_t limit = atomic_load_explicit(&ring->limit, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&ring->header->head, memory_order_acquire);
	uint64_t from = atomic_load_explicit(&ring->committed, memory_order_acquire);
	if (from >= head + ahead / 2)
		return;
	uint64_t to = MIN(page_floor(head + ahead), limit);
	(void)commit(ring, to);
}

/* Returns drained memory to the kernel, and only then lets the producer use its place again. */
static void give_back(struct ring *ring, uint64_t tail)
{
	uint64_t to = page_floor(tail);
	if (to - ring->given_back < RING_GIVE_BACK)
		return;
	struct span runs[2];
	size_t count = spans(runs, ring, ring->given_back, to);
	for (size_t i = 0; i < count; i++)
		(void)madvise(ring->data + runs[i].offset, runs[i].len, MADV_REMOVE);
	ring->given_back = to;
	atomic_store_explicit(&ring->limit, to + ring->size, memory_order_release);
}

/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
static uint64_t process_start(uint32_t pid)
{
	char path[64];
	g_snprintf(path, sizeof path, "/proc/%" G_GUINT32_FORMAT "/stat", pid);
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	/* The second field is the program's name in parentheses, and may hold any byte. */
	const char *field = strrchr(text, ')');
	for (int i = 2; field != NULL && i < 22; i++) {
		field = strchr(field, ' ');
		field = field == NULL ? NULL : field + 1;
	}
	return field == NULL ? 0 : strtoull(field, NULL, 10);
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
	atomic_init(&ring->limit, size);
	if (!commit(ring, RING_AHEAD_MIN)) {
		err = -ENOSPC;
		ring_close(ring);
		goto fail;
	}
	ring->header->version = VERSION;
	ring->header->owner_pid = (uint32_t)getpid();
	ring->header->owner_start = process_start(ring->header->owner_pid);
	ring->header->size = size;
	memcpy(ring->header->magic, MAGIC, sizeof MAGIC);
	*out = ring;
	return 0;
fail:
	unlink(path);
	return err;
}

static bool is_sound(const struct header *header, uint64_t file_size)
{
	uint64_t head = atomic_load_explicit(&header->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&header->tail, memory_order_relaxed);
	return memcmp(header->magic, MAGIC, sizeof MAGIC) == 0 && header->version == VERSION &&
	       header->size == file_size - PAGE && tail <= head && head - tail <= header->size;
}

int ring_open(struct ring **out, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	struct stat st;
	int err = fstat(fd, &st) < 0 ? -errno : 0;
	if (err == 0 && (st.st_size < PAGE || !is_good_size((uint64_t)st.st_size - PAGE)))
		err = -EBADMSG;
	if (err < 0) {
		close(fd);
		return err;
	}
	struct ring *ring = NULL;
	if ((err = map(&ring, fd, path, (size_t)st.st_size - PAGE)) < 0)
		return err;
	if (!is_sound(ring->header, (uint64_t)st.st_size)) {
		ring_close(ring);
		return -EBADMSG;
	}
	ring->given_back = page_floor(ring_tail(ring));
	ring->committed_seen = page_floor(ring_head(ring));
	atomic_init(&ring->committed, ring->committed_seen);
	atomic_init(&ring->limit, ring->given_back + ring->size);
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

bool ring_is_orphan(const struct ring *ring)
{
	return process_start(ring->header->owner_pid) != ring->header->owner_start;
}

/* Finds room up to position `end` past what was last seen. */
static bool make_room(struct ring *ring, uint64_t end)
{
	uint64_t committed = atomic_load_explicit(&ring->committed, memory_order_acquire);
	if (end > committed) {
		uint64_t limit = atomic_load_explicit(&ring->limit, memory_order_acquire);
		if (end > limit)
			return false;
		uint64_t to = MIN(page_floor(end) + RING_COMMIT_STEP, limit);
		if (!commit(ring, to))
			return false;
		committed = to;
	}
	ring->committed_seen = committed;
	return true;
}

bool ring_push(struct ring *ring, const struct iovec *pieces, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += pieces[i].iov_len;
	uint64_t head = ring_head(ring);
	if (head + len > ring->committed_seen && !make_room(ring, head + len))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct span runs[2];
		size_t run_count = spans(runs, ring, head, head + pieces[i].iov_len);
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
	size_t count = spans(runs, ring, tail, head);
	for (size_t i = 0; i < count; i++)
		out[i] = (struct iovec){ring->data + runs[i].offset, runs[i].len};
	return count;
}

void ring_consume(struct ring *ring, size_t len)
{
	uint64_t tail = ring_tail(ring) + len;
	atomic_store_explicit(&ring->header->tail, tail, memory_order_release);
	give_back(ring, tail);
	/*
	 * Twice what came since the last time: a steady stream never meets the edge. A burst must
	 * not leave a whole ring committed behind it, hence the cap.
	 */
	size_t ahead = MIN(2 * len, ring->size / 4);
	commit_ahead(ring, MAX(ahead, (size_t)RING_AHEAD_MIN));
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
