/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_journal.h. */
#include "recording/hook_journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path.h"

#define TOP_FOLDER    ".hooks"
#define FAILED_FOLDER "failed"
#define ORDER_MAX     (UINT64_MAX / 4) /* any that time can give; others are not ours */

struct hook_journal {
	/* constant after create */
	const struct disk *disk;
	char *top;    /* RECORDINGS/.hooks */
	char *own;    /* TOP/ENGINE */
	char *failed; /* TOP/failed */
	bool is_synced;

	GPtrArray *others; /* names of folders; until they are adopted */
};

static bool is_folder(const char *top, const char *name)
{
	g_autofree char *path = g_build_filename(top, name, NULL);
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static GPtrArray *list(const char *folder)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_clear_pointer(&dir, g_dir_close);
	return names;
}

int hook_journal_create(struct hook_journal **out, const struct hook_journal_params *params)
{
	struct hook_journal *journal = g_new0(struct hook_journal, 1);
	journal->disk = params->disk;
	journal->is_synced = params->is_synced;
	journal->top = g_build_filename(params->folder, TOP_FOLDER, NULL);
	journal->own = g_build_filename(journal->top, params->engine, NULL);
	journal->failed = g_build_filename(journal->top, FAILED_FOLDER, NULL);
	journal->others = list(journal->top);
	int err = path_make_folder(journal->own);
	if (err < 0) {
		hook_journal_destroy(journal);
		return err;
	}
	*out = journal;
	return 0;
}

void hook_journal_destroy(struct hook_journal *journal)
{
	if (journal == NULL)
		return;
	(void)rmdir(journal->own);
	g_ptr_array_unref(journal->others);
	g_free(journal->top);
	g_free(journal->own);
	g_free(journal->failed);
	g_free(journal);
}

const char *hook_journal_folder(const struct hook_journal *journal)
{
	return journal->own;
}

/* Whoever moves a file first has it. */
static void adopt_folder(const struct hook_journal *journal, const char *name)
{
	g_autofree char *folder = g_build_filename(journal->top, name, NULL);
	g_autoptr(GPtrArray) files = list(folder);
	for (guint i = 0; i < files->len; i++) {
		const char *file = files->pdata[i];
		g_autofree char *from = g_build_filename(folder, file, NULL);
		g_autofree char *to = g_build_filename(journal->own, file, NULL);
		if (g_str_has_prefix(file, PATH_TEMPORARY_PREFIX))
			(void)unlink(from);
		else if (access(to, F_OK) < 0)
			(void)rename(from, to);
	}
	(void)rmdir(folder);
}

void hook_journal_adopt(struct hook_journal *journal, GHashTable *living)
{
	for (guint i = 0; i < journal->others->len; i++) {
		const char *name = journal->others->pdata[i];
		if (strcmp(name, FAILED_FOLDER) != 0 && !g_hash_table_contains(living, name) &&
			is_folder(journal->top, name))
			adopt_folder(journal, name);
	}
	g_ptr_array_set_size(journal->others, 0);
}

/* --- one job --- */

static char *path_of(const struct hook_journal *journal, const struct hook_job *job)
{
	g_autofree char *file = hook_job_file(job);
	return g_build_filename(journal->own, file, NULL);
}

static int write_job(
	const struct hook_journal *journal, const char *path, const char *text, bool is_synced)
{
	const struct disk *disk = journal->disk;
	return is_synced ? disk->replace(disk->ctx, path, text, strlen(text))
			 : path_replace_unsynced(path, text, strlen(text));
}

static int save(const struct hook_journal *journal, const struct hook_job *job, bool is_synced)
{
	g_autofree char *path = path_of(journal, job);
	char *text = hook_job_to_text(job);
	int err = write_job(journal, path, text, is_synced);
	/* Somebody has put another recordings folder in the place of ours. */
	if (err == -ENOENT && path_make_folder(journal->own) == 0)
		err = write_job(journal, path, text, is_synced);
	free(text);
	return err;
}

int hook_journal_add(const struct hook_journal *journal, const struct hook_job *job)
{
	return save(journal, job, journal->is_synced);
}

int hook_journal_update(const struct hook_journal *journal, const struct hook_job *job)
{
	return save(journal, job, false);
}

void hook_journal_remove(const struct hook_journal *journal, const struct hook_job *job)
{
	g_autofree char *path = path_of(journal, job);
	(void)journal->disk->remove(journal->disk->ctx, path);
}

static void put_away(const struct hook_journal *journal, const char *file)
{
	g_autofree char *from = g_build_filename(journal->own, file, NULL);
	g_autofree char *to = g_build_filename(journal->failed, file, NULL);
	(void)path_make_folder(journal->failed);
	(void)rename(from, to);
}

void hook_journal_give_up(const struct hook_journal *journal, const struct hook_job *job)
{
	g_autofree char *file = hook_job_file(job);
	struct hook_job fresh = *job;
	fresh.attempts = 0;
	(void)hook_journal_update(journal, &fresh);
	put_away(journal, file);
}

/* --- reading --- */

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_job(const char *file)
{
	return g_str_has_suffix(file, HOOK_JOB_SUFFIX);
}

uint64_t hook_journal_last_order(const struct hook_journal *journal)
{
	g_autoptr(GPtrArray) files = list(journal->own);
	uint64_t last = 0;
	for (guint i = 0; i < files->len; i++) {
		uint64_t order = g_ascii_strtoull(files->pdata[i], NULL, 16);
		if (is_job(files->pdata[i]) && order <= ORDER_MAX)
			last = MAX(last, order);
	}
	return last;
}

/* 0, -EBADMSG when it is none, with a sentence that the caller frees; or another -errno. */
static int load(struct hook_job **out, const struct hook_journal *journal, const char *file,
	size_t *bytes, char **why)
{
	g_autofree char *path = g_build_filename(journal->own, file, NULL);
	g_autofree char *text = NULL;
	int err = path_read(&text, bytes, path, HOOK_JOB_SIZE_MAX);
	if (err == 0)
		err = hook_job_from_text(out, text, *bytes, why);
	if (err < 0)
		return err;
	g_autofree char *expected = hook_job_file(*out);
	if (strcmp(file, expected) == 0)
		return 0;
	*why = g_strdup_printf("it calls itself '%s'", expected);
	hook_job_free(g_steal_pointer(out));
	return -EBADMSG;
}

/* One that could not be read now may be so at the next start. */
static bool is_damage(int err)
{
	return err == -EBADMSG || err == -EFBIG || err == -EINVAL || err == -EISDIR;
}

bool hook_journal_read(const struct hook_journal *journal, hook_journal_fn on_job,
	hook_journal_damage_fn on_damage, void *ctx)
{
	g_autoptr(GPtrArray) files = list(journal->own);
	bool goes_on = true;
	g_ptr_array_sort(files, compare_names);
	for (guint i = 0; goes_on && i < files->len; i++) {
		const char *file = files->pdata[i];
		struct hook_job *job = NULL;
		g_autofree char *why = NULL;
		size_t bytes;
		if (!is_job(file))
			continue;
		int err = load(&job, journal, file, &bytes, &why);
		if (err == 0)
			goes_on = on_job(job, bytes, ctx);
		else
			on_damage(file, why != NULL ? why : g_strerror(-err), ctx);
		if (is_damage(err))
			put_away(journal, file);
	}
	return goes_on;
}
