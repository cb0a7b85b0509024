/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread that writes metrics_file.
 */
#include "plugins/metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plugins/log.h"
#include "plugins/metrics.h"
#include "plugins/metrics_table.h"
#include "plugins/plugin.h"

enum {
	READABLE = 0644 /* by the exporter, whatever the gateway's umask is */
};

static const struct log_place nowhere;

struct metrics_file {
	/* constant after create */
	struct plugin *plugin;
	const char *path; /* of the settings */
	char *temporary;  /* beside it, and not of a name that collectors look for */
	GThread *thread;

	/* owned by the thread */
	bool has_written;
	int error; /* of the last attempt */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_ending; /* protected by lock */
};

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);
		if (done < 0 && errno != EINTR)
			return -errno;
		text += MAX(done, 0);
		len -= (size_t)MAX(done, 0);
	}
	return 0;
}

/* 0 or -errno; then there is no temporary file. */
static int replace(const struct metrics_file *file, const char *text)
{
	/* One that a killed gateway has left; and nobody's link is followed. */
	(void)unlink(file->temporary);
	int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, READABLE);
	if (fd < 0)
		return -errno;
	int result = fchmod(fd, READABLE) < 0 ? -errno : write_all(fd, text, strlen(text));
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(file->temporary, file->path) < 0)
		result = -errno;
	if (result < 0)
		(void)unlink(file->temporary);
	return result;
}

static void write_once(struct metrics_file *file)
{
	struct metrics metrics;
	metrics_read(&metrics, file->plugin);
	g_autofree char *text = metrics_table_to_text(&metrics);
	metrics_fini(&metrics);
	int result = replace(file, text);
	if (result < 0 && result != file->error)
		log_warn(nowhere, "metrics_file '%s' cannot be written: %s", file->path,
			g_strerror(-result));
	file->error = result;
	file->has_written = file->has_written || result == 0;
}

/* False when it is time to end. */
static bool wait_for_next(struct metrics_file *file)
{
	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += file->plugin->settings.metrics_interval_s;
	pthread_mutex_lock(&file->lock);
	while (!file->is_ending) {
		if (pthread_cond_timedwait(&file->changed, &file->lock, &deadline) != 0)
			break;
	}
	bool is_ending = file->is_ending;
	pthread_mutex_unlock(&file->lock);
	return !is_ending;
}

static void *run(void *ctx)
{
	struct metrics_file *file = ctx;
	do
		write_once(file);
	while (wait_for_next(file));
	return NULL;
}

static void free_file(struct metrics_file *file)
{
	pthread_cond_destroy(&file->changed);
	pthread_mutex_destroy(&file->lock);
	g_free(file->temporary);
	g_free(file);
}

int metrics_file_create(struct metrics_file **out, struct plugin *plugin)
{
	const char *path = plugin->settings.metrics_file;
	*out = NULL;
	if (*path == '\0')
		return 0;
	struct metrics_file *file = g_new0(struct metrics_file, 1);
	file->plugin = plugin;
	file->path = path;
	file->temporary = g_strconcat(path, ".tmp", NULL);
	pthread_mutex_init(&file->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&file->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	file->thread = g_thread_try_new("recorder-metric", run, file, NULL);
	if (!file->thread) {
		free_file(file);
		return -EAGAIN;
	}
	*out = file;
	return 0;
}

void metrics_file_destroy(struct metrics_file *file)
{
	if (!file)
		return;
	pthread_mutex_lock(&file->lock);
	file->is_ending = true;
	pthread_cond_signal(&file->changed);
	pthread_mutex_unlock(&file->lock);
	g_thread_join(file->thread);
	if (file->has_written)
		(void)unlink(file->path);
	free_file(file);
}
