/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See medium.h. */
#include "tests/recording/medium.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	STEPS_MAX = 4096,
	BYTES_MAX = 4 << 20,
	FDS_MAX = 1024,
	NO_FILE = -1,
	FOLDER = -2
};

/* In memory that is shared with the processes that are forked. */
struct notes {
	size_t step_count;
	size_t byte_count;
	unsigned file_count;
	struct medium_step steps[STEPS_MAX];
	uint8_t bytes[BYTES_MAX];
};

static struct {
	struct notes *notes;
	pthread_mutex_t lock;
	const char *folder; /* NULL: nothing is noted */
	const _Atomic int64_t *now_us;
	int files[FDS_MAX]; /* of each descriptor; NO_FILE: none of ours */
} medium = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- notes --- */

void medium_init(void)
{
	medium.notes = mmap(NULL, sizeof *medium.notes, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(medium.notes != MAP_FAILED);
}

void medium_begin(const char *folder, const _Atomic int64_t *now_us, bool is_next)
{
	struct notes *notes = medium.notes;
	if (!is_next)
		notes->step_count = notes->byte_count = notes->file_count = 0;
	medium.folder = folder;
	medium.now_us = now_us;
	for (size_t i = 0; i < FDS_MAX; i++)
		medium.files[i] = NO_FILE;
}

static struct medium_step *add_step(enum medium_op op, unsigned file)
{
	g_assert_cmpuint(medium.notes->step_count, <, STEPS_MAX);
	struct medium_step *step = &medium.notes->steps[medium.notes->step_count];
	*step = (struct medium_step){.op = op, .file = file, .time_us = *medium.now_us};
	medium.notes->step_count++;
	return step;
}

static void set_name(char out[static MEDIUM_NAME_SIZE], const char *name)
{
	g_assert_cmpuint(g_strlcpy(out, name, MEDIUM_NAME_SIZE), <, MEDIUM_NAME_SIZE);
}

void medium_mark(int mark, const char *name)
{
	pthread_mutex_lock(&medium.lock);
	if (medium.folder != NULL) {
		struct medium_step *step = add_step(MEDIUM_MARK, 0);
		step->mark = mark;
		set_name(step->name, name);
	}
	pthread_mutex_unlock(&medium.lock);
}

size_t medium_step_count(void)
{
	return medium.notes->step_count;
}

const struct medium_step *medium_step(size_t index)
{
	return &medium.notes->steps[index];
}

/* --- the calls --- */

/* The name inside the folder, or NULL when it is elsewhere. */
static const char *name_of(const char *path)
{
	size_t len = medium.folder == NULL ? 0 : strlen(medium.folder);
	if (len == 0 || strncmp(path, medium.folder, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

static void name_step(const struct medium_step *step, GHashTable *names)
{
	if (step->op == MEDIUM_CREATE || step->op == MEDIUM_RENAME)
		g_hash_table_insert(names,
			(char *)(uintptr_t)(step->op == MEDIUM_CREATE ? step->name : step->to),
			GUINT_TO_POINTER(step->file));
	if (step->op == MEDIUM_RENAME || step->op == MEDIUM_UNLINK)
		g_hash_table_remove(names, step->name);
}

/* The file that has this name now. */
static unsigned find_file(const char *name)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	for (size_t i = 0; i < medium.notes->step_count; i++)
		name_step(&medium.notes->steps[i], names);
	void *file;
	g_assert_true(g_hash_table_lookup_extended(names, name, NULL, &file));
	return GPOINTER_TO_UINT(file);
}

static void note_open(int fd, const char *path, bool is_new)
{
	const char *name = name_of(path);
	g_assert_cmpint(fd, <, FDS_MAX);
	if (fd < 0 || medium.folder == NULL)
		return;
	if (name == NULL) {
		medium.files[fd] = strcmp(path, medium.folder) == 0 ? FOLDER : NO_FILE;
		return;
	}
	unsigned file = is_new ? medium.notes->file_count++ : find_file(name);
	if (is_new)
		set_name(add_step(MEDIUM_CREATE, file)->name, name);
	medium.files[fd] = (int)file;
}

static void note_write(int fd, const void *data, size_t len, off_t offset)
{
	if (medium.folder == NULL || medium.files[fd] < 0)
		return;
	struct notes *notes = medium.notes;
	g_assert_cmpuint(notes->byte_count + len, <=, BYTES_MAX);
	memcpy(notes->bytes + notes->byte_count, data, len);
	struct medium_step *step = add_step(MEDIUM_WRITE, (unsigned)medium.files[fd]);
	step->offset = offset;
	step->len = len;
	step->data = notes->byte_count;
	notes->byte_count += len;
}

static int sync_file(int fd)
{
	pthread_mutex_lock(&medium.lock);
	if (medium.folder != NULL && medium.files[fd] == FOLDER)
		add_step(MEDIUM_SYNC_FOLDER, 0);
	else if (medium.folder != NULL && medium.files[fd] >= 0)
		add_step(MEDIUM_SYNC, (unsigned)medium.files[fd]);
	pthread_mutex_unlock(&medium.lock);
	return 0;
}

/* The linker puts these in the place of the calls, and gives those another name. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	bool has_no_name = (flags & O_TMPFILE) == O_TMPFILE;
	if ((flags & O_CREAT) != 0 || has_no_name) {
		va_list arguments;
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	pthread_mutex_lock(&medium.lock);
	int fd = __real_open(path, flags, mode);
	if (!has_no_name)
		note_open(fd, path, (flags & O_CREAT) != 0);
	pthread_mutex_unlock(&medium.lock);
	return fd;
}

int __real_g_mkstemp_full(char *path, int flags, int mode);
int __wrap_g_mkstemp_full(char *path, int flags, int mode);
int __wrap_g_mkstemp_full(char *path, int flags, int mode)
{
	pthread_mutex_lock(&medium.lock);
	int fd = __real_g_mkstemp_full(path, flags, mode);
	note_open(fd, path, true);
	pthread_mutex_unlock(&medium.lock);
	return fd;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	pthread_mutex_lock(&medium.lock);
	if (fd >= 0 && fd < FDS_MAX)
		medium.files[fd] = NO_FILE;
	int err = __real_close(fd);
	pthread_mutex_unlock(&medium.lock);
	return err;
}

/* Only temporary files are written so, each in one go. */
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	pthread_mutex_lock(&medium.lock);
	ssize_t written = __real_write(fd, data, len);
	if (written > 0)
		note_write(fd, data, (size_t)written, 0);
	pthread_mutex_unlock(&medium.lock);
	return written;
}

ssize_t __real_pwritev(int fd, const struct iovec *pieces, int count, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *pieces, int count, off_t offset);
ssize_t __wrap_pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
	g_autoptr(GByteArray) whole = g_byte_array_new();
	for (int i = 0; i < count; i++)
		g_byte_array_append(whole, pieces[i].iov_base, (guint)pieces[i].iov_len);
	pthread_mutex_lock(&medium.lock);
	ssize_t written = __real_pwritev(fd, pieces, count, offset);
	if (written > 0)
		note_write(fd, whole->data, (size_t)written, offset);
	pthread_mutex_unlock(&medium.lock);
	return written;
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size)
{
	pthread_mutex_lock(&medium.lock);
	int err = __real_ftruncate(fd, size);
	if (err == 0 && medium.folder != NULL && medium.files[fd] >= 0)
		add_step(MEDIUM_TRUNCATE, (unsigned)medium.files[fd])->offset = size;
	pthread_mutex_unlock(&medium.lock);
	return err;
}

int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	return sync_file(fd);
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	return sync_file(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
	pthread_mutex_lock(&medium.lock);
	int err = __real_rename(from, to);
	if (err == 0 && name_of(from) != NULL) {
		struct medium_step *step = add_step(MEDIUM_RENAME, find_file(name_of(from)));
		set_name(step->name, name_of(from));
		set_name(step->to, name_of(to));
	}
	pthread_mutex_unlock(&medium.lock);
	return err;
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
	pthread_mutex_lock(&medium.lock);
	int err = __real_unlink(path);
	if (err == 0 && name_of(path) != NULL)
		set_name(add_step(MEDIUM_UNLINK, 0)->name, name_of(path));
	pthread_mutex_unlock(&medium.lock);
	return err;
}

/* --- what there is --- */

static bool is_name_op(enum medium_op op)
{
	return op == MEDIUM_CREATE || op == MEDIUM_RENAME || op == MEDIUM_UNLINK;
}

static bool is_bytes_op(enum medium_op op)
{
	return op == MEDIUM_WRITE || op == MEDIUM_TRUNCATE;
}

/* What of the steps before `count` a sync has made safe: those before the result. */
static size_t synced(size_t count, enum medium_op op, unsigned file)
{
	while (count > 0) {
		const struct medium_step *step = medium_step(count - 1);
		if (step->op == op && step->file == file)
			break;
		count--;
	}
	return count;
}

static void resize(GByteArray *content, guint size)
{
	guint old = content->len;
	g_byte_array_set_size(content, size);
	if (size > old)
		memset(content->data + old, 0, size - old);
}

/* The first `len` bytes of a write. */
static void change(GByteArray *content, const struct medium_step *step, size_t len)
{
	if (step->op == MEDIUM_TRUNCATE) {
		resize(content, (guint)step->offset);
		return;
	}
	size_t end = (size_t)step->offset + len;
	if (end > content->len)
		resize(content, (guint)end);
	memcpy(content->data + step->offset, medium.notes->bytes + step->data, len);
}

static void change_all(GByteArray *content, unsigned file, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct medium_step *step = medium_step(i);
		if (is_bytes_op(step->op) && step->file == file)
			change(content, step, step->len);
	}
}

/* As `seen`, but with the sectors that `is_lost` tells from `content`. */
static void mix(GByteArray *content, const GByteArray *seen,
	bool (*is_lost)(size_t sector, GRand *dice), GRand *dice)
{
	resize(content, seen->len);
	for (guint at = 0; at < seen->len; at += MEDIUM_SECTOR)
		if (!is_lost(at / MEDIUM_SECTOR, dice))
			memcpy(content->data + at, seen->data + at,
				MIN(MEDIUM_SECTOR, seen->len - at));
}

static bool is_even(size_t sector, GRand *dice)
{
	(void)dice;
	return sector % 2 == 0;
}

static bool is_any(size_t sector, GRand *dice)
{
	(void)sector;
	return g_rand_boolean(dice);
}

static void tear(GByteArray *content, unsigned file, size_t from, size_t to)
{
	size_t last = to;
	while (last > from &&
		(!is_bytes_op(medium_step(last - 1)->op) || medium_step(last - 1)->file != file))
		last--;
	if (last == from)
		return;
	change_all(content, file, from, last - 1);
	if (medium_step(last - 1)->op == MEDIUM_WRITE)
		change(content, medium_step(last - 1), medium_step(last - 1)->len / 2);
}

static GByteArray *bytes_of(
	unsigned file, size_t count, const struct medium_loss *loss, GRand *dice)
{
	size_t safe = synced(count, MEDIUM_SYNC, file);
	GByteArray *content = g_byte_array_new();
	g_autoptr(GByteArray) seen = g_byte_array_new();
	change_all(content, file, 0, safe);
	change_all(seen, file, 0, count);
	switch (loss->bytes) {
	case MEDIUM_BYTES_LOST:
		break;
	case MEDIUM_BYTES_KEPT:
		change_all(content, file, safe, count);
		break;
	case MEDIUM_BYTES_TORN:
		tear(content, file, safe, count);
		break;
	case MEDIUM_BYTES_ZERO:
		resize(content, seen->len);
		break;
	case MEDIUM_BYTES_HOLED:
		mix(content, seen, is_even, dice);
		break;
	case MEDIUM_BYTES_DICE:
		mix(content, seen, is_any, dice);
		break;
	}
	return content;
}

/* Of `total` changes to names that are not safe, whether the one at `index` was kept. */
static bool is_kept(size_t index, size_t total, enum medium_names names, GRand *dice)
{
	switch (names) {
	case MEDIUM_NAMES_LOST:
		return false;
	case MEDIUM_NAMES_KEPT:
		return true;
	case MEDIUM_NAMES_FIRST:
		return index < total / 2;
	case MEDIUM_NAMES_LAST:
		return index == total - 1;
	case MEDIUM_NAMES_DICE:
		return g_rand_boolean(dice);
	}
	return false;
}

static GHashTable *names_at(size_t count, enum medium_names kind, GRand *dice)
{
	GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
	size_t safe = synced(count, MEDIUM_SYNC_FOLDER, 0);
	size_t total = 0, index = 0;
	for (size_t i = safe; i < count; i++)
		total += is_name_op(medium_step(i)->op);
	for (size_t i = 0; i < count; i++) {
		const struct medium_step *step = medium_step(i);
		if (!is_name_op(step->op))
			continue;
		if (i < safe || is_kept(index++, total, kind, dice))
			name_step(step, names);
	}
	return names;
}

GHashTable *medium_cut(size_t count, const struct medium_loss *loss)
{
	GHashTable *files = g_hash_table_new_full(
		g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_byte_array_unref);
	GRand *dice = g_rand_new_with_seed(loss->seed);
	g_autoptr(GHashTable) names = names_at(count, loss->names, dice);
	GHashTableIter each;
	void *name, *file;
	g_hash_table_iter_init(&each, names);
	while (g_hash_table_iter_next(&each, &name, &file))
		g_hash_table_insert(
			files, g_strdup(name), bytes_of(GPOINTER_TO_UINT(file), count, loss, dice));
	g_rand_free(dice);
	return files;
}

GHashTable *medium_view(size_t count)
{
	return medium_cut(count, &(struct medium_loss){MEDIUM_BYTES_KEPT, MEDIUM_NAMES_KEPT, 0});
}
