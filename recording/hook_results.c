/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_results.h. */
#include "recording/hook_results.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/path.h"

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
static char *line_for(
	const char *manifest, const struct manifest_hook *hook, const struct manifest_output *made)
{
	json_t *json =
		json_pack("{ss so}", "manifest", manifest, "result", manifest_hook_to_json(hook));
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
	const char *manifest, const struct manifest_hook *hook, const struct manifest_output *made)
{
	g_autofree char *path = path_for(results, recording);
	g_autofree char *line = line_for(manifest, hook, made);
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
	char *manifest;       /* name of the file; NULL: no line was good */
	struct manifest list; /* its hooks and outputs alone are used */
};

static void take_output(struct waiting *waiting, const json_t *json)
{
	struct manifest_output output;
	if (json != NULL && waiting->list.output_count < MANIFEST_OUTPUTS_MAX &&
		manifest_output_from_json(&output, json, NULL) == 0)
		*manifest_add_output(&waiting->list) = output;
}

static void take_line(struct waiting *waiting, const char *line)
{
	struct manifest_hook hook;
	json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *manifest = json_string_value(json_object_get(json, "manifest"));
	g_autofree char *safe =
		manifest != NULL ? path_component(manifest, PATH_COMPONENT_MAX) : NULL;
	if (safe != NULL && strcmp(safe, manifest) == 0 &&
		waiting->list.hook_count < MANIFEST_HOOKS_MAX &&
		manifest_hook_from_json(&hook, json_object_get(json, "result"), NULL) == 0) {
		g_free(waiting->manifest);
		waiting->manifest = g_steal_pointer(&safe);
		*manifest_add_hook(&waiting->list) = hook;
		take_output(waiting, json_object_get(json, "output"));
	}
	json_decref(json);
}

static int read_waiting(struct waiting *out, const char *path)
{
	g_autofree char *text = NULL;
	size_t len;
	*out = (struct waiting){0};
	int err = path_read(&text, &len, path, SIZE_MAX_BYTES);
	if (err < 0)
		return err;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		if (**line != '\0')
			take_line(out, *line);
	return 0;
}

static bool is_among(
	const struct manifest_hook *hooks, size_t count, const struct manifest_hook *hook)
{
	for (size_t i = 0; i < count; i++) {
		const struct manifest_hook *other = &hooks[i];
		if (other->to_us == hook->to_us && strcmp(other->hook, hook->hook) == 0 &&
			strcmp(other->key, hook->key) == 0)
			return true;
	}
	return false;
}

/* One that was made again takes the place of the older one; NULL: there is no room. */
static struct manifest_output *place_for(struct manifest *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->output_count; i++)
		if (strcmp(manifest->outputs[i].file, file) == 0)
			return &manifest->outputs[i];
	return manifest->output_count < MANIFEST_OUTPUTS_MAX ? manifest_add_output(manifest) : NULL;
}

static void enter_outputs(struct manifest *manifest, struct manifest *list)
{
	for (size_t i = 0; i < list->output_count; i++) {
		struct manifest_output *place = place_for(manifest, list->outputs[i].file);
		if (place == NULL)
			return;
		manifest_output_fini(place);
		*place = list->outputs[i];
		list->outputs[i] = (struct manifest_output){0};
	}
}

/* True when there was anything new. */
static bool enter(struct manifest *manifest, struct manifest *list)
{
	size_t before = manifest->hook_count;
	enter_outputs(manifest, list);
	for (size_t i = 0; i < list->hook_count; i++) {
		if (manifest->hook_count == MANIFEST_HOOKS_MAX ||
			is_among(manifest->hooks, before, &list->hooks[i]))
			continue;
		*manifest_add_hook(manifest) = list->hooks[i];
		list->hooks[i] = (struct manifest_hook){0};
	}
	return manifest->hook_count > before;
}

static int save(
	const struct hook_results *results, const char *path, const struct manifest *manifest)
{
	json_t *json = manifest_to_json(manifest);
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(json);
	int err = results->disk->replace(results->disk->ctx, path, text, strlen(text));
	free(text);
	return err;
}

static int merge_into(
	const struct hook_results *results, const char *recording, struct waiting *waiting)
{
	g_autofree char *path = g_build_filename(results->folder, waiting->manifest, NULL);
	struct manifest manifest;
	int err = manifest_load(&manifest, path, NULL);
	if (err < 0)
		return err;
	if (strcmp(manifest.id, recording) != 0)
		err = -ENOENT;
	else if (manifest.state == MANIFEST_RECORDING)
		err = -EAGAIN;
	else if (enter(&manifest, &waiting->list))
		err = save(results, path, &manifest);
	manifest_fini(&manifest);
	return err;
}

int hook_results_merge(const struct hook_results *results, const char *recording)
{
	g_autofree char *path = path_for(results, recording);
	struct waiting waiting;
	int err = read_waiting(&waiting, path);
	if (err < 0)
		return err == -ENOENT ? 0 : err;
	if (waiting.manifest != NULL)
		err = merge_into(results, recording, &waiting);
	if (err == 0 || err == -ENOENT) {
		err = 0;
		(void)results->disk->remove(results->disk->ctx, path);
	}
	manifest_fini(&waiting.list);
	g_free(waiting.manifest);
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
