/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checking and expanding the template of recording names. */
#include "common/template.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "common/path.h"

/* A token is one row: its word, the most bytes it adds, the member it shows. */
static const struct token {
	const char *word;
	size_t max;
	size_t offset; /* of a text in struct template_values */
} tokens[] = {
	{"streamName", SIZE_MAX, offsetof(struct template_values, stream_name)},
	{"startTime", 20, offsetof(struct template_values, start_us)},
	{"sessionId", 60, offsetof(struct template_values, session_id)},
	{"mediaSessionId", 36, offsetof(struct template_values, media_session_id)},
	{"login", 32, offsetof(struct template_values, login)},
	{"audioCodec", 4, offsetof(struct template_values, audio_codec)},
	{"videoCodec", 4, offsetof(struct template_values, video_codec)},
};

/* The token whose "{word}" begins at `brace`; NULL when there is none. */
static const struct token *find_token(const char *brace)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
		size_t len = strlen(tokens[i].word);
		if (strncmp(brace + 1, tokens[i].word, len) == 0 && brace[1 + len] == '}')
			return &tokens[i];
	}
	return NULL;
}

/* So that "call-{login}" of nobody is "call". */
static void drop_separator(GString *out)
{
	if (out->len > 0 && strchr("-_", out->str[out->len - 1]) != NULL)
		g_string_truncate(out, out->len - 1);
}

static void append_token(
	GString *out, const struct token *token, const struct template_values *values)
{
	if (token->offset == offsetof(struct template_values, start_us)) {
		g_string_append_printf(out, "%" G_GINT64_FORMAT, values->start_us / 1000);
		return;
	}
	const void *member = (const char *)values + token->offset;
	const char *text = *(const char *const *)member;
	if (text != NULL && *text != '\0')
		g_string_append_len(out, text, (gssize)path_cut(text, token->max));
	else
		drop_separator(out);
}

/* Expands into `out`; stops at a wrong brace and returns it, NULL when there was none. */
static const char *expand(GString *out, const char *text, const struct template_values *values)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "{}");
		g_string_append_len(out, text, (gssize)plain);
		text += plain;
		if (*text == '\0')
			break;
		const struct token *token = *text == '{' ? find_token(text) : NULL;
		if (token == NULL)
			return text;
		append_token(out, token, values);
		text += strlen(token->word) + strlen("{}");
	}
	return NULL;
}

int template_check(const char *text, size_t *bad)
{
	static const struct template_values nothing;
	GString *unused = g_string_new(NULL);
	const char *brace = expand(unused, text, &nothing);
	g_string_free(unused, TRUE);
	if (brace == NULL)
		return 0;
	if (bad != NULL)
		*bad = (size_t)(brace - text);
	return -EINVAL;
}

char *template_expand(const char *text, const struct template_values *values)
{
	GString *name = g_string_new(NULL);
	const char *brace = expand(name, text, values);
	return g_string_free(name, brace != NULL);
}
