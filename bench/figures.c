/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See figures.h. */
#include "bench/figures.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "common/mjr.h"

enum {
	NS_PER_S = 1000000000,
	BLOCK = 512, /* unit of st_blocks */
};

static int64_t read_ns(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t figures_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

/* The number behind `key` at the start of a line of a file under /proc. */
static int64_t proc_number(const char *path, const char *key)
{
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		g_error("cannot read %s", path);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		if (g_str_has_prefix(*line, key))
			return g_ascii_strtoll(*line + strlen(key), NULL, 10);
	g_error("no %s in %s", key, path);
}

void figures_usage(struct figures_usage *out)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	*out = (struct figures_usage){
		.cpu_s = (double)read_ns(CLOCK_PROCESS_CPUTIME_ID) / NS_PER_S,
		.system_s = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
		.media_cpu_s = (double)read_ns(CLOCK_THREAD_CPUTIME_ID) / NS_PER_S,
		.writes = proc_number("/proc/self/io", "syscw:"),
		.media_writes = proc_number("/proc/thread-self/io", "syscw:"),
		.switches = usage.ru_nvcsw,
		.preemptions = usage.ru_nivcsw,
	};
}

void figures_usage_since(struct figures_usage *now, const struct figures_usage *since)
{
	now->cpu_s -= since->cpu_s;
	now->system_s -= since->system_s;
	now->media_cpu_s -= since->media_cpu_s;
	now->writes -= since->writes;
	now->media_writes -= since->media_writes;
	now->switches -= since->switches;
	now->preemptions -= since->preemptions;
}

size_t figures_private_bytes(void)
{
	return (size_t)proc_number("/proc/self/smaps_rollup", "Pss_Anon:") * 1024;
}

static GDir *open_folder(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	if (dir == NULL)
		g_error("cannot read %s", folder);
	return dir;
}

size_t figures_folder_bytes(const char *folder)
{
	GDir *dir = open_folder(folder);
	size_t bytes = 0;
	const char *name;
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct stat st;
		if (stat(path, &st) == 0)
			bytes += (size_t)st.st_blocks * BLOCK;
	}
	g_dir_close(dir);
	return bytes;
}

unsigned figures_descriptors(void)
{
	GDir *dir = open_folder("/proc/self/fd");
	unsigned count = 0;
	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count - 1; /* one is the folder itself */
}

static uint64_t count_frames(const char *path)
{
	GMappedFile *file = g_mapped_file_new(path, FALSE, NULL);
	if (file == NULL)
		g_error("cannot read %s", path);
	struct bytes rest = {
		(const uint8_t *)g_mapped_file_get_contents(file), g_mapped_file_get_length(file)};
	struct mjr_header header;
	struct mjr_frame frame;
	uint64_t count = 0;
	if (mjr_header_parse(&header, rest) == 0 && bytes_skip(&rest, header.size))
		for (; mjr_frame_parse(&frame, rest, header.version) == 0; count++)
			bytes_skip(&rest, frame.size);
	g_mapped_file_unref(file);
	return count;
}

uint64_t figures_media_frames(const char *folder)
{
	GDir *dir = open_folder(folder);
	uint64_t frames = 0;
	const char *name;
	while ((name = g_dir_read_name(dir)) != NULL) {
		if (!g_str_has_suffix(name, "-audio.mjr") && !g_str_has_suffix(name, "-video.mjr"))
			continue;
		g_autofree char *path = g_build_filename(folder, name, NULL);
		frames += count_frames(path);
	}
	g_dir_close(dir);
	return frames;
}

double figures_mean(const uint32_t *values, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return count == 0 ? 0 : sum / (double)count;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

uint32_t figures_percentile(uint32_t *values, size_t count, double share)
{
	if (count == 0)
		return 0;
	qsort(values, count, sizeof *values, compare_u32);
	return values[(size_t)((double)(count - 1) * share)];
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double figures_median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare_doubles);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
