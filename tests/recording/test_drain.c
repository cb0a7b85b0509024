/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When what waits in a ring is worth a write. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/codec.h"
#include "common/mjr.h"
#include "recording/drain.h"
#include "recording/frames.h"

enum {
	PAYLOAD = 502, /* a frame is 512 bytes */
	FRAME = PAYLOAD + MJR_FRAME_HEADER_SIZE,
};

struct fixture {
	char *folder, *ring_path, *part_path;
	struct ring ring;
	struct drain drain;
	uint8_t scratch[FRAMES_SCRATCH_SIZE];
};

static void set_up(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	struct mjr_info info = {.codec = codec_find("opus")};
	fixture->folder = g_dir_make_tmp("drain-XXXXXX", NULL);
	g_assert_nonnull(fixture->folder);
	fixture->ring_path = g_build_filename(fixture->folder, "ring", NULL);
	fixture->part_path = g_build_filename(fixture->folder, "part", NULL);
	g_assert_cmpint(ring_create(&fixture->ring, fixture->ring_path, RING_SIZE_DEFAULT), ==, 0);
	drain_init(&fixture->drain, &fixture->ring, disk_system(), fixture->folder, &info, "id",
		"part");
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	drain_fini(&fixture->drain);
	ring_unlink(&fixture->ring);
	ring_close(&fixture->ring);
	g_unlink(fixture->part_path);
	g_rmdir(fixture->folder);
	g_free(fixture->part_path);
	g_free(fixture->ring_path);
	g_free(fixture->folder);
}

static void push(struct fixture *fixture, size_t frames)
{
	uint8_t frame[FRAME] = {0};
	mjr_frame_put(frame, 0, PAYLOAD);
	for (size_t i = 0; i < frames; i++)
		g_assert_true(ring_push(&fixture->ring, &(struct iovec){frame, FRAME}, 1));
}

/* As a writer at a tick. True when it has written. */
static bool tick(struct fixture *fixture)
{
	if (!drain_is_due(&fixture->drain))
		return false;
	g_assert_cmpint(drain_run(&fixture->drain, DRAIN_ALL, fixture->scratch), ==, 0);
	g_assert_cmpuint(ring_pending(&fixture->ring), ==, 0);
	return true;
}

static void begin(struct fixture *fixture)
{
	push(fixture, 1);
	g_assert_true(tick(fixture));
}

static void the_first_bytes_make_the_file_at_once(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	g_assert_false(tick(fixture));
	g_assert_false(g_file_test(fixture->part_path, G_FILE_TEST_EXISTS));
	begin(fixture);
	g_assert_true(g_file_test(fixture->part_path, G_FILE_TEST_EXISTS));
}

static void few_bytes_wait_for_some_ticks(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	begin(fixture);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 1; i < DRAIN_TICKS_MAX; i++) {
			push(fixture, 1);
			g_assert_false(tick(fixture));
		}
		push(fixture, 1);
		g_assert_true(tick(fixture));
	}
}

static void ticks_without_bytes_do_not_count(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	begin(fixture);
	for (unsigned i = 0; i < 10; i++)
		g_assert_false(tick(fixture));
	push(fixture, 1);
	for (unsigned i = 1; i < DRAIN_TICKS_MAX; i++)
		g_assert_false(tick(fixture));
	g_assert_true(tick(fixture));
}

static void enough_bytes_do_not_wait(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	begin(fixture);
	push(fixture, DRAIN_ENOUGH / FRAME - 1);
	g_assert_false(tick(fixture));
	push(fixture, 1);
	g_assert_true(tick(fixture));
	/* Nor do those that come next inherit the tick that was waited. */
	push(fixture, 1);
	for (unsigned i = 1; i < DRAIN_TICKS_MAX; i++)
		g_assert_false(tick(fixture));
	g_assert_true(tick(fixture));
}

static void a_new_part_begins_at_once(struct fixture *fixture, gconstpointer data)
{
	(void)data;
	begin(fixture);
	drain_suspend(&fixture->drain);
	g_unlink(fixture->part_path);
	drain_resume(&fixture->drain, 2, "part");
	begin(fixture);
}

static void nothing_waits_where_durability_counts_the_time(
	struct fixture *fixture, gconstpointer data)
{
	(void)data;
	fixture->drain.durability.kind = DURABILITY_TIME;
	begin(fixture);
	begin(fixture);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(test) g_test_add("/drain/" #test, struct fixture, NULL, set_up, test, tear_down)
	ADD(the_first_bytes_make_the_file_at_once);
	ADD(few_bytes_wait_for_some_ticks);
	ADD(ticks_without_bytes_do_not_count);
	ADD(enough_bytes_do_not_wait);
	ADD(a_new_part_begins_at_once);
	ADD(nothing_waits_where_durability_counts_the_time);
#undef ADD
	return g_test_run();
}
