/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_queue.h. */
#include "recording/hook_queue.h"

#include <errno.h>
#include <string.h>

/* Where some hooks run. */
struct place {
	unsigned max, running;
	GTree *waiting; /* the oldest of each lane that has none running, by its time */
};

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

static void free_place(void *data)
{
	struct place *place = data;
	g_tree_unref(place->waiting);
	g_free(place);
}

static gint compare_due(gconstpointer a, gconstpointer b, gpointer ctx)
{
	const struct hook_item *left = a, *right = b;
	(void)ctx;
	if (left->due_us != right->due_us)
		return left->due_us < right->due_us ? -1 : 1;
	return left->job->order < right->job->order ? -1 : left->job->order > right->job->order;
}

void hook_queue_init(struct hook_queue *queue, unsigned shared_max)
{
	*queue = (struct hook_queue){
		.lanes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_lane),
		.places = g_hash_table_new_full(NULL, NULL, NULL, free_place),
		.shared_max = shared_max,
		.recordings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};
}

void hook_queue_fini(struct hook_queue *queue)
{
	if (queue->lanes == NULL)
		return;
	g_hash_table_unref(queue->places);
	g_hash_table_unref(queue->recordings);
	g_hash_table_unref(queue->known);
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

static GQueue *lane_for(
	struct hook_queue *queue, const struct hook_job *job, const struct hook *hook)
{
	g_autofree char *name = lane_name(job, hook);
	GQueue *lane = g_hash_table_lookup(queue->lanes, name);
	if (lane == NULL) {
		lane = g_queue_new();
		g_hash_table_insert(queue->lanes, g_steal_pointer(&name), lane);
	}
	return lane;
}

static struct place *place_for(struct hook_queue *queue, const struct hook *hook)
{
	gconstpointer owner = hook->concurrency > 0 ? hook : NULL;
	struct place *place = g_hash_table_lookup(queue->places, owner);
	if (place == NULL) {
		place = g_new0(struct place, 1);
		place->max = hook->concurrency > 0 ? hook->concurrency : queue->shared_max;
		place->waiting = g_tree_new_full(compare_due, NULL, NULL, NULL);
		g_hash_table_insert(queue->places, (gpointer)(uintptr_t)owner, place);
	}
	return place;
}

/* Before the lane changes: what it has waiting does not. */
static void take_head(struct hook_queue *queue, GQueue *lane)
{
	struct hook_item *head = g_queue_peek_head(lane);
	if (head != NULL && !head->is_running)
		g_tree_remove(place_for(queue, head->hook)->waiting, head);
}

static void offer_head(struct hook_queue *queue, GQueue *lane)
{
	struct hook_item *head = g_queue_peek_head(lane);
	if (!head->is_running)
		g_tree_insert(place_for(queue, head->hook)->waiting, head, head);
}

/* One item more or less: the only place that counts. */
static void account(struct hook_queue *queue, const struct hook_item *item, int sign)
{
	const char *recording = item->job->recording;
	int items = GPOINTER_TO_INT(g_hash_table_lookup(queue->recordings, recording)) + sign;
	if (items > 0)
		g_hash_table_insert(queue->recordings, g_strdup(recording), GINT_TO_POINTER(items));
	else
		g_hash_table_remove(queue->recordings, recording);
	queue->count += sign > 0 ? 1 : (size_t)-1;
	queue->bytes += sign > 0 ? item->bytes : -item->bytes;
}

int hook_queue_push_take(
	struct hook_queue *queue, struct hook_job *job, const struct hook *hook, size_t bytes)
{
	g_autofree char *identity = g_strconcat(hook->name, " ", job->key, NULL);
	const struct hook_item *other = g_hash_table_lookup(queue->known, identity);
	if (other != NULL)
		return other->job->order == job->order ? -EALREADY : -EEXIST;
	struct hook_item *item = g_new(struct hook_item, 1);
	*item = (struct hook_item){.job = job, .hook = hook, .identity = identity, .bytes = bytes};
	GQueue *lane = lane_for(queue, job, hook);
	take_head(queue, lane);
	g_queue_insert_sorted(lane, item, compare, NULL);
	offer_head(queue, lane);
	g_hash_table_insert(queue->known, g_steal_pointer(&identity), item);
	account(queue, item, 1);
	return 0;
}

/* Of those that have a place, the one that has been due longest; NULL when there is none. */
static struct hook_item *first_waiting(const struct hook_queue *queue)
{
	struct hook_item *item = NULL;
	GHashTableIter places;
	gpointer value;
	g_hash_table_iter_init(&places, queue->places);
	while (g_hash_table_iter_next(&places, NULL, &value)) {
		const struct place *place = value;
		GTreeNode *first = g_tree_node_first(place->waiting);
		struct hook_item *other = first != NULL ? g_tree_node_value(first) : NULL;
		if (other == NULL || place->running == place->max)
			continue;
		if (item == NULL || compare_due(other, item, NULL) < 0)
			item = other;
	}
	return item;
}

struct hook_item *hook_queue_start(struct hook_queue *queue, int64_t now_us)
{
	struct hook_item *item = first_waiting(queue);
	if (item == NULL || item->due_us > now_us)
		return NULL;
	struct place *place = place_for(queue, item->hook);
	g_tree_remove(place->waiting, item);
	place->running++;
	item->is_running = true;
	return item;
}

int64_t hook_queue_due_us(const struct hook_queue *queue)
{
	const struct hook_item *item = first_waiting(queue);
	return item != NULL ? item->due_us : INT64_MAX;
}

void hook_queue_retry(struct hook_queue *queue, struct hook_item *item, int64_t due_us)
{
	GQueue *lane = lane_for(queue, item->job, item->hook);
	place_for(queue, item->hook)->running--;
	item->is_running = false;
	item->due_us = due_us;
	/* An older one may have come in the meantime. */
	g_queue_sort(lane, compare, NULL);
	offer_head(queue, lane);
}

void hook_queue_remove(struct hook_queue *queue, struct hook_item *item)
{
	g_autofree char *name = lane_name(item->job, item->hook);
	GQueue *lane = g_hash_table_lookup(queue->lanes, name);
	place_for(queue, item->hook)->running--;
	g_queue_remove(lane, item);
	if (g_queue_is_empty(lane))
		g_hash_table_remove(queue->lanes, name);
	else
		offer_head(queue, lane);
	g_hash_table_remove(queue->known, item->identity);
	account(queue, item, -1);
	free_item(item);
}

bool hook_queue_has(const struct hook_queue *queue, const char *recording)
{
	return g_hash_table_contains(queue->recordings, recording);
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
