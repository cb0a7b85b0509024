/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See removal.h. */
#include "recording/removal.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "common/manifest.h"
#include "recording/claim.h"
#include "recording/name.h"

/* Whether the manifest at `path` is one that may go. */
static int check(const char *path, const char *name, const char *id)
{
	struct manifest manifest;
	int err = manifest_load(&manifest, path, NULL);
	if (err < 0)
		return err;
	if (strcmp(manifest.name, name) != 0 || strcmp(manifest.id, id) != 0)
		err = -EBADMSG;
	else if (manifest.state == MANIFEST_RECORDING)
		err = -EINPROGRESS;
	else if (manifest.hold)
		err = -EPERM;
	manifest_fini(&manifest);
	return err;
}

int removal_begin(const struct disk *disk, const char *folder, const char *name, const char *id)
{
	g_autofree char *file = name_manifest_file(name);
	g_autofree char *removed_file = name_removed_file(name);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autofree char *removed = g_build_filename(folder, removed_file, NULL);
	int claim = claim_take(path);
	if (claim < 0)
		return claim;
	int err = check(path, name, id);
	if (err == 0)
		err = disk->rename(disk->ctx, path, removed);
	close(claim);
	/* No file goes before this has reached the medium. If it cannot, it stands nevertheless. */
	if (err == 0)
		(void)disk->sync_folder(disk->ctx, folder);
	return err;
}

/* A name that the recording's own part has: of another one it might be another recording's. */
static bool is_own(const struct manifest *manifest, const struct manifest_track *track,
	const struct manifest_part *part)
{
	g_autofree char *own = name_part_file(manifest->name, track->label, part->number,
		manifest_is_rotated(&manifest->rotation));
	return name_is_label(track->label) && strcmp(own, part->file) == 0;
}

/* A folder of this name was not made by us, and is left alone. */
static int remove_file(const struct disk *disk, const char *folder, const char *file)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	int err = disk->remove(disk->ctx, path);
	return err == -ENOENT || err == -EISDIR ? 0 : err;
}

static int remove_parts(
	const struct disk *disk, const char *folder, const struct manifest *manifest)
{
	int first = 0;
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++) {
			const struct manifest_part *part = &track->parts[p];
			int err = is_own(manifest, track, part)
					  ? remove_file(disk, folder, part->file)
					  : 0;
			if (first == 0)
				first = err;
		}
	}
	return first;
}

int removal_end(const struct disk *disk, const char *folder, const char *name)
{
	struct manifest manifest;
	g_autofree char *removed_file = name_removed_file(name);
	g_autofree char *removed = g_build_filename(folder, removed_file, NULL);
	int claim = claim_take(removed);
	if (claim < 0)
		return claim == -ENOENT ? 0 : claim;
	int err = manifest_load(&manifest, removed, NULL);
	if (err == 0 && strcmp(manifest.name, name) != 0)
		err = -EBADMSG;
	if (err == 0)
		err = remove_parts(disk, folder, &manifest);
	if (err == 0)
		err = disk->remove(disk->ctx, removed);
	manifest_fini(&manifest);
	close(claim);
	return err;
}
