/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Widths are counted in characters of UTF-8. */
#include "postprocessing/table.h"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "postprocessing/text.h"

enum {
	GAP = 2 /* spaces between columns */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	GPtrArray *cells; /* owned strings, row by row */
};

struct table *table_create(const struct table_column *columns, size_t column_count)
{
	struct table *table = g_new0(struct table, 1);
	table->columns = columns;
	table->column_count = column_count;
	table->cells = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; i < column_count; i++)
		table_add(table, "%s", columns[i].title);
	return table;
}

void table_destroy(struct table *table)
{
	if (!table)
		return;
	g_ptr_array_unref(table->cells);
	g_free(table);
}

void table_add(struct table *table, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	text_tame(text);
	g_ptr_array_add(table->cells, g_utf8_make_valid(text, -1));
}

static const char *cell_at(const struct table *table, size_t row, size_t column)
{
	return g_ptr_array_index(table->cells, row * table->column_count + column);
}

static size_t row_count(const struct table *table)
{
	return table->cells->len / table->column_count;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = 0;
	for (size_t row = 0; row < row_count(table); row++)
		width = MAX(width, (size_t)g_utf8_strlen(cell_at(table, row, column), -1));
	return width;
}

/* A column that is empty below its title says nothing. */
static bool is_blank(const struct table *table, size_t column)
{
	for (size_t row = 1; row < row_count(table); row++) {
		if (*cell_at(table, row, column))
			return false;
	}
	return true;
}

static size_t total_width(const struct table *table, const size_t *widths)
{
	size_t total = 0;
	for (size_t i = 0; i < table->column_count; i++)
		total += widths[i] ? widths[i] + GAP : 0;
	return total ? total - GAP : 0;
}

/* Hides (width 0) what is blank, then what does not fit. */
static size_t *visible_widths(const struct table *table, size_t limit)
{
	size_t *widths = g_new0(size_t, table->column_count);
	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = is_blank(table, i) ? 0 : column_width(table, i);
	while (limit > 0 && total_width(table, widths) > limit) {
		size_t least = table->column_count;
		unsigned priority = 0;
		for (size_t i = 0; i < table->column_count; i++) {
			if (widths[i] && table->columns[i].priority > priority) {
				least = i;
				priority = table->columns[i].priority;
			}
		}
		if (least == table->column_count)
			break;
		widths[least] = 0;
	}
	return widths;
}

static void print_row(const struct table *table, size_t row, const size_t *widths)
{
	size_t owed = 0; /* spaces, printed only before something */
	for (size_t i = 0; i < table->column_count; i++) {
		if (widths[i] == 0)
			continue;
		const char *text = cell_at(table, row, i);
		size_t blank = widths[i] - (size_t)g_utf8_strlen(text, -1);
		size_t before = table->columns[i].is_number ? blank : 0;
		if (*text) {
			printf("%*s%s", (int)(owed + before), "", text);
			owed = 0;
		} else {
			owed += before;
		}
		owed += blank - before + GAP;
	}
	putchar('\n');
}

void table_print(const struct table *table, size_t indent, size_t width)
{
	size_t limit = width > indent ? width - indent : width;
	g_autofree size_t *widths = visible_widths(table, limit);
	for (size_t row = 0; row < row_count(table); row++) {
		printf("%*s", (int)indent, "");
		print_row(table, row, widths);
	}
}

size_t table_terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}
