/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See naming.h. */
#include "common/naming.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

char *naming_exclude(const char *text, const char *characters)
{
	GString *kept = g_string_new(NULL);
	while (*text != '\0') {
		gunichar c = g_utf8_get_char_validated(text, -1);
		bool is_character = c != (gunichar)-1 && c != (gunichar)-2;
		size_t size = is_character ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
		if (!is_character || characters == NULL || g_utf8_strchr(characters, -1, c) == NULL)
			g_string_append_len(kept, text, (gssize)size);
		text += size;
	}
	return g_string_free(kept, FALSE);
}

char *naming_make(const struct naming *naming, const struct template_values *values)
{
	if (naming->policy == NAMING_STREAM_NAME)
		return naming_exclude(values->stream_name, naming->exclude);
	g_autofree char *name = template_expand(naming->template, values);
	return naming_exclude(name, naming->exclude);
}

static char *to_hex(const char *text)
{
	GString *hex = g_string_sized_new(2 * strlen(text));
	for (; *text != '\0'; text++)
		g_string_append_printf(hex, "%02x", (unsigned char)*text);
	return g_string_free(hex, FALSE);
}

static char *to_base64(const char *text)
{
	char *base64 = g_base64_encode((const guchar *)text, strlen(text));
	g_strdelimit(base64, "+", '-');
	g_strdelimit(base64, "/", '_');
	base64[strcspn(base64, "=")] = '\0';
	return base64;
}

/* An encoding is a row: what it does, and of how many bytes it makes how many. */
static const struct {
	char *(*encode)(const char *text);
	size_t from, to;
} encodings[] = {
	[NAMING_PLAIN] = {g_strdup, 1, 1},
	[NAMING_HEX] = {to_hex, 1, 2},
	[NAMING_BASE64] = {to_base64, 3, 4},
};

char *naming_encode(const char *text, enum naming_encoding encoding)
{
	return encodings[encoding].encode(text);
}

size_t naming_capacity(size_t max, enum naming_encoding encoding)
{
	return max / encodings[encoding].to * encodings[encoding].from;
}
