/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who writes the recordings of a folder, and whether it still lives.
 *
 * Every engine holds a lock on a file of its own in the recordings folder,
 * `.engine-ID.lock`, and on another in the ring folder, `.engine-ID.rings`: the
 * recordings folder may be a copy, or lack the file. The kernel releases the locks
 * when the process ends, however it ends, and no pid has to mean the same to
 * everybody: containers that share a folder see each other. The id is in the
 * manifests of the engine's recordings until they have ended, and begins the names
 * of its rings.
 *
 * Whoever gets both locks of another has found a dead engine, and is the only one
 * to look after what that has left. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct owner_hold {
	char *path; /* constant after create: of the lock's file */
	int fd;     /* holds the lock */
};

struct owner {
	/* constant after create */
	char *id; /* UUID */

	atomic_uint moves; /* how often another folder has taken the place of ours */

	/* protected by `lock`, which is held across calls for these files */
	pthread_mutex_t lock;
	struct owner_hold home;  /* in the recordings folder */
	struct owner_hold rings; /* in the ring folder */
	GArray *former; /* int: hold those in folders that were moved away; NULL before one */
};

/* Locks a new file in either folder. 0 or -errno: there are file systems without locks. */
int owner_create(struct owner **out, const char *folder, const char *ring_folder);

/*
 * Takes the place of a dead engine of which there is a recording, but maybe no file: makes those
 * that are missing. 0; -EWOULDBLOCK: it lives, or another looks after it; -errno.
 */
int owner_take(struct owner **out, const char *id, const char *folder, const char *ring_folder);

/*
 * Locks a new file when the one that is locked lies no longer where it should, because another
 * folder has taken the place. What has been moved away stays locked: rings of ours are named in
 * manifests there. 0: nothing to be done; 1: the folder is another one; -errno.
 */
int owner_settle(struct owner *owner);

/* Releases the locks; the files go too, unless they are kept for a later engine. NULL is fine. */
void owner_destroy(struct owner *owner, bool keep);

/* Those whose lock files lie in the recordings folder, but `self`. Free with owner_others_fini().
 */
struct owner_others {
	GPtrArray *dead;    /* struct owner *: locked by us now */
	GHashTable *living; /* a set of ids; also those that another engine looks after */
};

void owner_others_init(struct owner_others *others, const char *folder, const char *ring_folder,
	const struct owner *self);

/* Releases the locks that are still in `dead`, and leaves their files. Accepts a zeroed one. */
void owner_others_fini(struct owner_others *others);
