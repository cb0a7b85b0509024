/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See owner.h. */
#include "recording/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX       ".engine-"
#define SUFFIX       ".lock"
#define RINGS_SUFFIX ".rings"

enum {
	TRIES_MAX = 10
};

static struct owner_hold new_hold(const char *folder, const char *id, const char *suffix)
{
	g_autofree char *file = g_strconcat(PREFIX, id, suffix, NULL);
	return (struct owner_hold){g_build_filename(folder, file, NULL), -1};
}

/* Opens and locks; the descriptor, or -errno: -EWOULDBLOCK when somebody holds it. */
static int lock(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0640);
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
	if (flags & O_EXCL)
		unlink(path);
	return err;
}

/* 0 or -errno, as lock(). */
static int acquire(struct owner_hold *hold, int flags)
{
	int result = lock(hold->path, flags);
	if (result < 0)
		return result;
	hold->fd = result;
	return 0;
}

/* `keep`: the file stays. What we do not hold is not ours to remove. */
static void release(struct owner_hold *hold, bool keep)
{
	if (hold->fd >= 0 && !keep)
		unlink(hold->path);
	if (hold->fd >= 0)
		close(hold->fd);
	g_free(hold->path);
}

static struct owner *new_owner(const char *folder, const char *ring_folder, const char *id)
{
	struct owner *owner = g_new0(struct owner, 1);
	owner->id = g_strdup(id);
	owner->home = new_hold(folder, id, SUFFIX);
	owner->rings = new_hold(ring_folder, id, RINGS_SUFFIX);
	pthread_mutex_init(&owner->lock, NULL);
	return owner;
}

static void free_owner(void *data)
{
	owner_destroy(data, true);
}

/* That in the recordings folder is found first, and so must be there first, and go last. */
int owner_create(struct owner **out, const char *folder, const char *ring_folder)
{
	int err = -EWOULDBLOCK;
	/* Another engine may take a file that is not locked yet for a dead one's. */
	for (int i = 0; i < TRIES_MAX && err == -EWOULDBLOCK; i++) {
		g_autofree char *id = g_uuid_string_random();
		struct owner *owner = new_owner(folder, ring_folder, id);
		err = acquire(&owner->home, O_CREAT | O_EXCL);
		if (err == 0)
			err = acquire(&owner->rings, O_CREAT | O_EXCL);
		if (err == 0) {
			*out = owner;
			return 0;
		}
		owner_destroy(owner, false);
	}
	return err;
}

/*
 * The one in the ring folder first, always: of two that come at once, one gets both. After a loss
 * of power it is missing, and in a copy of the recordings folder the other may be.
 */
static int take(
	struct owner **out, const char *folder, const char *ring_folder, const char *id, int flags)
{
	struct owner *owner = new_owner(folder, ring_folder, id);
	int err = acquire(&owner->rings, O_CREAT);
	if (err == 0)
		err = acquire(&owner->home, flags);
	if (err == 0)
		*out = owner;
	else
		owner_destroy(owner, false);
	return err;
}

int owner_take(struct owner **out, const char *id, const char *folder, const char *ring_folder)
{
	return take(out, folder, ring_folder, id, O_CREAT);
}

static bool is_in_place(const struct owner_hold *hold)
{
	struct stat locked, found;
	return fstat(hold->fd, &locked) == 0 && lstat(hold->path, &found) == 0 &&
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

/* 0; 1: another file is locked now; -errno. */
static int settle(struct owner *owner, struct owner_hold *hold)
{
	if (is_in_place(hold))
		return 0;
	/* The folder may be a copy of ours, with a file of that name. */
	int result = lock(hold->path, O_CREAT);
	if (result < 0)
		return result;
	put_aside(owner, hold->fd);
	hold->fd = result;
	return 1;
}

int owner_settle(struct owner *owner)
{
	pthread_mutex_lock(&owner->lock);
	int result = settle(owner, &owner->home);
	if (result > 0)
		atomic_fetch_add(&owner->moves, 1);
	/* Without it we are still seen to live, but in copies. */
	(void)settle(owner, &owner->rings);
	pthread_mutex_unlock(&owner->lock);
	return result;
}

void owner_destroy(struct owner *owner, bool keep)
{
	if (owner == NULL)
		return;
	release(&owner->rings, keep);
	release(&owner->home, keep);
	for (guint i = 0; owner->former != NULL && i < owner->former->len; i++)
		close(g_array_index(owner->former, int, i));
	g_clear_pointer(&owner->former, g_array_unref);
	pthread_mutex_destroy(&owner->lock);
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

static void look(
	struct owner_others *others, const char *folder, const char *ring_folder, const char *id)
{
	struct owner *owner = NULL;
	int err = take(&owner, folder, ring_folder, id, 0);
	if (err == 0)
		g_ptr_array_add(others->dead, owner);
	/* Gone meanwhile: its affairs are in order. Whatever else it is, it is not ours. */
	else if (err != -ENOENT)
		g_hash_table_add(others->living, g_strdup(id));
}

void owner_others_init(struct owner_others *others, const char *folder, const char *ring_folder,
	const struct owner *self)
{
	others->dead = g_ptr_array_new_with_free_func(free_owner);
	others->living = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *id = id_of(file);
		if (id != NULL && strcmp(id, self->id) != 0)
			look(others, folder, ring_folder, id);
	}
	g_clear_pointer(&dir, g_dir_close);
}

void owner_others_fini(struct owner_others *others)
{
	g_clear_pointer(&others->dead, g_ptr_array_unref);
	g_clear_pointer(&others->living, g_hash_table_unref);
}
