/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a name apart from its end: suffix, label, rotation number, clock. */
#include "postprocessing/core/input_name.h"

#include <glib.h>
#include <string.h>

enum {
	PART_DIGITS_MIN = 4,
	PART_DIGITS_MAX = 9,
	CLOCK_DIGITS = 16, /* µs since 1970, from 2001 to 2286 */
};

/* Length of the run of digits that ends at `end`. */
static size_t digits_before(const char *start, const char *end)
{
	const char *p = end;
	while (p > start && g_ascii_isdigit(p[-1]))
		p--;
	return (size_t)(end - p);
}

/* Cuts `word` off the end of [start, *end); false when it is not there. */
static bool cut_word(const char *start, const char **end, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(*end - start) < len || memcmp(*end - len, word, len) != 0)
		return false;
	*end -= len;
	return true;
}

/* Cuts "-audio", "-video1" … off the end. */
static bool cut_kind(const char *start, const char **end)
{
	static const char *const words[] = {"-audio", "-video", "-data", "-rtcp"};
	const char *before = *end - digits_before(start, *end);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (cut_word(start, &before, words[i])) {
			*end = before;
			return true;
		}
	}
	return false;
}

/* Cuts "-audio-0" off the end. */
static bool cut_kind_and_line(const char *start, const char **end)
{
	size_t digits = digits_before(start, *end);
	const char *before = *end - digits;
	if (digits == 0 || !cut_word(start, &before, "-") || !cut_kind(start, &before))
		return false;
	*end = before;
	return true;
}

/* The number after `mark` at the end, if it has so many digits; cut off then. */
static guint64 cut_number(
	const char *start, const char **end, char mark, size_t digits_min, size_t digits_max)
{
	size_t digits = digits_before(start, *end);
	const char *at = *end - digits;
	if (digits < digits_min || digits > digits_max || at == start || at[-1] != mark)
		return 0;
	*end = at - 1;
	return g_ascii_strtoull(at, NULL, 10);
}

bool input_name_parse(struct input_name *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *start = slash ? slash + 1 : path;
	const char *end = path + strlen(path);

	if (!cut_word(start, &end, INPUT_NAME_SUFFIX))
		return false;
	const char *label = end;
	bool has_line = cut_kind_and_line(start, &label);
	if (!has_line && !cut_kind(start, &label))
		label = end;
	const char *name = label;
	struct input_name parsed = {.label = g_strndup(label, (size_t)(end - label))};
	if (*parsed.label) /* without the dash */
		memmove(parsed.label, parsed.label + 1, strlen(parsed.label));
	if (label < end)
		parsed.part =
			(uint32_t)cut_number(start, &name, '.', PART_DIGITS_MIN, PART_DIGITS_MAX);
	if (has_line)
		parsed.clock_us =
			(int64_t)cut_number(start, &name, '-', CLOCK_DIGITS, CLOCK_DIGITS);
	parsed.recording = g_strndup(path, (size_t)(name - path));
	*out = parsed;
	return true;
}

void input_name_fini(struct input_name *name)
{
	g_free(name->recording);
	g_free(name->label);
	*name = (struct input_name){0};
}
