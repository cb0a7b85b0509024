/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See pauses.h. */
#include "recording/pauses.h"

void pauses_init(struct pauses *pauses)
{
	pthread_mutex_init(&pauses->lock, NULL);
	pauses->list = g_array_new(FALSE, FALSE, sizeof(struct manifest_pause));
	atomic_init(&pauses->begun, 0);
	atomic_init(&pauses->ended, 0);
}

void pauses_fini(struct pauses *pauses)
{
	g_array_unref(pauses->list);
	pthread_mutex_destroy(&pauses->lock);
}

void pauses_begin(struct pauses *pauses, int64_t from_us)
{
	const struct manifest_pause pause = {.from_us = from_us};
	pthread_mutex_lock(&pauses->lock);
	g_array_append_val(pauses->list, pause);
	atomic_fetch_add(&pauses->begun, 1);
	pthread_mutex_unlock(&pauses->lock);
}

void pauses_end(struct pauses *pauses, int64_t to_us)
{
	pthread_mutex_lock(&pauses->lock);
	struct manifest_pause *last =
		&g_array_index(pauses->list, struct manifest_pause, pauses->list->len - 1);
	last->to_us = MAX(to_us, last->from_us);
	atomic_fetch_add(&pauses->ended, 1);
	pthread_mutex_unlock(&pauses->lock);
}

bool pauses_lie_before(struct pauses *pauses, size_t *passed, int64_t arrival_us)
{
	size_t ended = atomic_load_explicit(&pauses->ended, memory_order_acquire);
	if (*passed >= ended)
		return false;
	pthread_mutex_lock(&pauses->lock);
	const struct manifest_pause *list = &g_array_index(pauses->list, struct manifest_pause, 0);
	bool is_after = manifest_passes_pause(list, ended, passed, arrival_us);
	pthread_mutex_unlock(&pauses->lock);
	return is_after;
}

bool pauses_differ(const struct pauses *pauses, const struct manifest *manifest)
{
	bool is_open = manifest_open_pause(manifest) != NULL;
	return atomic_load(&pauses->begun) != manifest->pause_count ||
	       atomic_load(&pauses->ended) != manifest->pause_count - is_open;
}

void pauses_copy(struct manifest *out, struct pauses *pauses)
{
	pthread_mutex_lock(&pauses->lock);
	for (guint i = 0; i < pauses->list->len; i++) {
		struct manifest_pause *pause =
			i < out->pause_count ? &out->pauses[i] : manifest_add_pause(out);
		*pause = g_array_index(pauses->list, struct manifest_pause, i);
	}
	pthread_mutex_unlock(&pauses->lock);
}
