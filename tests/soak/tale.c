/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See tale.h. */
#include "tests/soak/tale.h"

#include <stdbool.h>
#include <string.h>

enum level {
	LEVEL_OK,
	LEVEL_LOW,
	LEVEL_FULL,
};

struct tale {
	struct verdict *verdict; /* borrowed */
	uint64_t low, reserve;
	enum level level;
	unsigned levels;
	bool may_go;
	GHashTable *chapters; /* struct chapter by the recording's name */
};

/* What was told of one recording. */
struct chapter {
	unsigned started, suspended, resumed, parts, gaps, late;
	const char *end; /* the event's name, static; NULL: it goes on */
};

struct tale *tale_create(struct verdict *verdict, uint64_t disk_low, uint64_t disk_reserve)
{
	struct tale *tale = g_new0(struct tale, 1);
	tale->verdict = verdict;
	tale->low = disk_low;
	tale->reserve = disk_reserve;
	tale->chapters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return tale;
}

void tale_destroy(struct tale *tale)
{
	g_hash_table_unref(tale->chapters);
	g_free(tale);
}

void tale_let_go(struct tale *tale)
{
	tale->may_go = true;
}

void tale_restart(struct tale *tale)
{
	tale->level = LEVEL_OK;
}

unsigned tale_levels(const struct tale *tale)
{
	return tale->levels;
}

static void complain(struct tale *tale, const char *name, const char *event)
{
	take_complain(&tale->verdict->untrue, 1, name, "'%s' comes in the wrong place", event);
}

/* --- the disk --- */

/* A level is left an eighth above its mark. */
static bool fits(const struct tale *tale, enum level level, uint64_t available)
{
	switch (level) {
	case LEVEL_OK:
		return available >= tale->low;
	case LEVEL_LOW:
		return available >= tale->reserve && available < tale->low + tale->low / 8;
	default:
		return available < tale->reserve + tale->reserve / 8;
	}
}

static void tell_level(struct tale *tale, const json_t *event, enum level level)
{
	const char *word = json_string_value(json_object_get(event, "event"));
	json_int_t available = json_integer_value(json_object_get(event, "available"));
	if (level == tale->level || !fits(tale, level, (uint64_t)available))
		complain(tale, "the disk", word);
	tale->level = level;
	tale->levels++;
}

/* --- recordings --- */

static struct chapter *chapter_of(struct tale *tale, const char *name)
{
	struct chapter *chapter = g_hash_table_lookup(tale->chapters, name);
	if (!chapter) {
		chapter = g_new0(struct chapter, 1);
		g_hash_table_insert(tale->chapters, g_strdup(name), chapter);
	}
	return chapter;
}

/* False: not now. */
static bool count(struct chapter *chapter, const char *word)
{
	bool has_ended = chapter->end != NULL;
	if (g_str_has_prefix(word, "recording_") && strcmp(word, "recording_started") != 0 &&
		chapter->started == 0)
		return false;
	if (strcmp(word, "recording_started") == 0)
		return chapter->started++ == 0;
	if (strcmp(word, "recording_suspended") == 0)
		return ++chapter->suspended == chapter->resumed + 1 && !has_ended;
	if (strcmp(word, "recording_resumed") == 0)
		return ++chapter->resumed == chapter->suspended && !has_ended;
	if (strcmp(word, "part_finished") == 0)
		chapter->parts++;
	else if (strcmp(word, "gap") == 0)
		chapter->gaps++;
	else if (strcmp(word, "recording_finished") == 0 || strcmp(word, "recording_failed") == 0 ||
		 strcmp(word, "recording_recovered") == 0)
		chapter->end = g_intern_string(word);
	chapter->late += has_ended;
	return true;
}

static void tell(struct tale *tale, const json_t *event)
{
	static const char *const levels[] = {"disk_ok", "disk_low", "disk_full"};
	const char *word = json_string_value(json_object_get(event, "event"));
	const json_t *recording = json_object_get(event, "recording");
	const char *name = json_string_value(json_object_get(recording, "name"));
	for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
		if (strcmp(word, levels[i]) == 0)
			tell_level(tale, event, (enum level)i);
	if (strcmp(word, "gone") == 0 && !tale->may_go)
		complain(tale, json_string_value(json_object_get(event, "stream")), word);
	if (name && !count(chapter_of(tale, name), word))
		complain(tale, name, word);
}

void tale_continue(struct tale *tale, struct gateway *gateway)
{
	json_t *event;
	while ((event = gateway_next_notified(gateway))) {
		tell(tale, event);
		json_decref(event);
	}
}

static bool is_told(const struct chapter *chapter, const struct take *take)
{
	static const char *const ends[] = {
		[MANIFEST_RECORDING] = "",
		[MANIFEST_COMPLETE] = "recording_finished",
		[MANIFEST_RECOVERED] = "recording_recovered",
		[MANIFEST_FAILED] = "recording_failed",
	};
	if (g_strcmp0(chapter->end, ends[take->state]) != 0)
		return false;
	/* The gateway that was not able to save its manifest may have seen more of it, or less. */
	if (take->state == MANIFEST_RECOVERED)
		return true;
	return chapter->suspended == take->suspended && chapter->resumed == take->resumed &&
	       chapter->parts == take->parts && chapter->gaps == take->gaps && chapter->late == 0;
}

void tale_check(struct tale *tale, const GPtrArray *takes)
{
	for (guint i = 0; i < takes->len; i++) {
		const struct take *take = g_ptr_array_index(takes, i);
		const struct chapter *chapter = chapter_of(tale, take->name);
		if (!is_told(chapter, take))
			take_complain(&tale->verdict->untrue, 1, take->name,
				"%s after %u, %u suspensions, %u, %u resumptions, %u, %u parts, "
				"%u, %u gaps: event, manifest",
				chapter->end ? chapter->end : "no end", chapter->suspended,
				(unsigned)take->suspended, chapter->resumed,
				(unsigned)take->resumed, chapter->parts, (unsigned)take->parts,
				chapter->gaps, (unsigned)take->gaps);
	}
}
