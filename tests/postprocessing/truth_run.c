/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children, their exit codes and what they say.
 */
#include "tests/postprocessing/truth_run.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void truth_run_init(struct truth_run *run)
{
	*run = (struct truth_run){.folder = g_dir_make_tmp("mjr-truth-XXXXXX", NULL)};
	g_assert_nonnull(run->folder);
	/* Sanitizers end with a code that the command does not have. */
	g_setenv("ASAN_OPTIONS", "exitcode=99", FALSE);
	g_setenv("UBSAN_OPTIONS", "exitcode=99:print_stacktrace=1", FALSE);
}

static void remove_folder(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			remove_folder(path);
		else
			g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(folder);
}

void truth_run_fini(struct truth_run *run)
{
	remove_folder(run->folder);
	g_free(run->folder);
	g_free(run->errors);
}

char *truth_run_path(const struct truth_run *run, const char *name)
{
	return g_build_filename(run->folder, name, NULL);
}

/* In the child. Without the signal, writing beyond the limit is an error like any other. */
static void limit_files(gpointer data)
{
	const size_t *limit = data;
	const struct rlimit size = {.rlim_cur = *limit, .rlim_max = *limit};
	if (*limit == 0)
		return;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &size);
}

static GPid start(const struct truth_run *run, char **argv, int stderr_fd)
{
	GPid child = 0;
	size_t limit = run->limit;
	bool is_started = g_spawn_async_with_fds(run->folder, argv, NULL,
		G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, limit_files, &limit, &child, -1,
		stderr_fd, stderr_fd, NULL);
	return is_started ? child : -1;
}

static int finish(GPid child)
{
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run_argv(struct truth_run *run, char **argv)
{
	g_autofree char *errors = g_strdup_printf("%s/.stderr", run->folder);
	int fd = g_open(errors, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	g_assert_cmpint(fd, >=, 0);
	GPid child = start(run, argv, fd);
	close(fd);
	int status = child > 0 ? finish(child) : -1;
	g_clear_pointer(&run->errors, g_free);
	g_assert_true(g_file_get_contents(errors, &run->errors, NULL, NULL));
	g_unlink(errors);
	if (run->errors[0] != '\0')
		g_test_message("%s: %s", argv[0], run->errors);
	return status;
}

int truth_run_program(struct truth_run *run, const char *words)
{
	g_auto(GStrv) argv = g_strsplit(words, " ", -1);
	return run_argv(run, argv);
}

static GStrv mjr_argv(const char *words)
{
	g_autofree char *mjr = g_test_build_filename(G_TEST_BUILT, "mjr", NULL);
	g_autofree char *command = g_strdup_printf("%s %s", mjr, words);
	return g_strsplit(command, " ", -1);
}

/* A sanitizer's finding is none of the exit codes, whatever else was expected; one line says what.
 */
static int checked(const struct truth_run *run, int status)
{
	if (status >= 0 && status <= 4)
		return status;
	const char *said = run->errors != NULL ? run->errors : "";
	const char *leak = strstr(said, "Direct leak of");
	const char *summary = leak == NULL ? strstr(said, "SUMMARY:") : leak;
	g_auto(GStrv) lines = g_strsplit(summary == NULL ? said : summary, "\n", 8);
	for (size_t i = 0; lines[i] != NULL && i < 7; i++)
		g_strstrip(lines[i]);
	g_autofree char *line = g_strjoinv("; ", lines);
	g_error("exit status %d: %.900s", status, line);
}

int truth_run_mjr(struct truth_run *run, const char *words)
{
	g_auto(GStrv) argv = mjr_argv(words);
	return checked(run, run_argv(run, argv));
}

int truth_run_mjr_limited(struct truth_run *run, const char *words, size_t bytes)
{
	run->limit = bytes;
	int status = truth_run_mjr(run, words);
	run->limit = 0;
	return status;
}

int truth_run_mjr_interrupted(struct truth_run *run, const char *words)
{
	g_auto(GStrv) argv = mjr_argv(words);
	int fds[2];
	g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
	GPid child = start(run, argv, fds[1]);
	close(fds[1]);
	GString *said = g_string_new(NULL);
	char byte;
	while (read(fds[0], &byte, 1) == 1) {
		if (said->len == 0)
			kill(child, SIGINT);
		g_string_append_c(said, byte);
	}
	close(fds[0]);
	g_assert_cmpuint(said->len, >, 0);
	g_free(run->errors);
	run->errors = g_string_free(said, FALSE);
	return checked(run, finish(child));
}

long truth_run_mjr_peak(struct truth_run *run, const char *words)
{
	g_autofree char *peak =
		g_test_build_filename(G_TEST_BUILT, "tests", "postprocessing", "truth_peak", NULL);
	g_autofree char *mjr = g_test_build_filename(G_TEST_BUILT, "mjr", NULL);
	g_autofree char *command = g_strdup_printf("%s %s %s", peak, mjr, words);
	g_assert_cmpint(truth_run_program(run, command), ==, 0);
	const char *said = g_strrstr(run->errors, "peak ");
	g_assert_nonnull(said);
	return strtol(said + strlen("peak "), NULL, 10);
}

guint truth_run_count_files(const struct truth_run *run)
{
	GDir *dir = g_dir_open(run->folder, 0, NULL);
	guint count = 0;
	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count;
}

json_t *truth_run_json(const struct truth_run *run, const char *name)
{
	g_autofree char *path = truth_run_path(run, name);
	json_t *json = json_load_file(path, 0, NULL);
	g_assert_nonnull(json);
	return json;
}

bool truth_run_is_playable(struct truth_run *run, const char *name)
{
	g_autofree char *words =
		g_strdup_printf("ffmpeg -nostdin -xerror -v error -i %s -f null -", name);
	int status = truth_run_program(run, words);
	return status < 0 || (status == 0 && run->errors[0] == '\0');
}
