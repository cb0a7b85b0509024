/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See filler.h. */
#include "tests/soak/filler.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/double/folder.h"

enum {
	PIECE_MAX = 256 << 10,
	PIECE_MIN = 1 << 10,
	LEFT_MAX = 10 << 20, /* bytes that are left free when it does not take all */
	HOLD_MAX_MS = 3000,  /* for so long it stays full, or empty */
	REFILL_MS = 20,      /* so soon it takes what others have given back */
	FILES_MAX = 1 << 16, /* more than the disk has room for */
};

struct filler {
	char *folder; /* for files without size */
	GRand *random;
	GThread *thread;
	int ballast; /* a file without a name */
	off_t size;  /* of it */
	unsigned cycles;

	/* protected by `lock` */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool is_over;
};

static guint64 available(const struct filler *filler)
{
	struct statvfs status;
	g_assert_cmpint(fstatvfs(filler->ballast, &status), ==, 0);
	return (guint64)status.f_bavail * status.f_frsize;
}

/* Until so much is left. */
static void fill(struct filler *filler, guint64 left)
{
	for (off_t piece = PIECE_MAX; piece >= PIECE_MIN;) {
		if (available(filler) >= left + (guint64)piece &&
			fallocate(filler->ballast, 0, filler->size, piece) == 0)
			filler->size += piece;
		else
			piece /= 2;
	}
}

/* A disk may also have no room for one more file. */
static void fill_with_files(struct filler *filler)
{
	for (unsigned i = 0; i < FILES_MAX; i++) {
		g_autofree char *path = g_strdup_printf("%s/%u", filler->folder, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return;
		close(fd);
	}
}

static void shrink(struct filler *filler, off_t size)
{
	g_assert_cmpint(ftruncate(filler->ballast, size), ==, 0);
	filler->size = size;
	folder_remove(filler->folder);
	g_assert_cmpint(g_mkdir(filler->folder, 0700), ==, 0);
}

/* False: it is over. */
static bool hold(struct filler *filler, unsigned ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	int err = 0;
	pthread_mutex_lock(&filler->lock);
	while (!filler->is_over && err == 0)
		err = pthread_cond_timedwait(&filler->ended, &filler->lock, &until);
	bool is_over = filler->is_over;
	pthread_mutex_unlock(&filler->lock);
	return !is_over;
}

static unsigned up_to(struct filler *filler, unsigned max)
{
	return (unsigned)g_rand_int_range(filler->random, 0, (gint32)max + 1);
}

/* Takes what others give back, or does not. */
static bool hold_full(struct filler *filler, guint64 left)
{
	unsigned ms = up_to(filler, HOLD_MAX_MS);
	if (up_to(filler, 1) == 0)
		return hold(filler, ms);
	for (unsigned held = 0; held < ms; held += REFILL_MS) {
		if (!hold(filler, REFILL_MS))
			return false;
		fill(filler, left);
	}
	return true;
}

static bool fill_and_hold(struct filler *filler)
{
	switch (up_to(filler, 9)) {
	case 0:
		fill_with_files(filler);
		return hold(filler, up_to(filler, HOLD_MAX_MS));
	case 1:
	case 2: {
		guint64 left = up_to(filler, LEFT_MAX);
		fill(filler, left);
		return hold_full(filler, left);
	}
	default:
		fill(filler, 0);
		return hold_full(filler, 0);
	}
}

static void *run(void *data)
{
	struct filler *filler = data;
	bool goes_on = true;
	while (goes_on) {
		goes_on = fill_and_hold(filler);
		filler->cycles++;
		bool gives_all = up_to(filler, 1) == 0;
		shrink(filler, gives_all ? 0 : up_to(filler, (unsigned)filler->size));
		goes_on = goes_on && hold(filler, up_to(filler, HOLD_MAX_MS));
	}
	return NULL;
}

struct filler *filler_start(const char *folder, guint32 seed)
{
	struct filler *filler = g_new0(struct filler, 1);
	filler->folder = g_build_filename(folder, "filler", NULL);
	filler->random = g_rand_new_with_seed(seed);
	filler->ballast = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	g_assert_cmpint(filler->ballast, >=, 0);
	g_assert_cmpint(g_mkdir(filler->folder, 0700), ==, 0);
	pthread_mutex_init(&filler->lock, NULL);
	pthread_cond_init(&filler->ended, NULL);
	filler->thread = g_thread_new("filler", run, filler);
	return filler;
}

unsigned filler_stop(struct filler *filler, bool is_full)
{
	pthread_mutex_lock(&filler->lock);
	filler->is_over = true;
	pthread_cond_signal(&filler->ended);
	pthread_mutex_unlock(&filler->lock);
	g_thread_join(filler->thread);
	if (is_full)
		fill(filler, 0);
	else
		shrink(filler, 0);
	return filler->cycles;
}

void filler_destroy(struct filler *filler)
{
	close(filler->ballast);
	folder_remove(filler->folder);
	pthread_cond_destroy(&filler->ended);
	pthread_mutex_destroy(&filler->lock);
	g_rand_free(filler->random);
	g_free(filler->folder);
	g_free(filler);
}
