/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See owner.h. */
#include "recording/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".engine-"
#define SUFFIX ".lock"

enum {
	TRIES_MAX = 10
};

static char *lock_path(const char *folder, const char *id)
{
	g_autofree char *file = g_strconcat(PREFIX, id, SUFFIX, NULL);
	return g_build_filename(folder, file, NULL);
}

/* Opens and locks; the descriptor, or -errno: -EWOULDBLOCK when somebody holds it. */
static int lock(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0640);
	if (fd < 0)
		return -errno;
	struct stat st;
	int err = flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0 ? -errno : 0;
	/* Whoever held it before us may have removed it. */
	if (err == 0 && st.st_nlink == 0)
		err = -EWOULDBLOCK;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

static struct owner *new_owner(const char *folder, const char *id)
{
	struct owner *owner = g_new0(struct owner, 1);
	owner->id = g_strdup(id);
	owner->path = lock_path(folder, id);
	owner->fd = -1;
	pthread_mutex_init(&owner->lock, NULL);
	return owner;
}

static void free_owner(void *data)
{
	owner_destroy(data, true);
}

int owner_create(struct owner **out, const char *folder)
{
	int err = -EWOULDBLOCK;
	/* Another engine may take a file that is not locked yet for a dead one's. */
	for (int i = 0; i < TRIES_MAX && err == -EWOULDBLOCK; i++) {
		g_autofree char *id = g_uuid_string_random();
		struct owner *owner = new_owner(folder, id);
		err = owner->fd = lock(owner->path, O_CREAT | O_EXCL);
		if (err >= 0) {
			*out = owner;
			return 0;
		}
		owner_destroy(owner, err == -EEXIST);
	}
	return err;
}

static bool is_in_place(const struct owner *owner)
{
	struct stat locked, found;
	return fstat(owner->fd, &locked) == 0 && lstat(owner->path, &found) == 0 &&
	       locked.st_dev == found.st_dev && locked.st_ino == found.st_ino;
}

/* A file that has no name any more is found by nobody. */
static void put_aside(struct owner *owner, int fd)
{
	struct stat st;
	if (fstat(fd, &st) == 0 && st.st_nlink == 0) {
		close(fd);
		return;
	}
	if (owner->former == NULL)
		owner->former = g_array_new(FALSE, FALSE, sizeof fd);
	g_array_append_val(owner->former, fd);
}

int owner_settle(struct owner *owner)
{
	pthread_mutex_lock(&owner->lock);
	int result = 0;
	if (!is_in_place(owner)) {
		/* The folder may be a copy of ours, with a file of that name. */
		result = lock(owner->path, O_CREAT);
		if (result >= 0) {
			put_aside(owner, owner->fd);
			owner->fd = result;
			atomic_fetch_add(&owner->moves, 1);
			result = 1;
		}
	}
	pthread_mutex_unlock(&owner->lock);
	return result;
}

void owner_destroy(struct owner *owner, bool keep)
{
	if (owner == NULL)
		return;
	if (!keep)
		unlink(owner->path);
	if (owner->fd >= 0)
		close(owner->fd);
	for (guint i = 0; owner->former != NULL && i < owner->former->len; i++)
		close(g_array_index(owner->former, int, i));
	g_clear_pointer(&owner->former, g_array_unref);
	pthread_mutex_destroy(&owner->lock);
	g_free(owner->path);
	g_free(owner->id);
	g_free(owner);
}

/* The id in a lock file's name, which the caller frees; NULL for other files. */
static char *id_of(const char *file)
{
	size_t len = strlen(file);
	if (len <= strlen(PREFIX SUFFIX) || !g_str_has_prefix(file, PREFIX) ||
		!g_str_has_suffix(file, SUFFIX))
		return NULL;
	g_autofree char *id = g_strndup(file + strlen(PREFIX), len - strlen(PREFIX SUFFIX));
	return g_uuid_string_is_valid(id) ? g_steal_pointer(&id) : NULL;
}

static void look(struct owner_others *others, const char *folder, const char *id)
{
	struct owner *owner = new_owner(folder, id);
	owner->fd = lock(owner->path, 0);
	if (owner->fd >= 0) {
		g_ptr_array_add(others->dead, owner);
		return;
	}
	/* Gone meanwhile: its affairs are in order. Whatever else it is, it is not ours. */
	if (owner->fd != -ENOENT)
		g_hash_table_add(others->living, g_strdup(id));
	owner_destroy(owner, true);
}

void owner_others_init(struct owner_others *others, const char *folder, const struct owner *self)
{
	others->dead = g_ptr_array_new_with_free_func(free_owner);
	others->living = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *id = id_of(file);
		if (id != NULL && strcmp(id, self->id) != 0)
			look(others, folder, id);
	}
	g_clear_pointer(&dir, g_dir_close);
}

void owner_others_fini(struct owner_others *others)
{
	g_clear_pointer(&others->dead, g_ptr_array_unref);
	g_clear_pointer(&others->living, g_hash_table_unref);
}
