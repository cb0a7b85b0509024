/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring: its arithmetic, its memory, two threads, and a producer that is killed. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/ring.h"
#include "tests/recording/rig.h"

enum {
	KIB = 1 << 10,
	SIZE = RING_SIZE_MIN,
};

static char *folder;

static char *ring_path(void)
{
	return g_build_filename(folder, "test.ring", NULL);
}

static struct ring *new_ring(size_t size)
{
	g_autofree char *path = ring_path();
	struct ring *ring = g_new(struct ring, 1);
	g_assert_cmpint(ring_create(ring, path, size), ==, 0);
	return ring;
}

static void drop_ring(struct ring *ring)
{
	ring_unlink(ring);
	ring_close(ring);
	g_free(ring);
}

/* Byte `position` of the stream that all tests push. */
static uint8_t pattern(uint64_t position)
{
	return (uint8_t)(position * 167 + (position >> 8));
}

static bool push_pattern(struct ring *ring, size_t len)
{
	g_autofree uint8_t *bytes = g_malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern(ring_head(ring) + i);
	size_t split = len / 3;
	struct iovec pieces[] = {{bytes, split}, {bytes + split, len - split}};
	return ring_push(ring, pieces, G_N_ELEMENTS(pieces));
}

/* Checks all that waits against the pattern; returns how much it was. */
static size_t check_pattern(struct ring *ring)
{
	struct iovec runs[2];
	size_t count = ring_peek(ring, runs);
	size_t len = 0;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *bytes = runs[i].iov_base;
		for (size_t j = 0; j < runs[i].iov_len; j++)
			g_assert_cmpuint(bytes[j], ==, pattern(ring_tail(ring) + len + j));
		len += runs[i].iov_len;
	}
	return len;
}

/* One step: push `push` bytes (does it fit?), check what waits, then consume. */
struct step {
	size_t push;
	bool fits;
	size_t consume;
	size_t runs; /* found by ring_peek() after the push */
};

struct scenario {
	const char *name;
	struct step steps[6];
};

static const struct scenario SCENARIOS[] = {
	{"an_exact_fit_fills_it", {{SIZE, true, SIZE, 1}, {SIZE, true, SIZE, 1}}},
	{"one_byte_more_does_not_fit", {{SIZE + 1, false, 0, 0}, {SIZE, true, 0, 1}}},
	{"a_full_ring_takes_nothing", {{SIZE, true, 0, 1}, {1, false, 0, 1}}},
	{"a_unit_wraps_around_the_end",
		{{200 * KIB, true, 150 * KIB, 1}, {100 * KIB, true, 150 * KIB, 2}}},
	{"a_unit_ends_at_the_very_end",
		{{200 * KIB, true, 100 * KIB, 1}, {56 * KIB, true, 0, 1}, {1, true, 156 * KIB, 2}}},
	{"an_empty_ring_begins_at_the_start_again",
		{{200 * KIB, true, 200 * KIB, 1}, {100 * KIB, true, 100 * KIB, 1}}},
	{"it_does_so_after_it_has_wrapped",
		{{200 * KIB, true, 150 * KIB, 1}, {100 * KIB, true, 150 * KIB, 2},
			{SIZE, true, SIZE, 1}}},
	{"room_comes_back_at_once", {{SIZE, true, 1, 1}, {1, true, 0, 2}}},
	{"what_was_refused_is_not_followed_by_less",
		{{SIZE, true, 1, 1}, {2, false, 0, 1}, {1, false, 1, 1}, {2, true, 0, 2}}},
};

static void test_scenario(gconstpointer data)
{
	const struct scenario *scenario = data;
	struct ring *ring = new_ring(SIZE);
	size_t waiting = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(scenario->steps); i++) {
		const struct step *step = &scenario->steps[i];
		if (!step->push && !step->fits)
			break;
		g_assert_cmpint(push_pattern(ring, step->push), ==, step->fits);
		waiting += step->fits ? step->push : 0;
		struct iovec runs[2];
		g_assert_cmpuint(ring_peek(ring, runs), ==, step->runs);
		g_assert_cmpuint(check_pattern(ring), ==, waiting);
		g_assert_cmpuint(ring_pending(ring), ==, waiting);
		ring_consume(ring, step->consume);
		waiting -= step->consume;
	}
	drop_ring(ring);
}

static void refuses_sizes_that_are_no_power_of_two_in_range(void)
{
	static const size_t BAD[] = {0, 4096, SIZE / 2, SIZE + 4096, 3 * SIZE, 2ul << 30};
	g_autofree char *path = ring_path();
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		struct ring ring;
		g_assert_cmpint(ring_create(&ring, path, BAD[i]), ==, -EINVAL);
		g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	}
}

static void never_takes_over_an_existing_file(void)
{
	struct ring *ring = new_ring(SIZE);
	g_autofree char *path = ring_path();
	struct ring second;
	g_assert_cmpint(ring_create(&second, path, SIZE), ==, -EEXIST);
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	GStatBuf st;
	g_assert_cmpint(g_stat(path, &st), ==, 0);
	g_assert_cmpuint(st.st_mode & 0777, ==, 0600);
	drop_ring(ring);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* What a damaged file does to ring_open(): one byte at an offset, or another length. */
static void refuses_to_open_what_is_damaged(void)
{
	static const struct {
		off_t offset; /* of a byte to overwrite with 0xff; -1: none */
		off_t length; /* to truncate to; 0: none */
	} DAMAGES[] = {
		{0, 0},     /* magic */
		{8, 0},     /* version */
		{16, 0},    /* size */
		{64, 0},    /* head: past tail + size */
		{72, 0},    /* base: past tail */
		{640, 0},   /* tail: past head */
		{-1, 4096}, /* cut */
		{-1, 4096 + SIZE - 1},
		{-1, 4096 + 2 * SIZE},
		{-1, 17},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
		g_autofree char *path = ring_path();
		struct ring ring;
		g_assert_cmpint(ring_create(&ring, path, SIZE), ==, 0);
		ring_close(&ring);
		int fd = g_open(path, O_RDWR, 0);
		if (DAMAGES[i].offset >= 0) {
			static const uint8_t ONES[4] = {0xff, 0xff, 0xff, 0xff};
			g_assert_cmpint(pwrite(fd, ONES, 4, DAMAGES[i].offset), ==, 4);
		} else {
			g_assert_cmpint(ftruncate(fd, DAMAGES[i].length), ==, 0);
		}
		close(fd);
		g_assert_cmpint(ring_open(&ring, path), ==, -EBADMSG);
		g_unlink(path);
	}
}

static void opens_again_where_it_was_left(void)
{
	struct ring *ring = new_ring(SIZE);
	g_assert_true(push_pattern(ring, 100 * KIB));
	ring_consume(ring, 70 * KIB);
	memcpy(ring_context(ring), "consumer", 8);
	memcpy(ring_mark(ring), "producer", 8);
	ring_close(ring);

	g_autofree char *path = ring_path();
	g_assert_cmpint(ring_open(ring, path), ==, 0);
	g_assert_cmpmem(ring_context(ring), 8, "consumer", 8);
	g_assert_cmpmem(ring_mark(ring), 8, "producer", 8);
	g_assert_cmpuint(ring_tail(ring), ==, 70 * KIB);
	g_assert_cmpuint(check_pattern(ring), ==, 30 * KIB);
	ring_consume(ring, 30 * KIB);
	g_assert_cmpuint(ring_pending(ring), ==, 0);
	drop_ring(ring);
}

static size_t resident(void)
{
	g_autofree char *path = ring_path();
	GStatBuf st;
	g_assert_cmpint(g_stat(path, &st), ==, 0);
	return (size_t)st.st_blocks * 512;
}

static void an_idle_ring_holds_little_memory(void)
{
	struct ring *ring = new_ring(RING_SIZE_DEFAULT);
	g_assert_cmpuint(resident(), <, 150 * KIB);
	/* Five times around in packets, drained as a writer does. */
	for (size_t sent = 0; sent < 5ul * RING_SIZE_DEFAULT; sent += 40 * 1200) {
		for (int i = 0; i < 40; i++)
			g_assert_true(push_pattern(ring, 1200));
		ring_consume(ring, check_pattern(ring));
		g_assert_cmpuint(resident(), <, 150 * KIB);
	}
	g_assert_cmpuint(ring_high_water(ring), ==, 40 * 1200);
	drop_ring(ring);
}

static void a_burst_gives_its_memory_back(void)
{
	struct ring *ring = new_ring(RING_SIZE_DEFAULT);
	while (push_pattern(ring, 60 * KIB))
		;
	g_assert_cmpuint(ring_pending(ring), >, RING_SIZE_DEFAULT - 60 * KIB);
	g_assert_cmpuint(resident(), >=, RING_SIZE_DEFAULT - 60 * KIB);
	for (int i = 0; i < 40; i++) {
		ring_consume(ring, check_pattern(ring));
		g_assert_true(push_pattern(ring, 40 * KIB));
	}
	g_assert_cmpuint(check_pattern(ring), ==, 40 * KIB);
	g_assert_cmpuint(resident(), <, 300 * KIB);
	drop_ring(ring);
}

enum {
	STRESS_BYTES = 24 << 20
};

/* Units of 1…9000 bytes; the length is part of the pattern, so both sides know it. */
static void *produce(void *data)
{
	struct ring *ring = data;
	while (ring_head(ring) < STRESS_BYTES) {
		size_t len = 1 + (size_t)(ring_head(ring) * 2654435761u % 9000);
		while (!push_pattern(ring, len))
			g_thread_yield();
	}
	return NULL;
}

static void two_threads_lose_and_tear_nothing(void)
{
	struct ring *ring = new_ring(SIZE);
	GThread *producer = g_thread_new("producer", produce, ring);
	while (ring_tail(ring) < STRESS_BYTES) {
		size_t len = check_pattern(ring);
		ring_consume(ring, len);
		if (len == 0)
			g_thread_yield();
	}
	g_thread_join(producer);
	g_assert_cmpuint(check_pattern(ring), ==, 0);
	drop_ring(ring);
}

/* What a child tells its parent: bytes that ring_push() has accepted. */
struct progress {
	_Atomic uint64_t pushed;
};

static void child_pushes_until_killed(struct progress *progress, const char *path)
{
	struct ring ring;
	if (ring_create(&ring, path, SIZE) < 0)
		_exit(1);
	while (true) {
		size_t len = 1 + (size_t)(ring_head(&ring) * 2654435761u % 3000);
		if (push_pattern(&ring, len))
			atomic_store(&progress->pushed, ring_head(&ring));
		else
			ring_consume(&ring, ring_pending(&ring) / 2);
	}
}

static void kill_a_producer(struct progress *progress, uint64_t after)
{
	g_autofree char *path = ring_path();
	atomic_store(&progress->pushed, 0);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		child_pushes_until_killed(progress, path);
	while (atomic_load(&progress->pushed) < after)
		g_thread_yield();
	kill(child, SIGKILL);
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));

	struct ring *ring = g_new(struct ring, 1);
	g_assert_cmpint(ring_open(ring, path), ==, 0);
	/* All that was accepted is there, and perhaps one unit that was not yet reported. */
	size_t waiting = check_pattern(ring);
	uint64_t end = ring_tail(ring) + waiting;
	uint64_t pushed = atomic_load(&progress->pushed);
	uint64_t unreported = 1 + pushed * 2654435761u % 3000;
	g_assert_true(end == pushed || end == pushed + unreported);
	drop_ring(ring);
}

static void a_killed_producer_leaves_every_unit_whole(void)
{
	struct progress *progress = mmap(
		NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(progress != MAP_FAILED);
	for (int i = 0; i < 25; i++)
		kill_a_producer(progress, (uint64_t)g_test_rand_int_range(1, 2 << 20));
	munmap(progress, sizeof *progress);
}

enum {
	UNTESTABLE = 77 /* no right to mount */
};

/* The tmpfs is smaller than the ring. */
static void child_fills_a_tmpfs(const char *path)
{
	if (!rig_mount_tmpfs(folder, "size=640k"))
		_exit(UNTESTABLE);
	struct ring ring, second;
	if (ring_create(&ring, path, RING_SIZE_DEFAULT) < 0)
		_exit(1);
	while (push_pattern(&ring, 1200))
		;
	size_t pushed = check_pattern(&ring);
	ring_consume(&ring, pushed);
	/* There was room for more than what is committed ahead, and there is room again. */
	bool is_good = pushed > 300 * KIB && pushed < 640 * KIB && push_pattern(&ring, 1200) &&
		       check_pattern(&ring) == 1200;
	char other[512];
	g_snprintf(other, sizeof other, "%s2", path);
	while (push_pattern(&ring, 1200))
		;
	is_good = is_good && ring_create(&second, other, SIZE) == -ENOSPC;
	is_good = is_good && !g_file_test(other, G_FILE_TEST_EXISTS);
	_exit(is_good ? 0 : 2);
}

static void a_full_tmpfs_drops_instead_of_killing(void)
{
	g_autofree char *path = ring_path();
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0)
		child_fills_a_tmpfs(path);
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status)); /* not by SIGBUS */
	if (WEXITSTATUS(status) == UNTESTABLE)
		g_test_skip("this user may not mount a tmpfs");
	else
		g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	folder = g_dir_make_tmp("ring-XXXXXX", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(SCENARIOS); i++) {
		g_autofree char *path = g_strdup_printf("/ring/%s", SCENARIOS[i].name);
		g_test_add_data_func(path, &SCENARIOS[i], test_scenario);
	}
	g_test_add_func("/ring/refuses_sizes_that_are_no_power_of_two_in_range",
		refuses_sizes_that_are_no_power_of_two_in_range);
	g_test_add_func(
		"/ring/never_takes_over_an_existing_file", never_takes_over_an_existing_file);
	g_test_add_func("/ring/refuses_to_open_what_is_damaged", refuses_to_open_what_is_damaged);
	g_test_add_func("/ring/opens_again_where_it_was_left", opens_again_where_it_was_left);
	g_test_add_func("/ring/an_idle_ring_holds_little_memory", an_idle_ring_holds_little_memory);
	g_test_add_func("/ring/a_burst_gives_its_memory_back", a_burst_gives_its_memory_back);
	g_test_add_func(
		"/ring/two_threads_lose_and_tear_nothing", two_threads_lose_and_tear_nothing);
	g_test_add_func("/ring/a_killed_producer_leaves_every_unit_whole",
		a_killed_producer_leaves_every_unit_whole);
	g_test_add_func("/ring/a_full_tmpfs_drops_instead_of_killing",
		a_full_tmpfs_drops_instead_of_killing);
	int failed = g_test_run();
	g_rmdir(folder);
	g_free(folder);
	return failed;
}
