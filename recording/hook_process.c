/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hook_process.h. */
#include "recording/hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READS_MAX = 16, /* of one step, so that others get their turn */
	LOOK_MS = 50,   /* how often it is looked at where the kernel cannot tell of its end */
};

struct hook_process {
	/* constant after start */
	unsigned kill_ms;
	pid_t pid; /* and its group */

	int poll_fd; /* epoll: the three below */
	int pid_fd;  /* readable when it has ended; -1: the kernel has none */
	int timer_fd;
	int output_fd; /* -1: it was closed */

	enum hook_process_end end; /* EXITED: nobody has asked it to end */
	bool is_reaped;
	int64_t deadline_us; /* monotonic: when it is asked to end, or killed */
	struct hook_output output;
};

/* --- start --- */

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= (size_t)written;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* A file in memory: unlike a pipe, it takes all at once, and nobody has to read it. */
static int open_input(const struct hook_process_params *params)
{
	int fd = memfd_create("hook-input", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int err = write_all(fd, params->input, params->input_len);
	if (err < 0) {
		close(fd);
		return err;
	}
	return fd;
}

static int open_output(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Whatever the gateway ignores or blocks, the program begins like one started by a shell. */
static void describe_signals(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

static void describe_files(
	posix_spawn_file_actions_t *actions, int input, int output, const char *folder)
{
	posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
	/* The gateway's sockets, and files of libraries that do not care. */
	posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	posix_spawn_file_actions_addchdir_np(actions, folder);
}

static int spawn_here(pid_t *pid, const struct hook_process_params *params, int input, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	describe_files(&actions, input, output, params->folder);
	describe_signals(&attributes);
	int err = posix_spawn(
		pid, params->argv[0], &actions, &attributes, params->argv, params->environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

struct birth {
	pid_t *pid;
	const struct hook_process_params *params;
	int input, output;
	int err;
};

static void *give_birth(void *data)
{
	struct birth *birth = data;
	/* In Linux, of this thread; whom it starts inherits it. */
	(void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + birth->params->nice);
	birth->err = spawn_here(birth->pid, birth->params, birth->input, birth->output);
	return NULL;
}

/* Nobody may take niceness back: a nice program is started by a thread that then ends. */
static int spawn(pid_t *pid, const struct hook_process_params *params, int input, int output)
{
	struct birth birth = {pid, params, input, output, 0};
	GThread *thread = params->nice > 0
				  ? g_thread_try_new("recorder-nice", give_birth, &birth, NULL)
				  : NULL;
	if (thread == NULL)
		return spawn_here(pid, params, input, output);
	g_thread_join(thread);
	return birth.err;
}

static int watch(const struct hook_process *process, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	return epoll_ctl(process->poll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void set_deadline(struct hook_process *process, unsigned ms)
{
	unsigned first_ms = process->pid_fd < 0 ? LOOK_MS : MAX(ms, 1);
	unsigned next_ms = process->pid_fd < 0 ? LOOK_MS : 0;
	const struct itimerspec timer = {
		.it_value = {first_ms / 1000, (long)(first_ms % 1000) * 1000000},
		.it_interval = {next_ms / 1000, (long)(next_ms % 1000) * 1000000},
	};
	process->deadline_us = g_get_monotonic_time() + (int64_t)ms * 1000;
	timerfd_settime(process->timer_fd, 0, &timer, NULL);
}

static int open_watches(struct hook_process *process)
{
	process->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (process->poll_fd < 0)
		return -errno;
	process->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (process->timer_fd < 0)
		return -errno;
	int err = watch(process, process->timer_fd);
	return err == 0 ? watch(process, process->output_fd) : err;
}

/* It cannot be gone before it was waited for, so the number is still its own. */
static void watch_end(struct hook_process *process)
{
	process->pid_fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (process->pid_fd >= 0 && watch(process, process->pid_fd) < 0) {
		close(process->pid_fd);
		process->pid_fd = -1;
	}
}

int hook_process_start(struct hook_process **out, const struct hook_process_params *params)
{
	int ends[2] = {-1, -1};
	struct hook_process *process = g_new0(struct hook_process, 1);
	process->kill_ms = params->kill_ms;
	process->poll_fd = process->pid_fd = process->timer_fd = -1;
	process->is_reaped = true; /* there is none yet */
	process->output.on_line = params->on_line;
	process->output.ctx = params->ctx;
	int input = open_input(params);
	int err = input < 0 ? input : open_output(ends);
	process->output_fd = ends[0];
	if (err == 0)
		err = open_watches(process);
	if (err == 0)
		err = spawn(&process->pid, params, input, ends[1]);
	if (input >= 0)
		close(input);
	if (ends[1] >= 0)
		close(ends[1]);
	if (err < 0) {
		hook_process_destroy(process);
		return err;
	}
	process->is_reaped = false;
	watch_end(process);
	set_deadline(process, params->timeout_ms);
	*out = process;
	return 0;
}

/* --- life --- */

int hook_process_fd(const struct hook_process *process)
{
	return process->poll_fd;
}

static void close_output(struct hook_process *process)
{
	if (process->output_fd >= 0)
		close(process->output_fd);
	process->output_fd = -1;
}

static void read_output(struct hook_process *process)
{
	char bytes[4096];
	for (int i = 0; i < READS_MAX && process->output_fd >= 0; i++) {
		ssize_t got = read(process->output_fd, bytes, sizeof bytes);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0)
			close_output(process);
		else
			hook_output_push(
				&process->output, bytes, (size_t)got, g_get_monotonic_time());
	}
}

/* The number of the group is not given to others while its first member has not been waited for. */
static void signal_group(const struct hook_process *process, int number)
{
	(void)kill(-process->pid, number);
}

static void ask_to_end(struct hook_process *process, enum hook_process_end why)
{
	process->end = why;
	signal_group(process, SIGTERM);
	set_deadline(process, process->kill_ms);
}

static void keep_deadline(struct hook_process *process)
{
	uint64_t ticks;
	(void)!read(process->timer_fd, &ticks, sizeof ticks);
	if (g_get_monotonic_time() < process->deadline_us)
		return;
	if (process->end == HOOK_PROCESS_EXITED)
		ask_to_end(process, HOOK_PROCESS_TIMED_OUT);
	else
		signal_group(process, SIGKILL);
}

static bool has_ended(struct hook_process *process, siginfo_t *info, int flags)
{
	*info = (siginfo_t){0};
	int result;
	do {
		result = waitid(P_PID, (id_t)process->pid, info, WEXITED | flags);
	} while (result < 0 && errno == EINTR);
	return result < 0 || info->si_pid == process->pid;
}

static void describe_end(
	const struct hook_process *process, const siginfo_t *info, struct hook_process_status *out)
{
	*out = (struct hook_process_status){process->end, info->si_status};
	if (process->end != HOOK_PROCESS_EXITED)
		return;
	if (info->si_pid == 0)
		out->end = HOOK_PROCESS_LOST;
	else if (info->si_code != CLD_EXITED)
		out->end = HOOK_PROCESS_KILLED;
}

bool hook_process_step(struct hook_process *process, struct hook_process_status *out)
{
	siginfo_t info;
	keep_deadline(process);
	bool is_over = has_ended(process, &info, WNOHANG | WNOWAIT);
	read_output(process);
	if (!is_over)
		return false;
	if (process->end != HOOK_PROCESS_EXITED)
		signal_group(process, SIGKILL);
	has_ended(process, &info, WNOHANG);
	process->is_reaped = true;
	hook_output_end(&process->output, g_get_monotonic_time());
	describe_end(process, &info, out);
	return true;
}

void hook_process_cancel(struct hook_process *process)
{
	if (process->end == HOOK_PROCESS_EXITED)
		ask_to_end(process, HOOK_PROCESS_CANCELLED);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void hook_process_destroy(struct hook_process *process)
{
	if (process == NULL)
		return;
	if (!process->is_reaped) {
		siginfo_t info;
		signal_group(process, SIGKILL);
		has_ended(process, &info, 0);
	}
	close_output(process);
	close_if_open(process->poll_fd);
	close_if_open(process->pid_fd);
	close_if_open(process->timer_fd);
	g_free(process);
}
