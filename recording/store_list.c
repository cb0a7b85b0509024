/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listing. Summaries are picked out in slices, so that the lock is held for a
 * short time whatever is asked for; JSON is made without it.
 */
#include <errno.h>
#include <string.h>

#include "recording/recording_priv.h"
#include "recording/store_priv.h"

enum {
	SLICE = 256, /* entries that are looked at while the lock is held */
};

/* An answer on its way. */
struct page {
	const struct store_query *query;
	size_t limit;
	GPtrArray *summaries; /* references: at most one more than the limit */
	struct summary *last; /* a reference: where the next slice begins behind; or NULL */
};

/* "MICROSECONDS-ID": where the next page begins is just before this entry. */
static char *format_cursor(const struct summary *summary)
{
	return g_strdup_printf("%" G_GINT64_FORMAT "-%s", (gint64)summary->created_us, summary->id);
}

static bool parse_cursor(struct index_key *out, char *cursor)
{
	char *end;
	out->created_us = g_ascii_strtoll(cursor, &end, 10);
	out->id = end + 1;
	return end != cursor && *end == '-' && g_uuid_string_is_valid(out->id);
}

static bool matches(const struct store_query *query, const struct summary *summary)
{
	return (query->stream == NULL || strcmp(query->stream, summary->stream) == 0) &&
	       (query->name_prefix == NULL || g_str_has_prefix(summary->name, query->name_prefix));
}

static bool has_state(const struct store_query *query, const struct summary *summary)
{
	return query->state == NULL || *query->state == summary->state;
}

/*
 * With the lock held: the next entries older than `from`, NULL: all. What runs has a summary made
 * now, of its state now. False: that was the last slice.
 */
static bool take_slice(struct page *page, struct store *store, const struct index_key *from)
{
	const struct store_query *query = page->query;
	struct index_entry *entry = index_older_than(&store->index, from);
	for (size_t i = 0; i < SLICE && entry != NULL; i++, entry = index_older(entry)) {
		if (entry->summary->created_us < query->since_us ||
			page->summaries->len > page->limit)
			return false;
		summary_put(page->last);
		page->last = summary_get(entry->summary);
		if (!matches(query, entry->summary))
			continue;
		struct summary *now = entry->recording != NULL
					      ? recording_summarise(entry->recording)
					      : summary_get(entry->summary);
		if (has_state(query, now))
			g_ptr_array_add(page->summaries, now);
		else
			summary_put(now);
	}
	return entry != NULL;
}

static void collect(struct page *page, struct store *store, const struct index_key *from)
{
	struct index_key key;
	bool is_more = true;
	while (is_more) {
		pthread_mutex_lock(&store->lock);
		is_more = take_slice(page, store, from);
		pthread_mutex_unlock(&store->lock);
		if (page->last != NULL)
			key = (struct index_key){page->last->created_us, page->last->id};
		from = &key;
	}
}

static void put_summary(void *summary)
{
	summary_put(summary);
}

static json_t *to_json(const struct page *page)
{
	json_t *list = json_array();
	for (guint i = 0; i < page->summaries->len && i < page->limit; i++)
		json_array_append_new(list, summary_to_json(page->summaries->pdata[i]));
	return list;
}

/* The first page begins at the newest, or at the last before `until`. The key has an empty id. */
static const struct index_key *first_key(struct index_key *key, const struct store_query *query)
{
	if (query->until_us == 0)
		return NULL;
	key->created_us = query->until_us;
	return key;
}

int store_list(json_t **out, char **cursor, struct store *store, const struct store_query *query)
{
	char empty[] = "";
	struct index_key key = {.id = empty};
	g_autofree char *text = g_strdup(query->cursor);
	if (query->limit > STORE_LIMIT_MAX || (text != NULL && !parse_cursor(&key, text)))
		return -EINVAL;
	struct page page = {
		.query = query,
		.limit = query->limit == 0 ? STORE_LIMIT_DEFAULT : query->limit,
		.summaries = g_ptr_array_new_with_free_func(put_summary),
	};
	collect(&page, store, text != NULL ? &key : first_key(&key, query));
	*out = to_json(&page);
	*cursor = NULL;
	if (page.summaries->len > page.limit)
		*cursor = format_cursor(page.summaries->pdata[page.limit - 1]);
	g_ptr_array_unref(page.summaries);
	summary_put(page.last);
	return 0;
}
