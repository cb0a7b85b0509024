/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See limits.h. */
#include "recording/limits.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "recording/ring.h"

#define U64 "%" G_GUINT64_FORMAT

/* Returns `error`, so that a check is one statement. */
G_GNUC_PRINTF(3, 4)
static int refuse(char **why, int error, const char *format, ...)
{
	if (why == NULL)
		return error;
	va_list args;
	va_start(args, format);
	*why = g_strdup_vprintf(format, args);
	va_end(args);
	return error;
}

int limits_judge(char **why, const struct limits_facts *facts)
{
	/* What a new ring takes at once, and a step for each that may have to grow. */
	uint64_t memory = facts->wanted * RING_COMMIT_START + facts->tracks * RING_COMMIT_STEP;
	uint64_t descriptors = facts->descriptors + facts->wanted + LIMITS_SPARE_DESCRIPTORS;
	if (facts->recordings_max > 0 && facts->recordings >= facts->recordings_max)
		return refuse(why, -EUSERS,
			U64 " recordings are running, and max_recordings is " U64,
			facts->recordings, facts->recordings_max);
	if (descriptors > facts->descriptors_max)
		return refuse(why, -EMFILE,
			U64 " open files + " U64 " of this recording + %d to spare are more than "
			    "the " U64 " that the process may open (RLIMIT_NOFILE)",
			facts->descriptors, facts->wanted, LIMITS_SPARE_DESCRIPTORS,
			facts->descriptors_max);
	if (memory > facts->ring_memory)
		return refuse(why, -ENOMEM,
			U64 " rings of this recording × %d KiB + " U64 " that run × %d KiB are "
			    "more than the " U64 " KiB that are free in the ring folder",
			facts->wanted, RING_COMMIT_START >> 10, facts->tracks,
			RING_COMMIT_STEP >> 10, facts->ring_memory >> 10);
	return 0;
}

/* Those of this process; 0 when /proc does not say. */
static uint64_t count_descriptors(void)
{
	GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
	uint64_t count = 0;
	if (dir == NULL)
		return 0;
	while (g_dir_read_name(dir) != NULL)
		count++;
	g_dir_close(dir);
	return count - 1; /* without the one that reads */
}

static uint64_t descriptors_max(void)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? UINT64_MAX : (uint64_t)limit.rlim_cur;
}

static uint64_t free_bytes(const char *folder)
{
	struct statvfs fs;
	if (statvfs(folder, &fs) < 0)
		return UINT64_MAX;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

int limits_enter(struct limits *limits, char **why, uint64_t recordings_max,
	const char *ring_folder, size_t tracks)
{
	/* Counted in before the judgement: of two that come at once, one sees the other. */
	const struct limits_facts facts = {
		.recordings_max = recordings_max,
		.recordings = atomic_fetch_add(&limits->recordings, 1),
		.tracks = atomic_fetch_add(&limits->tracks, tracks),
		.wanted = tracks,
		.descriptors_max = descriptors_max(),
		.descriptors = count_descriptors(),
		.ring_memory = free_bytes(ring_folder),
	};
	int err = limits_judge(why, &facts);
	if (err < 0)
		limits_leave(limits, tracks);
	return err;
}

void limits_leave(struct limits *limits, size_t tracks)
{
	atomic_fetch_sub(&limits->recordings, 1);
	atomic_fetch_sub(&limits->tracks, tracks);
}

char *limits_foresee(uint64_t recordings)
{
	uint64_t max = descriptors_max(), open = count_descriptors();
	uint64_t wanted = recordings * LIMITS_USUAL_TRACKS;
	if (wanted + open + LIMITS_SPARE_DESCRIPTORS <= max)
		return NULL;
	return g_strdup_printf(U64 " recordings × %d files + " U64
				   " open files + %d to spare are more than the " U64
				   " files that the process may open (RLIMIT_NOFILE)",
		recordings, LIMITS_USUAL_TRACKS, open, LIMITS_SPARE_DESCRIPTORS, max);
}
