/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An input is a template, and after its first newline a text for every token.
 * What comes of it must be a safe name at any length.
 */
#include <glib.h>
#include <string.h>

#include "common/path.h"
#include "common/template.h"
#include "tests/fuzz/fuzz.h"

static void assert_safe(const char *name, size_t max)
{
	g_assert_cmpuint(strlen(name), >=, 1);
	g_assert_cmpuint(strlen(name), <=, max);
	g_assert_true(g_utf8_validate(name, -1, NULL));
	g_assert_true(*name != '.' && *name != '-');
	g_assert_null(strchr(name, '/'));
	for (const char *c = name; *c != '\0'; c = g_utf8_find_next_char(c, NULL))
		g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void make_names(const char *text)
{
	static const size_t limits[] = {1, 2, 3, 4, 5, 36, PATH_COMPONENT_MAX};
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		g_autofree char *name = path_component(text, limits[i]);
		g_autofree char *again = path_component(name, limits[i]);
		assert_safe(name, limits[i]);
		g_assert_cmpstr(again, ==, name);
		g_assert_cmpuint(path_cut(text, limits[i]), <=, limits[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	char *newline = strchr(text, '\n');
	const char *value = newline != NULL ? newline + 1 : text;
	if (newline != NULL)
		*newline = '\0';
	const struct template_values values = {
		value, (int64_t)size, value, value, value, value, value};
	size_t bad = 0;
	g_autofree char *name = template_expand(text, &values);
	g_assert_cmpint(template_check(text, &bad) == 0, ==, name != NULL);
	if (name != NULL)
		make_names(name);
	else
		g_assert_true(text[bad] == '{' || text[bad] == '}');
	make_names(value);
	return 0;
}
