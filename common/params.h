/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings as a table: one row makes the field, its check, its documentation.
 *
 * A row names a member of a settings struct by offset; params_set() turns text
 * into that member or says why not. Thread: any but the media thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum param_type {
	PARAM_BOOL,   /* bool: true/false, yes/no, on/off, 1/0 */
	PARAM_INT,    /* int64_t, decimal, min ≤ value ≤ max */
	PARAM_STRING, /* char *, owned by the settings struct; min/max bound its length, 0: no max
		       */
	PARAM_CHOICE, /* int64_t: index of the value in `choices` ("a|b|c") */
};

struct param {
	const char *name;
	enum param_type type;
	size_t offset; /* of the member */
	int64_t min, max;
	const char *fallback; /* the default, as text; NULL leaves a string NULL */
	const char *example;  /* for people, where there is no default */
	const char *choices;  /* PARAM_CHOICE only */
	const char *unit;     /* for people: "ms", "bytes"; NULL when none */
	const char *help;     /* one or more sentences */
	bool is_secret;       /* its value is not repeated */
	/* A further check of an accepted value; NULL, or a static sentence on what is wrong. */
	const char *(*check)(const char *text);
};

/* The row of this name, or NULL. `table` ends with a row whose name is NULL. */
const struct param *params_find(const struct param *table, const char *name);

/* Sets every member of `settings` (zeroed before) to its default. */
void params_defaults(const struct param *table, void *settings);

/*
 * 0, or -EINVAL with *error (may be NULL) set to a sentence that names the key, the value and what
 * is allowed; the caller frees it. On failure the member keeps its value.
 */
int params_set(const struct param *row, void *settings, const char *text, char **error);

/* Frees the strings. Accepts a zeroed struct. */
void params_fini(const struct param *table, void *settings);
