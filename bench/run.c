/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See run.h. */
#include "bench/run.h"

#include <ftw.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/figures.h"

enum {
	NS_PER_MS = 1000000,
	DEPTH = 16, /* of open folders, for nftw() */
};

struct clocked {
	const struct recorder *recorder;
	void *self;
	uint64_t sent; /* of audio and video, in all */
	uint32_t *ns;  /* NULL while warming up */
	size_t count, size;
};

static void take(const struct traffic_packet *packet, void *ctx)
{
	struct clocked *clocked = ctx;
	if (packet->kind == TRAFFIC_RTCP) {
		clocked->recorder->take(clocked->self, packet);
		return;
	}
	clocked->sent++;
	int64_t before = figures_now_ns();
	clocked->recorder->take(clocked->self, packet);
	int64_t ns = figures_now_ns() - before;
	if (clocked->ns != NULL && clocked->count < clocked->size)
		clocked->ns[clocked->count++] = (uint32_t)MIN(ns, UINT32_MAX);
}

void run_sleep_until(int64_t ns)
{
	const struct timespec until = {ns / (1000 * NS_PER_MS), ns % (1000 * NS_PER_MS)};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Returns by how many ms it is late at the end. */
static double play(struct clocked *clocked, struct traffic *traffic, int64_t start_ns,
	unsigned from_ms, unsigned to_ms, unsigned wake_ms)
{
	int64_t late_ns = 0;
	for (unsigned ms = from_ms; ms < to_ms; ms++) {
		int64_t due_ns = start_ns + (int64_t)ms * NS_PER_MS;
		if (ms % MAX(wake_ms, 1) == 0)
			run_sleep_until(due_ns);
		traffic_tick(traffic, ms, take, clocked);
		late_ns = figures_now_ns() - due_ns;
	}
	return (double)late_ns / NS_PER_MS;
}

static void report_usage(
	struct run_result *out, const struct figures_usage *used, double packets, double seconds)
{
	out->packets = packets;
	out->cpu_ns = used->cpu_s * 1e9 / packets;
	out->media_cpu_ns = used->media_cpu_s * 1e9 / packets;
	out->system_ns = used->system_s * 1e9 / packets;
	out->writes = (double)used->writes;
	out->media_writes = (double)used->media_writes;
	out->switches = (double)used->switches;
	out->preemptions = (double)used->preemptions;
	out->cpu_share = used->cpu_s / seconds;
}

static void report_times(struct run_result *out, struct clocked *clocked)
{
	out->mean = figures_mean(clocked->ns, clocked->count);
	out->p50 = figures_percentile(clocked->ns, clocked->count, 0.5);
	out->p99 = figures_percentile(clocked->ns, clocked->count, 0.99);
	out->max = figures_percentile(clocked->ns, clocked->count, 1);
}

static void perform(void *result, const struct recorder *recorder,
	const struct recorder_setup *folders, const struct run_setup *setup)
{
	struct run_result *out = result;
	struct traffic *traffic = traffic_create(setup->streams, setup->video_bps);
	struct clocked clocked = {.recorder = recorder};
	double expected = traffic_rate(setup->video_bps) * setup->streams * setup->measure_ms / 1e3;
	clocked.size = (size_t)(expected * 1.1) + 1000;
	uint32_t *ns = g_new(uint32_t, clocked.size);
	memset(ns, 1, clocked.size * sizeof *ns);

	double private_before = (double)figures_private_bytes();
	double descriptors_before = figures_descriptors();
	clocked.self = recorder->open(folders);
	int64_t start_ns = figures_now_ns();
	play(&clocked, traffic, start_ns, 0, setup->warm_up_ms, setup->wake_ms);

	struct figures_usage before, used;
	uint64_t sent_before = clocked.sent;
	clocked.ns = ns;
	figures_usage(&before);
	int64_t from_ns = figures_now_ns();
	out->late_ms = play(&clocked, traffic, start_ns, setup->warm_up_ms,
		setup->warm_up_ms + setup->measure_ms, setup->wake_ms);
	double seconds = (double)(figures_now_ns() - from_ns) / 1e9;
	figures_usage(&used);
	figures_usage_since(&used, &before);

	out->private_bytes = ((double)figures_private_bytes() - private_before) / setup->streams;
	out->descriptors = (figures_descriptors() - descriptors_before) / setup->streams;
	out->ring_bytes = (double)figures_folder_bytes(folders->rings) / setup->streams;
	report_usage(out, &used, (double)(clocked.sent - sent_before), seconds);
	recorder->close(clocked.self);
	report_times(out, &clocked);
	if (recorder != &recorder_none && recorder != &recorder_bare)
		out->lost = (double)(clocked.sent - figures_media_frames(folders->recordings));
	traffic_destroy(traffic);
	g_free(ns);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static char *make_folder(const char *parent)
{
	char *folder = g_build_filename(parent, "recorder-bench-XXXXXX", NULL);
	if (g_mkdtemp(folder) == NULL)
		g_error("cannot make %s", folder);
	return folder;
}

/* In the child: what the fake gateway says belongs to the tests, not here. */
static void be_silent(void)
{
	char *arguments[] = {g_strdup("run"), NULL};
	char **argv = arguments;
	if (freopen("/dev/null", "w", stdout) == NULL)
		g_error("no /dev/null");
	g_test_init(&(int){1}, &argv, NULL);
	g_free(arguments[0]);
}

void run_apart(void *out, size_t size, run_fn fn, const struct recorder *recorder,
	const struct run_setup *setup)
{
	g_autofree char *recordings = make_folder(setup->folder);
	g_autofree char *rings = make_folder(setup->ring_folder);
	struct recorder_setup folders = {setup->streams, recordings, rings};
	int pipe_fds[2];
	if (pipe(pipe_fds) < 0)
		g_error("no pipe");
	fflush(stdout); /* or else both would write what is in it */
	pid_t child = fork();
	if (child == 0) {
		be_silent();
		fn(out, recorder, &folders, setup);
		_exit(write(pipe_fds[1], out, size) == (ssize_t)size ? 0 : 1);
	}
	close(pipe_fds[1]);
	ssize_t len = child < 0 ? -1 : read(pipe_fds[0], out, size);
	close(pipe_fds[0]);
	int status = 0;
	waitpid(child, &status, 0);
	nftw(recordings, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
	nftw(rings, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
	if (len != (ssize_t)size || status != 0)
		g_error("the run with %s has failed", recorder->name);
}

void run(struct run_result *out, const struct recorder *recorder, const struct run_setup *setup)
{
	*out = (struct run_result){0};
	run_apart(out, sizeof *out, perform, recorder, setup);
}

unsigned run_raise_descriptors(void)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return (unsigned)limit.rlim_cur;
}
