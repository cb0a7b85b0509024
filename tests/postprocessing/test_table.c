/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a table looks like at which width. */
#include "postprocessing/table.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

static const struct table_column columns[] = {
	{"NAME", false, 0},
	{"COUNT", true, 1},
	{"BLANK", false, 0},
	{"REMARK", false, 2},
};

static const struct row {
	const char *name;
	size_t indent, width;
	const char *expected;
} rows[] = {
	{"/table/all_that_is_not_blank_is_shown", 0, 0,
		"NAME   COUNT  REMARK\n"
		"a          1  fine\n"
		"größe  12345  ?[31m\n"},
	{"/table/lines_may_be_indented", 2, 0,
		"  NAME   COUNT  REMARK\n"
		"  a          1  fine\n"
		"  größe  12345  ?[31m\n"},
	{"/table/what_just_fits_stays", 0, 20,
		"NAME   COUNT  REMARK\n"
		"a          1  fine\n"
		"größe  12345  ?[31m\n"},
	{"/table/the_least_important_goes_first", 0, 19,
		"NAME   COUNT\n"
		"a          1\n"
		"größe  12345\n"},
	{"/table/the_indent_counts", 2, 21,
		"  NAME   COUNT\n"
		"  a          1\n"
		"  größe  12345\n"},
	{"/table/the_first_column_never_goes", 0, 1,
		"NAME\n"
		"a\n"
		"größe\n"},
};

/* What table_print() writes, caught in a file that stands in for stdout. */
static char *print(const struct table *table, const struct row *row)
{
	char *text = NULL;
	g_autofree char *path = NULL;
	int file = g_file_open_tmp("table-XXXXXX", &path, NULL);
	g_assert_cmpint(file, >=, 0);
	fflush(stdout);
	int saved = dup(STDOUT_FILENO);
	g_assert_cmpint(dup2(file, STDOUT_FILENO), >=, 0);
	table_print(table, row->indent, row->width);
	fflush(stdout);
	g_assert_cmpint(dup2(saved, STDOUT_FILENO), >=, 0);
	close(saved);
	close(file);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_assert_cmpint(g_remove(path), ==, 0);
	return text;
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	struct table *table = table_create(columns, G_N_ELEMENTS(columns));
	table_add(table, "a");
	table_add(table, "%d", 1);
	table_add(table, "%s", "");
	table_add(table, "fine");
	table_add(table, "größe");
	table_add(table, "%d", 12345);
	table_add(table, "%s", "");
	table_add(table, "\033[31m");
	g_autofree char *text = print(table, row);
	g_assert_cmpstr(text, ==, row->expected);
	table_destroy(table);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		g_test_add_data_func(rows[i].name, &rows[i], test_row);
	return g_test_run();
}
