/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines in the gateway's log, escaped.
 */
#include "plugins/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <janus/debug.h>

enum {
	LINE_MAX_BYTES = 4096 /* of a sentence, before escaping */
};

char *log_escape(const char *text, size_t max)
{
	GString *out = g_string_new(NULL);
	const char *end = text + strlen(text);
	const char *at = text;
	while (at < end && out->len < max) {
		gunichar c = g_utf8_get_char_validated(at, end - at);
		bool is_text = c != (gunichar)-1 && c != (gunichar)-2 && !g_unichar_iscntrl(c);
		if (is_text) {
			g_string_append_unichar(out, c);
			at += g_utf8_skip[(uint8_t)*at];
		} else {
			g_string_append_printf(out, "\\x%02x", (uint8_t)*at++);
		}
	}
	if (at < end)
		g_string_append(out, "…");
	return g_string_free(out, FALSE);
}

static void append_place(GString *line, const char *word)
{
	if (word)
		g_string_append_printf(line, " %s", word);
}

static char *format_line(struct log_place place, const char *format, va_list args)
	G_GNUC_PRINTF(2, 0);

static char *format_line(struct log_place place, const char *format, va_list args)
{
	GString *line = g_string_new("[recorder]");
	append_place(line, place.session);
	append_place(line, place.recording);
	append_place(line, place.track);
	g_string_append(line, place.session || place.recording || place.track ? ": " : " ");
	g_string_append_vprintf(line, format, args);
	char *escaped = log_escape(line->str, LINE_MAX_BYTES);
	g_string_free(line, TRUE);
	return escaped;
}

/* JANUS_LOG wants its level as a constant, hence one body three times. */
#define DEFINE_LEVEL(name, level)                                         \
	void name(struct log_place place, const char *format, ...)        \
	{                                                                 \
		va_list args;                                             \
		va_start(args, format);                                   \
		g_autofree char *line = format_line(place, format, args); \
		va_end(args);                                             \
		JANUS_LOG(level, "%s\n", line);                           \
	}

DEFINE_LEVEL(log_info, LOG_INFO)
DEFINE_LEVEL(log_warn, LOG_WARN)
DEFINE_LEVEL(log_error, LOG_ERR)

#undef DEFINE_LEVEL
