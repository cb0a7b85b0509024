/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_results.h. */
#include "recording/hook_results.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/manifest.h"
#include "common/path.h"
#include "recording/store.h"

#define SUFFIX ".results"

enum {
	FILE_MODE = 0640,
	SIZE_MAX_BYTES = MANIFEST_SIZE_MAX / 2,
};

static char *path_for(const struct hook_results *results, const char *recording)
{
	g_autofree char *file = g_strconcat(recording, SUFFIX, NULL);
	return g_build_filename(results->journal, file, NULL);
}

/* --- waiting --- */

/* An empty line before it: what a crash has left of the last one does not spoil this one. */
static char *line_for(const struct manifest_hook *hook, const struct manifest_output *made)
{
	json_t *json = json_pack("{so}", "result", manifest_hook_to_json(hook));
	if (made != NULL)
		json_object_set_new(json, "output", manifest_output_to_json(made));
	char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(json);
	char *line = g_strdup_printf("\n%s\n", text);
	free(text);
	return line;
}

static int open_waiting(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	return fd < 0 ? -errno : fd;
}

int hook_results_add(const struct hook_results *results, const char *recording,
	const struct manifest_hook *hook, const struct manifest_output *made)
{
	g_autofree char *path = path_for(results, recording);
	g_autofree char *line = line_for(hook, made);
	int fd = open_waiting(path);
	/* Somebody has put another recordings folder in the place of ours. */
	if (fd == -ENOENT && path_make_folder(results->journal) == 0)
		fd = open_waiting(path);
	if (fd < 0)
		return fd;
	size_t len = strlen(line);
	ssize_t written = write(fd, line, len);
	int err = written < 0 ? -errno : (size_t)written < len ? -ENOSPC : 0;
	close(fd);
	return err;
}

/* --- entering --- */

struct waiting {
	const char *recording;
	json_t *lines; /* array; "result" of each is one, "output" of some */
};

static bool is_sound(const json_t *line)
{
	struct manifest_hook hook;
	struct manifest_output output = {0};
	const json_t *made = json_object_get(line, "output");
	if (manifest_hook_from_json(&hook, json_object_get(line, "result"), NULL) < 0)
		return false;
	manifest_hook_fini(&hook);
	if (made != NULL && manifest_output_from_json(&output, made, NULL) < 0)
		return false;
	manifest_output_fini(&output);
	return true;
}

static int read_waiting(json_t *out, const char *path)
{
	g_autofree char *text = NULL;
	size_t len;
	int err = path_read(&text, &len, path, SIZE_MAX_BYTES);
	if (err < 0)
		return err;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		json_t *json = json_loads(*line, JSON_REJECT_DUPLICATES, NULL);
		if (is_sound(json))
			json_array_append(out, json);
		json_decref(json);
	}
	return 0;
}

/* Where in the list an object has these members, NULL at their end, as `wanted` has them; or -1. */
static ssize_t find(const json_t *list, const json_t *wanted, const char *const *members)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
	{
		const char *const *member = members;
		while (*member != NULL && json_equal(json_object_get(item, *member),
						  json_object_get(wanted, *member)))
			member++;
		if (*member == NULL)
			return (ssize_t)i;
	}
	return -1;
}

static json_t *list_in(json_t *manifest, const char *member)
{
	if (json_object_get(manifest, member) == NULL)
		json_object_set_new(manifest, member, json_array());
	return json_object_get(manifest, member);
}

/* False: it is there, or there is no room. */
static bool enter_result(json_t *manifest, json_t *result)
{
	static const char *const IDENTITY[] = {"hook", "key", "to_us", NULL};
	json_t *list = list_in(manifest, "hooks");
	return json_array_size(list) < MANIFEST_HOOKS_MAX && find(list, result, IDENTITY) < 0 &&
	       json_array_append(list, result) == 0;
}

/* One that was made again takes the place of the older one. */
static void enter_output(json_t *manifest, json_t *output)
{
	static const char *const IDENTITY[] = {"file", NULL};
	json_t *list = list_in(manifest, "outputs");
	ssize_t at = find(list, output, IDENTITY);
	if (at >= 0)
		json_array_set(list, (size_t)at, output);
	else if (json_array_size(list) < MANIFEST_OUTPUTS_MAX)
		json_array_append(list, output);
}

/* For store_edit(). -EALREADY: there is nothing new. */
static int enter(json_t *manifest, void *ctx)
{
	const struct waiting *waiting = ctx;
	const char *id = json_string_value(json_object_get(manifest, "id"));
	if (id == NULL || strcmp(id, waiting->recording) != 0)
		return -ENOENT;
	bool is_new = false;
	size_t i;
	json_t *line;
	json_array_foreach(waiting->lines, i, line)
	{
		json_t *output = json_object_get(line, "output");
		if (!enter_result(manifest, json_object_get(line, "result")))
			continue;
		is_new = true;
		if (output != NULL)
			enter_output(manifest, output);
	}
	return is_new ? 0 : -EALREADY;
}

int hook_results_merge(const struct hook_results *results, const char *recording)
{
	g_autofree char *path = path_for(results, recording);
	struct waiting waiting = {recording, json_array()};
	struct summary *summary = NULL;
	int err = read_waiting(waiting.lines, path);
	bool is_waiting = err == 0;
	if (is_waiting && json_array_size(waiting.lines) > 0)
		err = store_edit(&summary, results->store, recording, enter, &waiting);
	if (err == -EALREADY || err == -ENOENT)
		err = 0;
	if (is_waiting && err == 0)
		(void)results->disk->remove(results->disk->ctx, path);
	summary_put(summary);
	json_decref(waiting.lines);
	return err;
}

void hook_results_merge_all(const struct hook_results *results)
{
	g_autoptr(GPtrArray) recordings = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(results->journal, 0, NULL);
	const char *file;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_suffix(file, SUFFIX))
			g_ptr_array_add(recordings, g_strndup(file, strlen(file) - strlen(SUFFIX)));
	g_clear_pointer(&dir, g_dir_close);
	for (guint i = 0; i < recordings->len; i++)
		(void)hook_results_merge(results, recordings->pdata[i]);
}
