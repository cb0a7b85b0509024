/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of text for people: columns as wide as their content; where the
 * terminal is too narrow, the least important columns go.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct table_column {
	const char *title;
	bool is_number;    /* aligned to the right */
	unsigned priority; /* 0 stays; of the others, the highest goes first */
};

struct table;

/* `columns` is borrowed for the table's life. */
struct table *table_create(const struct table_column *columns, size_t column_count);
void table_destroy(struct table *table); /* NULL is fine */

/* The next cell, row by row; the text is copied, control characters become '?'. */
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* On stdout, each line after `indent` spaces, at most `width` columns wide (0: any). */
void table_print(const struct table *table, size_t indent, size_t width);

/* Columns of the terminal on stdout, 0 when it is none. */
size_t table_terminal_width(void);
