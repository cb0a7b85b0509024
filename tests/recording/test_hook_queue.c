/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which job may run next, when a failed one may again, and what of their output is passed on. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "recording/hook.h"
#include "recording/hook_output.h"
#include "recording/hook_queue.h"

static const struct hook_action plain = {.name = "plain"};
static const struct hook_action apart = {.name = "apart", .is_apart = true};
static const struct hook plain_hook = {.name = "plain", .action = &plain};
static const struct hook apart_hook = {.name = "apart", .action = &apart};

static int push_event(struct hook_queue *queue, uint64_t order, const char *recording,
	const struct hook *hook, const char *key)
{
	struct hook_job *job = g_new0(struct hook_job, 1);
	job->key = g_strdup(key);
	job->order = order;
	job->recording = g_strdup(recording);
	int err = hook_queue_push_take(queue, job, hook, 10);
	if (err < 0)
		hook_job_free(job);
	return err;
}

/* Every order is an event of its own. */
static int push(
	struct hook_queue *queue, uint64_t order, const char *recording, const struct hook *hook)
{
	g_autofree char *key = g_strdup_printf("%u", (unsigned)order);
	return push_event(queue, order, recording, hook, key);
}

/* The order of the job that starts now; 0: none. */
static uint64_t start(struct hook_queue *queue, int64_t now_us, struct hook_item **item)
{
	struct hook_item *started = hook_queue_start(queue, now_us);
	if (item != NULL)
		*item = started;
	return started != NULL ? started->job->order : 0;
}

static void a_recording_has_one_at_a_time_in_order(void)
{
	struct hook_queue queue;
	struct hook_item *item;
	hook_queue_init(&queue, 4);
	push(&queue, 3, "a", &plain_hook);
	push(&queue, 1, "a", &plain_hook);
	push(&queue, 2, "b", &plain_hook);
	g_assert_cmpuint(start(&queue, 0, &item), ==, 1);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 2);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 0);
	hook_queue_remove(&queue, item);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 3);
	hook_queue_fini(&queue);
}

static void one_that_waits_to_be_tried_again_holds_up_its_recording_alone(void)
{
	struct hook_queue queue;
	struct hook_item *item;
	hook_queue_init(&queue, 4);
	push(&queue, 1, "a", &plain_hook);
	push(&queue, 2, "a", &plain_hook);
	g_assert_cmpint(hook_queue_due_us(&queue), ==, 0);
	g_assert_cmpuint(start(&queue, 0, &item), ==, 1);
	g_assert_cmpint(hook_queue_due_us(&queue), ==, INT64_MAX);
	hook_queue_retry(&queue, item, 1000);
	g_assert_cmpint(hook_queue_due_us(&queue), ==, 1000);
	push(&queue, 3, "b", &plain_hook);
	g_assert_cmpuint(start(&queue, 999, NULL), ==, 3);
	g_assert_cmpuint(start(&queue, 999, NULL), ==, 0);
	g_assert_cmpuint(start(&queue, 1000, NULL), ==, 1);
	hook_queue_fini(&queue);
}

static void an_older_one_that_comes_late_does_not_overtake_what_runs(void)
{
	struct hook_queue queue;
	struct hook_item *item;
	hook_queue_init(&queue, 4);
	push(&queue, 5, "a", &plain_hook);
	g_assert_cmpuint(start(&queue, 0, &item), ==, 5);
	push(&queue, 4, "a", &plain_hook);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 0);
	hook_queue_remove(&queue, item);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 4);
	hook_queue_fini(&queue);
}

static void an_action_that_is_apart_has_its_own_order(void)
{
	struct hook_queue queue;
	struct hook_item *item;
	hook_queue_init(&queue, 4);
	push(&queue, 1, "a", &plain_hook);
	push(&queue, 2, "a", &apart_hook);
	push(&queue, 3, "a", &apart_hook);
	g_assert_cmpuint(start(&queue, 0, &item), ==, 1);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 2);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 0);
	hook_queue_remove(&queue, item);
	g_assert_true(hook_queue_has(&queue, "a"));
	g_assert_false(hook_queue_has(&queue, "b"));
	hook_queue_fini(&queue);
}

static void a_hook_with_its_own_places_leaves_those_of_others(void)
{
	static const struct hook slow_hook = {.name = "slow", .action = &plain, .concurrency = 2};
	struct hook_queue queue;
	struct hook_item *item, *slow;
	hook_queue_init(&queue, 1);
	push(&queue, 1, "a", &slow_hook);
	push(&queue, 2, "b", &slow_hook);
	push(&queue, 3, "c", &slow_hook);
	push(&queue, 4, "d", &plain_hook);
	push(&queue, 5, "e", &plain_hook);
	g_assert_cmpuint(start(&queue, 0, &slow), ==, 1);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 2);
	g_assert_cmpuint(start(&queue, 0, &item), ==, 4);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 0);
	g_assert_cmpint(hook_queue_due_us(&queue), ==, INT64_MAX);
	hook_queue_remove(&queue, item);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 5);
	hook_queue_retry(&queue, slow, 7);
	g_assert_cmpuint(start(&queue, 0, NULL), ==, 3);
	g_assert_cmpuint(start(&queue, 8, NULL), ==, 0);
	hook_queue_fini(&queue);
}

static void nothing_is_taken_twice_or_without_room(void)
{
	struct hook_queue queue;
	hook_queue_init(&queue, 4);
	g_assert_cmpint(push(&queue, 1, "a", &plain_hook), ==, 0);
	g_assert_cmpint(push(&queue, 1, "a", &plain_hook), ==, -EALREADY);
	g_assert_cmpint(push_event(&queue, 2, "a", &plain_hook, "1"), ==, -EEXIST);
	g_assert_cmpuint(queue.count, ==, 1);
	g_assert_cmpuint(queue.bytes, ==, 10);
	g_assert_true(hook_queue_has_room(&queue, HOOK_QUEUE_MAX - 1, 0));
	g_assert_false(hook_queue_has_room(&queue, HOOK_QUEUE_MAX, 0));
	g_assert_true(hook_queue_has_room(&queue, 1, HOOK_QUEUE_BYTES_MAX - 10));
	g_assert_false(hook_queue_has_room(&queue, 1, HOOK_QUEUE_BYTES_MAX - 9));
	struct hook_item *item;
	start(&queue, 0, &item);
	hook_queue_remove(&queue, item);
	g_assert_cmpuint(queue.count, ==, 0);
	g_assert_cmpuint(queue.bytes, ==, 0);
	g_assert_cmpint(push_event(&queue, 2, "a", &plain_hook, "1"), ==, 0);
	g_assert_cmpint(push_event(&queue, 3, "a", &apart_hook, "1"), ==, 0);
	hook_queue_fini(&queue);
}

static void the_pause_doubles_up_to_five_minutes(void)
{
	static const struct {
		unsigned pause_ms, attempts, wanted_ms;
	} rows[] = {
		{1000, 1, 1000},
		{1000, 2, 2000},
		{1000, 3, 4000},
		{1000, 9, 256000},
		{1000, 10, 300000},
		{1000, 11, 300000},
		{1000, UINT_MAX, 300000},
		{1, 1, 1},
		{1, 20, 300000},
		{UINT_MAX, 1, 300000},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct hook_limits limits = {.pause_ms = rows[i].pause_ms};
		g_assert_cmpuint(hook_pause_ms(&limits, rows[i].attempts), ==, rows[i].wanted_ms);
	}
}

/* --- output --- */

static void add_line(const char *line, void *ctx)
{
	g_ptr_array_add(ctx, g_strdup(line));
}

static void lines_are_put_together_and_cut(void)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct hook_output output = {.on_line = add_line, .ctx = lines};
	g_autofree char *endless = g_strnfill(3 * HOOK_OUTPUT_LINE_MAX, 'x');
	hook_output_push(&output, "a", 1, 0);
	hook_output_push(&output, "b\n\n\nc\0d\n", 8, 0);
	hook_output_push(&output, endless, strlen(endless), 0);
	hook_output_push(&output, "\nend", 4, 0);
	g_assert_cmpuint(lines->len, ==, 3);
	hook_output_end(&output, 0);
	g_assert_cmpuint(lines->len, ==, 4);
	g_assert_cmpstr(lines->pdata[0], ==, "ab");
	g_assert_cmpstr(lines->pdata[1], ==, "c?d");
	g_assert_cmpuint(strlen(lines->pdata[2]), ==, HOOK_OUTPUT_LINE_MAX);
	g_assert_cmpstr(lines->pdata[3], ==, "end");
}

static void a_flood_is_counted(void)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct hook_output output = {.on_line = add_line, .ctx = lines};
	for (unsigned i = 0; i < HOOK_OUTPUT_LINES + 7; i++)
		hook_output_push(&output, "a\n", 2, 5);
	g_assert_cmpuint(lines->len, ==, HOOK_OUTPUT_LINES);
	hook_output_push(&output, "b\n", 2, 5 + HOOK_OUTPUT_WINDOW_US);
	g_assert_cmpuint(lines->len, ==, HOOK_OUTPUT_LINES + 2);
	g_assert_cmpstr(lines->pdata[HOOK_OUTPUT_LINES], ==, "(7 more lines)");
	for (unsigned i = 0; i < HOOK_OUTPUT_LINES; i++)
		hook_output_push(&output, "c\n", 2, 6 + HOOK_OUTPUT_WINDOW_US);
	hook_output_end(&output, 6 + HOOK_OUTPUT_WINDOW_US);
	g_assert_cmpuint(lines->len, ==, 2 * HOOK_OUTPUT_LINES + 2);
	g_assert_cmpstr(lines->pdata[lines->len - 1], ==, "(1 more lines)");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func(
		"/a recording has one at a time, in order", a_recording_has_one_at_a_time_in_order);
	g_test_add_func("/one that waits to be tried again holds up its recording alone",
		one_that_waits_to_be_tried_again_holds_up_its_recording_alone);
	g_test_add_func("/an older one that comes late does not overtake what runs",
		an_older_one_that_comes_late_does_not_overtake_what_runs);
	g_test_add_func("/an action that is apart has its own order",
		an_action_that_is_apart_has_its_own_order);
	g_test_add_func("/a hook with its own places leaves those of others",
		a_hook_with_its_own_places_leaves_those_of_others);
	g_test_add_func(
		"/nothing is taken twice or without room", nothing_is_taken_twice_or_without_room);
	g_test_add_func(
		"/the pause doubles up to five minutes", the_pause_doubles_up_to_five_minutes);
	g_test_add_func("/lines are put together and cut", lines_are_put_together_and_cut);
	g_test_add_func("/a flood is counted", a_flood_is_counted);
	return g_test_run();
}
