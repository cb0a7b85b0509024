/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See name.h. */
#include "recording/name.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/manifest.h"
#include "common/path.h"

#define REMOVED_SUFFIX ".removed"

enum {
	TRIES_MAX = 100000
};

void name_label(char out[static NAME_LABEL_SIZE], enum codec_kind kind, size_t index)
{
	if (index == 0)
		g_strlcpy(out, codec_kind_name(kind), NAME_LABEL_SIZE);
	else
		g_snprintf(out, NAME_LABEL_SIZE, "%s%u", codec_kind_name(kind), (unsigned)index);
}

char *name_part_file(const char *name, const char *label, uint32_t part_number, bool is_rotated)
{
	if (part_number == 1 && !is_rotated)
		return g_strconcat(name, "-", label, NAME_PART_SUFFIX, NULL);
	return g_strdup_printf(
		"%s.%04" G_GUINT32_FORMAT "-%s" NAME_PART_SUFFIX, name, part_number, label);
}

bool name_is_label(const char *text)
{
	static const enum codec_kind KINDS[] = {CODEC_AUDIO, CODEC_VIDEO, CODEC_DATA};
	for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
		const char *kind = codec_kind_name(KINDS[i]);
		if (!g_str_has_prefix(text, kind))
			continue;
		const char *number = text + strlen(kind);
		size_t digits = strspn(number, "0123456789");
		return digits <= 2 && number[digits] == '\0' && number[0] != '0';
	}
	return strcmp(text, NAME_RTCP_LABEL) == 0;
}

char *name_removed_file(const char *name)
{
	return g_strconcat(".", name, REMOVED_SUFFIX, NULL);
}

char *name_of_removed(const char *file)
{
	size_t len = strlen(file);
	if (file[0] != '.' || !g_str_has_suffix(file, REMOVED_SUFFIX) ||
		len < sizeof "." REMOVED_SUFFIX)
		return NULL;
	return g_strndup(file + 1, len - strlen("." REMOVED_SUFFIX));
}

char *name_manifest_file(const char *name)
{
	return g_strconcat(name, MANIFEST_SUFFIX, NULL);
}

bool name_is_plain(const char *file)
{
	return *file != '\0' && *file != '.' && strchr(file, '/') == NULL &&
	       strlen(file) <= PATH_COMPONENT_MAX;
}

/* The `number`-th name after `wanted`, cut so that all that follows fits a path component. */
static char *numbered(const char *wanted, enum naming_encoding encoding, unsigned number)
{
	enum {
		MAX_BYTES = PATH_COMPONENT_MAX - NAME_ROOM
	};
	char suffix[sizeof "-4294967295"] = "";
	if (number > 0)
		g_snprintf(suffix, sizeof suffix, "-%u", number);
	size_t room = naming_capacity(MAX_BYTES, encoding) - strlen(suffix);
	g_autofree char *cut = g_strndup(wanted, path_cut(wanted, room));
	g_autofree char *text = g_strconcat(cut, suffix, NULL);
	g_autofree char *encoded = naming_encode(text, encoding);
	return path_component(encoded, MAX_BYTES);
}

/* A dangling link counts: nothing can be created in its place. */
static bool exists(const char *folder, const char *file)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	struct stat st;
	return lstat(path, &st) == 0;
}

static bool has_parts(
	const char *folder, const char *name, const char *const *labels, size_t label_count)
{
	for (size_t i = 0; i < label_count; i++) {
		g_autofree char *file = name_part_file(name, labels[i], 1, false);
		g_autofree char *rotated = name_part_file(name, labels[i], 1, true);
		if (exists(folder, file) || exists(folder, rotated))
			return true;
	}
	return false;
}

/* Who has converted a recording may have removed all else of it. */
static bool has_outputs(const char *folder, const char *name)
{
	static const char *const SUFFIXES[] = {".mp4", ".webm"};
	for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
		g_autofree char *file = g_strconcat(name, SUFFIXES[i], NULL);
		if (exists(folder, file))
			return true;
	}
	return false;
}

/* -EEXIST: taken. */
static int reserve(const struct disk *disk, const char *folder, const char *name,
	const char *const *labels, size_t label_count)
{
	g_autofree char *file = name_manifest_file(name);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	int fd = disk->create(disk->ctx, path);
	if (fd < 0)
		return fd;
	int err = disk->close(disk->ctx, fd);
	g_autofree char *removed = name_removed_file(name);
	if (err == 0 && exists(folder, removed))
		err = -EEXIST;
	if (err == 0 && (has_parts(folder, name, labels, label_count) || has_outputs(folder, name)))
		err = -EEXIST;
	if (err < 0)
		(void)disk->remove(disk->ctx, path);
	return err;
}

int name_reserve(char **out, const struct disk *disk, const char *folder, const char *wanted,
	enum naming_encoding encoding, const char *const *labels, size_t label_count)
{
	/* In plain names, path_component() replaces what is no UTF-8. */
	g_autofree char *text =
		encoding == NAMING_PLAIN ? g_strdup(wanted) : g_utf8_make_valid(wanted, -1);
	for (unsigned number = 0; number < TRIES_MAX; number++) {
		g_autofree char *name = numbered(text, encoding, number);
		int err = reserve(disk, folder, name, labels, label_count);
		if (err == 0)
			*out = g_steal_pointer(&name);
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}
