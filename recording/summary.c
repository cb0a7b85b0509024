/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See summary.h. The text is a row of strings, each with its NUL: id, name, stream,
 * reason, files. A file whose name begins with that of the recording, as nearly all
 * do, is kept without that beginning: "/-audio.mjr". No file has a '/' in its name.
 */
#include "recording/summary.h"

#include <string.h>

#include "common/clock.h"
#include "common/path.h"
#include "recording/name.h"

enum {
	FIELDS = 4,                   /* strings before the files */
	NUMBERS_SIZE = 1 + 1 + 5 * 8, /* state, hold, five numbers */
	SAME_NAME = '/'
};

/* --- memory --- */

static void append_text(GByteArray *out, const char *text)
{
	g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text) + 1);
}

/* Everything that is shown must be UTF-8. */
static void append_valid(GByteArray *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
	append_text(out, valid);
}

static void append_file(GByteArray *out, const char *file, const char *name)
{
	static const guint8 same = SAME_NAME;
	size_t len = strlen(name);
	bool is_same = strncmp(file, name, len) == 0;
	if (is_same)
		g_byte_array_append(out, &same, 1);
	append_text(out, is_same ? file + len : file);
}

/* A summary with a copy of the text, and all else zeroed. */
static struct summary *new_summary(const uint8_t *text, size_t len)
{
	struct summary *summary = g_malloc0(sizeof *summary + len);
	char *copy = memcpy(summary + 1, text, len);
	atomic_init(&summary->references, 1); /* the caller's */
	summary->text_len = len;
	summary->id = copy;
	summary->name = summary->id + strlen(summary->id) + 1;
	summary->stream = summary->name + strlen(summary->name) + 1;
	summary->reason = summary->stream + strlen(summary->stream) + 1;
	return summary;
}

struct summary *summary_create(const struct manifest *manifest)
{
	GByteArray *text = g_byte_array_new();
	append_valid(text, manifest->id);
	append_valid(text, manifest->name);
	append_valid(text, manifest->stream);
	append_valid(text, manifest->reason);
	for (size_t t = 0; t < manifest->track_count; t++) {
		const struct manifest_track *track = &manifest->tracks[t];
		for (size_t p = 0; p < track->part_count; p++)
			append_file(text, track->parts[p].file, manifest->name);
	}
	struct summary *summary = new_summary(text->data, text->len);
	g_byte_array_unref(text);
	summary->state = manifest->state;
	summary->is_held = manifest->hold;
	summary->is_paused =
		manifest->state == MANIFEST_RECORDING && manifest_open_pause(manifest) != NULL;
	summary->created_us = manifest->created_us;
	summary->ended_us = manifest->ended_us;
	manifest_sum(&summary->totals, manifest);
	return summary;
}

struct summary *summary_get(struct summary *summary)
{
	atomic_fetch_add_explicit(&summary->references, 1, memory_order_relaxed);
	return summary;
}

void summary_put(struct summary *summary)
{
	if (summary != NULL &&
		atomic_fetch_sub_explicit(&summary->references, 1, memory_order_acq_rel) == 1)
		g_free(summary);
}

char **summary_files(const struct summary *summary)
{
	GPtrArray *files = g_ptr_array_new();
	const char *end = summary->id + summary->text_len;
	const char *file = summary->reason + strlen(summary->reason) + 1;
	for (; file < end; file += strlen(file) + 1)
		g_ptr_array_add(files, *file == SAME_NAME
					       ? g_strconcat(summary->name, file + 1, NULL)
					       : g_strdup(file));
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(files, FALSE);
}

/* --- JSON --- */

static json_t *time_to_json(int64_t real_us)
{
	char text[CLOCK_TEXT_SIZE];
	if (real_us == 0)
		return json_null();
	clock_format(text, real_us);
	return json_string(text);
}

static json_t *files_to_json(const struct summary *summary)
{
	g_auto(GStrv) files = summary_files(summary);
	json_t *list = json_array();
	for (char **file = files; *file != NULL; file++)
		json_array_append_new(list, json_string(*file));
	return list;
}

json_t *summary_to_json(const struct summary *summary)
{
	g_autofree char *manifest = name_manifest_file(summary->name);
	return json_pack("{ss ss ss ss sb ss? so so sf sI sI so ss sb}", "id", summary->id, "name",
		summary->name, "stream", summary->stream, "state",
		manifest_state_name(summary->state), "paused", (int)summary->is_paused, "reason",
		summary->reason[0] != '\0' ? summary->reason : NULL, "created",
		time_to_json(summary->created_us), "ended", time_to_json(summary->ended_us),
		"duration", (double)summary->totals.duration_us / 1e6, "bytes",
		(json_int_t)summary->totals.bytes, "packets", (json_int_t)summary->totals.packets,
		"files", files_to_json(summary), "manifest", manifest, "hold",
		(int)summary->is_held);
}

/* --- bytes --- */

void summary_pack(GByteArray *out, const struct summary *summary)
{
	uint8_t numbers[NUMBERS_SIZE] = {(uint8_t)summary->state, summary->is_held};
	bytes_put_u64(numbers + 2, (uint64_t)summary->created_us);
	bytes_put_u64(numbers + 10, (uint64_t)summary->ended_us);
	bytes_put_u64(numbers + 18, (uint64_t)summary->totals.duration_us);
	bytes_put_u64(numbers + 26, summary->totals.bytes);
	bytes_put_u64(numbers + 34, summary->totals.packets);
	g_byte_array_append(out, numbers, sizeof numbers);
	g_byte_array_append(out, (const guint8 *)summary->id, (guint)summary->text_len);
}

/* A row of strings, at least the fields, and no '/' but where one has a meaning. */
static bool is_text(struct bytes text)
{
	const char *at = (const char *)text.data, *end = at + text.len;
	if (text.len == 0 || end[-1] != '\0')
		return false;
	size_t count = 0;
	for (; at < end; at += strlen(at) + 1, count++) {
		bool is_file = count >= FIELDS;
		if (!g_utf8_validate(at, -1, NULL) || (is_file && *at == '\0') ||
			(is_file && strchr(at + 1, '/') != NULL))
			return false;
	}
	return count >= FIELDS;
}

static bool is_time(int64_t us)
{
	return us >= 0 && us <= CLOCK_REAL_MAX_US;
}

static bool has_sense(const struct summary *summary)
{
	g_autofree char *safe = path_component(summary->name, PATH_COMPONENT_MAX);
	return strcmp(safe, summary->name) == 0 && summary->id[0] != '\0' &&
	       summary->state <= MANIFEST_FAILED && is_time(summary->created_us) &&
	       is_time(summary->ended_us) && is_time(summary->totals.duration_us) &&
	       summary->totals.bytes <= INT64_MAX && summary->totals.packets <= INT64_MAX;
}

struct summary *summary_unpack(struct bytes packed)
{
	struct bytes numbers;
	if (packed.len > SUMMARY_PACKED_MAX || !bytes_take(&packed, NUMBERS_SIZE, &numbers) ||
		!is_text(packed))
		return NULL;
	const uint8_t *at = numbers.data;
	struct summary *summary = new_summary(packed.data, packed.len);
	summary->state = at[0];
	summary->is_held = at[1] != 0;
	summary->created_us = (int64_t)bytes_get_u64(at + 2);
	summary->ended_us = (int64_t)bytes_get_u64(at + 10);
	summary->totals.duration_us = (int64_t)bytes_get_u64(at + 18);
	summary->totals.bytes = bytes_get_u64(at + 26);
	summary->totals.packets = bytes_get_u64(at + 34);
	if (has_sense(summary))
		return summary;
	summary_put(summary);
	return NULL;
}
