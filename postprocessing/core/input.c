/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operands are first sorted into manifests and loose files; then the loose files
 * that no manifest names are grouped by their names.
 */
#include "postprocessing/core/input.h"

#include <glib.h>
#include <sys/stat.h>

#include "postprocessing/core/input_name.h"

#define RTCP_LABEL "rtcp"

enum {
	/*
	 * Videoroom reads the clock once per track when it opens the files of a recording; names
	 * whose clocks are further apart are of different recordings.
	 */
	CLOCK_SPREAD_US = 1000000,
};

/* A loose file: its path and what its name says. */
struct loose {
	char *path;
	struct input_name name;
	size_t recording; /* number of its group */
};

/* The work in progress. */
struct loader {
	struct input_set *set;
	GHashTable *seen; /* canonical paths that are taken; owned keys */
	GPtrArray *loose; /* owned struct loose */
};

/* ---- building the set ---- */

static void add_problem(struct input_set *set, const char *path, const char *what)
{
	set->problems = g_renew(struct input_problem, set->problems, set->problem_count + 1);
	set->problems[set->problem_count++] =
		(struct input_problem){g_strdup(path), g_strdup(what)};
}

static struct input *add_input(struct input_set *set, const char *name)
{
	set->inputs = g_renew(struct input, set->inputs, set->count + 1);
	struct input *input = &set->inputs[set->count++];
	*input = (struct input){.name = g_strdup(name)};
	return input;
}

static struct input_track *add_track(struct input *input, const char *label)
{
	input->tracks = g_renew(struct input_track, input->tracks, input->track_count + 1);
	struct input_track *track = &input->tracks[input->track_count++];
	*track = (struct input_track){
		.label = g_strdup(label),
		.files = g_new0(char *, 1),
		.is_rtcp = strcmp(label, RTCP_LABEL) == 0,
	};
	return track;
}

static void add_file(struct input_track *track, const char *path)
{
	track->files = g_renew(char *, track->files, track->file_count + 2);
	track->files[track->file_count++] = g_strdup(path);
	track->files[track->file_count] = NULL;
}

/* False when this file was taken before, by whatever spelling of its path. */
static bool claim(struct loader *loader, const char *path)
{
	return g_hash_table_add(loader->seen, g_canonicalize_filename(path, NULL));
}

/* ---- manifests ---- */

static void add_manifest_track(
	struct loader *loader, struct input *input, const struct manifest_track *from, char *folder)
{
	struct input_track *track = add_track(input, from->label);
	for (size_t i = 0; i < from->part_count; i++) {
		g_autofree char *path = g_build_filename(folder, from->parts[i].file, NULL);
		(void)claim(loader, path);
		add_file(track, path);
	}
}

/* 0, or -errno with *what set as by manifest_load(). */
static int load_manifest(struct loader *loader, const char *path, char **what)
{
	struct manifest *manifest = g_new0(struct manifest, 1);
	int err = manifest_load(manifest, path, what);
	if (err) {
		g_free(manifest);
		return err;
	}
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_strndup(path, strlen(path) - strlen(MANIFEST_SUFFIX));
	struct input *input = add_input(loader->set, name);
	input->manifest = manifest;
	for (size_t i = 0; i < manifest->track_count; i++)
		add_manifest_track(loader, input, &manifest->tracks[i], folder);
	return 0;
}

static void add_manifest(struct loader *loader, const char *path)
{
	g_autofree char *what = NULL;
	if (!claim(loader, path))
		return;
	int err = load_manifest(loader, path, &what);
	if (err)
		add_problem(loader->set, path, what ? what : g_strerror(-err));
}

/* ---- names ---- */

static void loose_free(void *data)
{
	struct loose *loose = data;
	input_name_fini(&loose->name);
	g_free(loose->path);
	g_free(loose);
}

static void add_loose(struct loader *loader, const char *path)
{
	struct loose *loose = g_new0(struct loose, 1);
	loose->path = g_strdup(path);
	if (!input_name_parse(&loose->name, path)) {
		loose->name.recording = g_strdup(path);
		loose->name.label = g_strdup("");
	}
	g_ptr_array_add(loader->loose, loose);
}

/* ---- operands ---- */

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths in a folder, sorted; NULL with *what set when it cannot be read. */
static GPtrArray *list_folder(const char *folder, char **what)
{
	g_autoptr(GError) error = NULL;
	GDir *dir = g_dir_open(folder, 0, &error);
	if (!dir) {
		*what = g_strdup(error->message);
		return NULL;
	}
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
		g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(paths, compare_paths);
	return paths;
}

/*
 * Folders hold other .json files, too: one that is no manifest matters only when there are dumps
 * of its name.
 */
static void add_manifest_of_folder(struct loader *loader, const char *path, GPtrArray *paths)
{
	g_autofree char *what = NULL;
	if (!claim(loader, path))
		return;
	int err = load_manifest(loader, path, &what);
	size_t stem = strlen(path) - strlen(MANIFEST_SUFFIX);
	for (guint i = 0; err && i < paths->len; i++) {
		const char *other = g_ptr_array_index(paths, i);
		if (strncmp(other, path, stem) == 0 && g_str_has_suffix(other, ".mjr")) {
			add_problem(loader->set, path, what ? what : g_strerror(-err));
			return;
		}
	}
}

static void add_folder(struct loader *loader, const char *folder)
{
	g_autofree char *what = NULL;
	g_autoptr(GPtrArray) paths = list_folder(folder, &what);
	if (!paths) {
		add_problem(loader->set, folder, what);
		return;
	}
	guint found = loader->loose->len;
	size_t before = loader->set->count + loader->set->problem_count;
	for (guint i = 0; i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);
		if (g_str_has_suffix(path, MANIFEST_SUFFIX))
			add_manifest_of_folder(loader, path, paths);
		else if (g_str_has_suffix(path, ".mjr"))
			add_loose(loader, path);
	}
	if (loader->loose->len == found &&
		loader->set->count + loader->set->problem_count == before)
		add_problem(loader->set, folder, "no recordings in this folder");
}

static void add_operand(struct loader *loader, const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		add_problem(loader->set, path, g_strerror(errno));
	else if (S_ISDIR(st.st_mode))
		add_folder(loader, path);
	else if (g_str_has_suffix(path, MANIFEST_SUFFIX))
		add_manifest(loader, path);
	else
		add_loose(loader, path);
}

/* ---- grouping ---- */

static int compare_clocks(const void *a, const void *b)
{
	const struct input_name *x = &(*(struct loose *const *)a)->name;
	const struct input_name *y = &(*(struct loose *const *)b)->name;
	int order = strcmp(x->recording, y->recording);
	return order ? order : (x->clock_us > y->clock_us) - (x->clock_us < y->clock_us);
}

static int compare_parts(const void *a, const void *b)
{
	const struct loose *x = *(struct loose *const *)a;
	const struct loose *y = *(struct loose *const *)b;
	int order = (x->recording > y->recording) - (x->recording < y->recording);
	if (order == 0)
		order = strverscmp(x->name.label, y->name.label);
	return order ? order : (x->name.part > y->name.part) - (x->name.part < y->name.part);
}

static void number_recordings(GPtrArray *all)
{
	const struct loose *previous = NULL;

	g_ptr_array_sort(all, compare_clocks);
	for (guint i = 0; i < all->len; i++) {
		struct loose *loose = g_ptr_array_index(all, i);
		bool is_same = previous &&
			       strcmp(previous->name.recording, loose->name.recording) == 0 &&
			       loose->name.clock_us - previous->name.clock_us < CLOCK_SPREAD_US;
		loose->recording = previous ? previous->recording + !is_same : 0;
		previous = loose;
	}
	g_ptr_array_sort(all, compare_parts);
}

static void group_loose(struct loader *loader)
{
	const struct loose *previous = NULL;
	struct input *input = NULL;
	struct input_track *track = NULL;

	number_recordings(loader->loose);
	for (guint i = 0; i < loader->loose->len; i++) {
		const struct loose *loose = g_ptr_array_index(loader->loose, i);
		if (!claim(loader, loose->path))
			continue;
		if (!previous || previous->recording != loose->recording) {
			input = add_input(loader->set, loose->name.recording);
			track = NULL;
		}
		if (!track || strcmp(track->label, loose->name.label) != 0)
			track = add_track(input, loose->name.label);
		add_file(track, loose->path);
		previous = loose;
	}
}

void input_set_load(struct input_set *out, char *const *paths)
{
	*out = (struct input_set){0};
	struct loader loader = {
		.set = out,
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.loose = g_ptr_array_new_with_free_func(loose_free),
	};
	for (; *paths; paths++)
		add_operand(&loader, *paths);
	group_loose(&loader);
	g_ptr_array_unref(loader.loose);
	g_hash_table_unref(loader.seen);
}

static void fini_input(struct input *input)
{
	for (size_t i = 0; i < input->track_count; i++) {
		g_free(input->tracks[i].label);
		g_strfreev(input->tracks[i].files);
	}
	g_free(input->tracks);
	g_free(input->name);
	if (input->manifest)
		manifest_fini(input->manifest);
	g_free(input->manifest);
}

void input_set_fini(struct input_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		fini_input(&set->inputs[i]);
	for (size_t i = 0; i < set->problem_count; i++) {
		g_free(set->problems[i].path);
		g_free(set->problems[i].what);
	}
	g_free(set->inputs);
	g_free(set->problems);
	*set = (struct input_set){0};
}

const struct input_track *input_rtcp(const struct input *input)
{
	for (size_t i = 0; i < input->track_count; i++) {
		if (input->tracks[i].is_rtcp)
			return &input->tracks[i];
	}
	return NULL;
}
