/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who writes the recordings of a folder, and whether it still lives.
 *
 * Every engine holds a lock on a file of its own in the recordings folder,
 * `.engine-ID.lock`. The kernel releases the lock when the process ends, however
 * it ends, and no pid has to mean the same to everybody: containers that share the
 * folder see each other. The id is in the manifests of the engine's recordings
 * until they have ended, and begins the names of its rings.
 *
 * Whoever gets the lock of another's file has found a dead engine, and is the only
 * one to look after what that has left. Thread: any but the media thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct owner {
	char *id;   /* UUID */
	char *path; /* of the lock's file */
	int fd;     /* holds the lock */
};

/* Locks a new file in `folder`. 0 or -errno: there are file systems without locks. */
int owner_create(struct owner **out, const char *folder);

/* Releases the lock; the file goes too, unless it is kept for a later engine. NULL is fine. */
void owner_destroy(struct owner *owner, bool keep);

/* Those whose lock files lie in the folder, but `self`. Free with owner_others_fini(). */
struct owner_others {
	GPtrArray *dead;    /* struct owner *: locked by us now */
	GHashTable *living; /* a set of ids; also those that another engine looks after */
};

void owner_others_init(struct owner_others *others, const char *folder, const struct owner *self);

/* Releases the locks that are still in `dead`, and leaves their files. Accepts a zeroed one. */
void owner_others_fini(struct owner_others *others);
