/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_queue.h. */
#include "recording/hook_queue.h"

#include <string.h>

static void free_item(void *data)
{
	struct hook_item *item = data;
	hook_job_free(item->job);
	g_free(item);
}

static void free_lane(void *data)
{
	g_queue_free_full(data, free_item);
}

void hook_queue_init(struct hook_queue *queue)
{
	*queue = (struct hook_queue){
		.lanes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_lane),
		.orders = g_hash_table_new(g_int64_hash, g_int64_equal),
	};
}

void hook_queue_fini(struct hook_queue *queue)
{
	if (queue->lanes == NULL)
		return;
	g_hash_table_unref(queue->orders);
	g_hash_table_unref(queue->lanes);
	*queue = (struct hook_queue){0};
}

/* "RECORDING ACTION", or "RECORDING " for those that are not apart. */
static char *lane_name(const struct hook_job *job, const struct hook *hook)
{
	return g_strdup_printf(
		"%s %s", job->recording, hook->action->is_apart ? hook->action->name : "");
}

bool hook_queue_has_room(const struct hook_queue *queue, size_t count, size_t bytes)
{
	return queue->count + count <= HOOK_QUEUE_MAX &&
	       queue->bytes + bytes <= HOOK_QUEUE_BYTES_MAX;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer ctx)
{
	const struct hook_item *left = a, *right = b;
	(void)ctx;
	if (left->is_running != right->is_running)
		return left->is_running ? -1 : 1;
	return left->job->order < right->job->order ? -1 : left->job->order > right->job->order;
}

bool hook_queue_push_take(
	struct hook_queue *queue, struct hook_job *job, const struct hook *hook, size_t bytes)
{
	if (g_hash_table_contains(queue->orders, &job->order))
		return false;
	g_autofree char *name = lane_name(job, hook);
	GQueue *lane = g_hash_table_lookup(queue->lanes, name);
	if (lane == NULL) {
		lane = g_queue_new();
		g_hash_table_insert(queue->lanes, g_steal_pointer(&name), lane);
	}
	struct hook_item *item = g_new(struct hook_item, 1);
	*item = (struct hook_item){.job = job, .hook = hook, .bytes = bytes};
	g_queue_insert_sorted(lane, item, compare, NULL);
	g_hash_table_add(queue->orders, &job->order);
	queue->count++;
	queue->bytes += bytes;
	return true;
}

struct hook_item *hook_queue_start(struct hook_queue *queue, int64_t now_us)
{
	struct hook_item *oldest = NULL;
	GHashTableIter lanes;
	gpointer lane;
	g_hash_table_iter_init(&lanes, queue->lanes);
	while (g_hash_table_iter_next(&lanes, NULL, &lane)) {
		struct hook_item *head = g_queue_peek_head(lane);
		if (head->is_running || head->due_us > now_us)
			continue;
		if (oldest == NULL || head->job->order < oldest->job->order)
			oldest = head;
	}
	if (oldest != NULL)
		oldest->is_running = true;
	return oldest;
}

int64_t hook_queue_due_us(const struct hook_queue *queue)
{
	int64_t due_us = INT64_MAX;
	GHashTableIter lanes;
	gpointer lane;
	g_hash_table_iter_init(&lanes, queue->lanes);
	while (g_hash_table_iter_next(&lanes, NULL, &lane)) {
		const struct hook_item *head = g_queue_peek_head(lane);
		if (!head->is_running)
			due_us = MIN(due_us, head->due_us);
	}
	return due_us;
}

void hook_queue_retry(struct hook_item *item, int64_t due_us)
{
	item->is_running = false;
	item->due_us = due_us;
}

void hook_queue_remove(struct hook_queue *queue, struct hook_item *item)
{
	g_autofree char *name = lane_name(item->job, item->hook);
	GQueue *lane = g_hash_table_lookup(queue->lanes, name);
	g_queue_remove(lane, item);
	if (g_queue_is_empty(lane))
		g_hash_table_remove(queue->lanes, name);
	g_hash_table_remove(queue->orders, &item->job->order);
	queue->count--;
	queue->bytes -= item->bytes;
	free_item(item);
}

bool hook_queue_has(const struct hook_queue *queue, const char *recording)
{
	GHashTableIter lanes;
	gpointer name;
	g_hash_table_iter_init(&lanes, queue->lanes);
	while (g_hash_table_iter_next(&lanes, &name, NULL))
		if (g_str_has_prefix(name, recording))
			return true;
	return false;
}

GPtrArray *hook_queue_followers(const struct hook_queue *queue, const struct hook_item *item)
{
	GPtrArray *jobs = g_ptr_array_new();
	g_autofree char *name = lane_name(item->job, item->hook);
	const GQueue *lane = g_hash_table_lookup(queue->lanes, name);
	for (const GList *link = lane->head; link != NULL; link = link->next) {
		const struct hook_item *other = link->data;
		if (other != item)
			g_ptr_array_add(jobs, other->job);
	}
	return jobs;
}
