/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that are run beside us: what they get, what they do not get, how they end. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording/hook_process.h"

enum {
	PATIENCE_MS = 60000 /* under sanitizers on a busy machine */
};

struct run {
	struct hook_process *process;
	struct hook_process_status status;
	GString *said; /* lines, each with a newline */
};

static void on_line(const char *line, void *ctx)
{
	struct run *run = ctx;
	g_string_append_printf(run->said, "%s\n", line);
}

static GStrv copy_list(const char *const *list)
{
	GPtrArray *copy = g_ptr_array_new();
	for (; *list != NULL; list++)
		g_ptr_array_add(copy, g_strdup(*list));
	g_ptr_array_add(copy, NULL);
	return (GStrv)g_ptr_array_free(copy, FALSE);
}

static int start(struct run *run, const char *const *argv, const char *input, unsigned timeout_ms)
{
	static const char *const variables[] = {"PATH=/usr/bin:/bin", "WORD=a b", NULL};
	g_auto(GStrv) copy = copy_list(argv);
	g_auto(GStrv) environment = copy_list(variables);
	*run = (struct run){.said = g_string_new(NULL)};
	const struct hook_process_params params = {
		.argv = copy,
		.environment = environment,
		.folder = "/",
		.input = input,
		.input_len = strlen(input),
		.timeout_ms = timeout_ms,
		.kill_ms = 100,
		.on_line = on_line,
		.ctx = run,
	};
	return hook_process_start(&run->process, &params);
}

static void start_shell(struct run *run, const char *text, const char *input, unsigned timeout_ms)
{
	const char *const argv[] = {"/bin/sh", "-c", text, NULL};
	g_assert_cmpint(start(run, argv, input, timeout_ms), ==, 0);
}

static void step(struct run *run, bool *is_over)
{
	struct pollfd fd = {.fd = hook_process_fd(run->process), .events = POLLIN};
	if (poll(&fd, 1, PATIENCE_MS) == 0)
		g_error("nothing happens; it has said '%s'", run->said->str);
	*is_over = hook_process_step(run->process, &run->status);
}

static void finish(struct run *run)
{
	bool is_over = false;
	while (!is_over)
		step(run, &is_over);
	hook_process_destroy(g_steal_pointer(&run->process));
}

static void wait_until_said(struct run *run, const char *text)
{
	bool is_over = false;
	while (!is_over && strstr(run->said->str, text) == NULL)
		step(run, &is_over);
	g_assert_false(is_over);
}

static void run_fini(struct run *run)
{
	hook_process_destroy(run->process);
	g_string_free(run->said, TRUE);
}

static void expect_exit(const struct run *run, int code)
{
	g_assert_cmpint(run->status.end, ==, HOOK_PROCESS_EXITED);
	g_assert_cmpint(run->status.code, ==, code);
}

static bool is_alive(int pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
	g_autofree char *text = NULL;
	/* A zombie that nobody has looked at yet is no more alive than one that is gone. */
	return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, ") Z ") == NULL;
}

static void wait_until_gone(int pid)
{
	for (int i = 0; i < PATIENCE_MS && is_alive(pid); i++)
		(void)poll(NULL, 0, 1);
	g_assert_false(is_alive(pid));
}

/* --- tests --- */

static void gets_arguments_environment_and_input(void)
{
	static const char *const argv[] = {"/bin/sh", "-c",
		"printf '%s\n' \"$#\" \"$1\" \"$2\" \"$WORD\"; pwd; env | wc -l; cat", "sh", "-rf",
		"$(id); `id`\n'", NULL};
	struct run run;
	g_assert_cmpint(start(&run, argv, "one\ntwo", PATIENCE_MS), ==, 0);
	finish(&run);
	expect_exit(&run, 0);
	/* Two of ours, and what a shell sets of its own: PWD, and others. */
	g_auto(GStrv) lines = g_strsplit(run.said->str, "\n", -1);
	static const char *const wanted[] = {"2", "-rf", "$(id); `id`", "'", "a b", "/"};
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
		g_assert_cmpstr(lines[i], ==, wanted[i]);
	g_assert_cmpint(g_ascii_strtoll(lines[6], NULL, 10), <=, 5);
	g_assert_cmpstr(lines[7], ==, "one");
	g_assert_cmpstr(lines[8], ==, "two");
	run_fini(&run);
}

static void input_may_be_larger_than_a_pipe_and_unread(void)
{
	struct run run;
	g_autofree char *input = g_strnfill(1 << 20, 'x');
	start_shell(&run, "wc -c", input, PATIENCE_MS);
	finish(&run);
	expect_exit(&run, 0);
	g_assert_cmpstr(run.said->str, ==, "1048576\n");
	run_fini(&run);
	start_shell(&run, "exit 0", input, PATIENCE_MS);
	finish(&run);
	expect_exit(&run, 0);
	run_fini(&run);
}

static void inherits_no_descriptor(void)
{
	struct run run;
	int careless =
		open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as others in the process */
	int far = fcntl(careless, F_DUPFD, 200);
	g_assert_cmpint(far, >=, 200);
	/* The shell's own list has one more: that of the folder being listed. */
	start_shell(&run, "exec ls /proc/self/fd", "", PATIENCE_MS);
	finish(&run);
	close(careless);
	close(far);
	expect_exit(&run, 0);
	g_assert_cmpstr(run.said->str, ==, "0\n1\n2\n3\n");
	run_fini(&run);
}

/* A set out of /proc/PID/status. The two that libc keeps for itself it ignores in children. */
static guint64 signals_of(const struct run *run, const char *label)
{
	const char *at = strstr(run->said->str, label);
	g_assert_nonnull(at);
	return g_ascii_strtoull(at + strlen(label), NULL, 16) & ~(UINT64_C(3) << 31);
}

static void begins_with_default_signals_in_its_own_group(void)
{
	struct run run;
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
	static const char *const argv[] = {
		"/bin/cat", "/proc/self/status", "/proc/self/stat", NULL};
	g_assert_cmpint(start(&run, argv, "", PATIENCE_MS), ==, 0);
	signal(SIGPIPE, handler);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	finish(&run);
	expect_exit(&run, 0);
	g_assert_cmpuint(signals_of(&run, "SigBlk:\t"), ==, 0);
	g_assert_cmpuint(signals_of(&run, "SigIgn:\t"), ==, 0);
	/* "PID (cat) STATE PARENT GROUP" */
	const char *pid = strstr(run.said->str, "\nPid:\t") + strlen("\nPid:\t");
	g_autofree char *group = g_strdup_printf(
		"(cat) R %d %lld ", (int)getpid(), (long long)g_ascii_strtoll(pid, NULL, 10));
	g_assert_nonnull(strstr(run.said->str, group));
	run_fini(&run);
}

static void what_cannot_be_executed_is_found_out_at_once(void)
{
	g_autofree char *folder = g_dir_make_tmp("process-XXXXXX", NULL);
	g_autofree char *text = g_build_filename(folder, "text", NULL);
	g_autofree char *none = g_build_filename(folder, "none", NULL);
	g_assert_true(g_file_set_contents(text, "no program", -1, NULL));
	const char *const missing[] = {none, NULL}, *const forbidden[] = {text, NULL};
	struct run run;
	g_assert_cmpint(start(&run, missing, "", 1), ==, -ENOENT);
	run_fini(&run);
	g_assert_cmpint(start(&run, forbidden, "", 1), ==, -EACCES);
	run_fini(&run);
	g_assert_cmpint(g_chmod(text, 0700), ==, 0);
	g_assert_cmpint(start(&run, forbidden, "", 1), ==, -ENOEXEC);
	run_fini(&run);
	g_unlink(text);
	g_rmdir(folder);
}

static const struct {
	const char *name;
	const char *text;
	enum hook_process_end end;
	int code;
} ends[] = {
	{"success", "exit 0", HOOK_PROCESS_EXITED, 0},
	{"a failure", "exit 42", HOOK_PROCESS_EXITED, 42},
	{"a signal", "kill -USR1 $$", HOOK_PROCESS_KILLED, SIGUSR1},
	{"closed output", "exec >&- 2>&-; exit 7", HOOK_PROCESS_EXITED, 7},
};

static void tells_how_it_ended(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		struct run run;
		start_shell(&run, ends[i].text, "", PATIENCE_MS);
		finish(&run);
		g_test_message("%s", ends[i].name);
		g_assert_cmpint(run.status.end, ==, ends[i].end);
		g_assert_cmpint(run.status.code, ==, ends[i].code);
		run_fini(&run);
	}
}

static void output_comes_in_lines_from_both(void)
{
	struct run run;
	start_shell(&run, "echo out; echo err >&2; printf 'no end'", "", PATIENCE_MS);
	finish(&run);
	g_assert_cmpstr(run.said->str, ==, "out\nerr\nno end\n");
	run_fini(&run);
}

static void a_time_out_ends_all_that_it_has_started(void)
{
	struct run run;
	start_shell(&run,
		"trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 100; done' & wait",
		"", 500);
	finish(&run);
	g_assert_cmpint(run.status.end, ==, HOOK_PROCESS_TIMED_OUT);
	g_assert_cmpint(run.status.code, ==, SIGKILL);
	wait_until_gone((int)g_ascii_strtoll(run.said->str, NULL, 10));
	run_fini(&run);
}

static void a_time_out_asks_first(void)
{
	struct run run;
	start_shell(&run, "trap 'echo bye; exit 3' TERM; while :; do sleep 0.01; done", "", 200);
	finish(&run);
	g_assert_cmpint(run.status.end, ==, HOOK_PROCESS_TIMED_OUT);
	g_assert_nonnull(strstr(run.said->str, "bye\n"));
	run_fini(&run);
}

static void what_it_leaves_running_is_not_waited_for(void)
{
	struct run run;
	start_shell(&run, "sleep 100 & echo $!", "", PATIENCE_MS);
	finish(&run);
	expect_exit(&run, 0);
	int left = (int)g_ascii_strtoll(run.said->str, NULL, 10);
	g_assert_true(is_alive(left));
	kill(left, SIGKILL);
	run_fini(&run);
}

static void can_be_cancelled(void)
{
	struct run run;
	start_shell(&run, "echo here; exec sleep 100", "", PATIENCE_MS);
	wait_until_said(&run, "here");
	hook_process_cancel(run.process);
	finish(&run);
	g_assert_cmpint(run.status.end, ==, HOOK_PROCESS_CANCELLED);
	run_fini(&run);
}

static void destroying_kills(void)
{
	struct run run;
	start_shell(&run, "trap '' TERM; echo $$; while :; do sleep 100; done", "", PATIENCE_MS);
	wait_until_said(&run, "\n");
	int pid = (int)g_ascii_strtoll(run.said->str, NULL, 10);
	run_fini(&run);
	g_assert_false(is_alive(pid));
}

static void a_status_that_others_took_is_lost(void)
{
	struct run run;
	start_shell(&run, "exit 0", "", PATIENCE_MS);
	/* As a library might, that believes all children of the process to be its own. */
	g_assert_cmpint(waitpid(-1, NULL, 0), >, 0);
	finish(&run);
	g_assert_cmpint(run.status.end, ==, HOOK_PROCESS_LOST);
	run_fini(&run);
}

/* For this process, for good: pidfd_open() is unknown. False when filters are not allowed. */
static bool forbid_pidfd(void)
{
	struct sock_filter rows[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {G_N_ELEMENTS(rows), rows};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
	       syscall(SYS_pidfd_open, getpid(), 0) < 0 && errno == ENOSYS;
}

static void run_without_pidfd(void)
{
	struct run run;
	g_assert_true(forbid_pidfd());
	/* Nothing of these tells of their end but the end itself. */
	start_shell(&run, "exec >&- 2>&-; exit 5", "", PATIENCE_MS);
	finish(&run);
	expect_exit(&run, 5);
	run_fini(&run);
	start_shell(&run, "exec >&- 2>&-; exec sleep 100", "", 100);
	finish(&run);
	g_assert_cmpint(run.status.end, ==, HOOK_PROCESS_TIMED_OUT);
	run_fini(&run);
	_exit(0);
}

static void an_older_kernel_is_asked_again_and_again(void)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		run_without_pidfd();
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static unsigned count_descriptors(void)
{
	GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
	unsigned count = 0;
	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count;
}

static void leaves_neither_descriptors_nor_zombies(void)
{
	unsigned before = count_descriptors();
	for (size_t i = 0; i < 3 * G_N_ELEMENTS(ends); i++) {
		struct run run;
		start_shell(&run, ends[i % G_N_ELEMENTS(ends)].text, "in", PATIENCE_MS);
		finish(&run);
		run_fini(&run);
	}
	g_assert_cmpuint(count_descriptors(), ==, before);
	g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
	g_assert_cmpint(errno, ==, ECHILD);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func(
		"/gets arguments, environment and input", gets_arguments_environment_and_input);
	g_test_add_func("/input may be larger than a pipe, and unread",
		input_may_be_larger_than_a_pipe_and_unread);
	g_test_add_func("/inherits no descriptor", inherits_no_descriptor);
	g_test_add_func("/begins with default signals in its own group",
		begins_with_default_signals_in_its_own_group);
	g_test_add_func("/what cannot be executed is found out at once",
		what_cannot_be_executed_is_found_out_at_once);
	g_test_add_func("/tells how it ended", tells_how_it_ended);
	g_test_add_func("/output comes in lines, from both", output_comes_in_lines_from_both);
	g_test_add_func("/a time-out ends all that it has started",
		a_time_out_ends_all_that_it_has_started);
	g_test_add_func("/a time-out asks first", a_time_out_asks_first);
	g_test_add_func("/what it leaves running is not waited for",
		what_it_leaves_running_is_not_waited_for);
	g_test_add_func("/can be cancelled", can_be_cancelled);
	g_test_add_func("/destroying kills", destroying_kills);
	g_test_add_func("/a status that others took is lost", a_status_that_others_took_is_lost);
	g_test_add_func(
		"/leaves neither descriptors nor zombies", leaves_neither_descriptors_nor_zombies);
	g_test_add_func("/an older kernel is asked again and again",
		an_older_kernel_is_asked_again_and_again);
	return g_test_run();
}
