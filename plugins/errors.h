/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a request can fail with: one table, from which docs/api.md is checked,
 * and the carrier of one failure on its way up to the reply. Thread: any.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

enum error_code {
	ERROR_NONE = 0,
	ERROR_BAD_REQUEST = 400,
	ERROR_FORBIDDEN = 403,
	ERROR_NOT_FOUND = 404,
	ERROR_NOT_ACCEPTABLE = 406,
	ERROR_CONFLICT = 409,
	ERROR_INTERNAL = 500,
	ERROR_LIMIT = 503,
	ERROR_DISK = 507,
};

struct error_entry {
	enum error_code code;
	const char *symbol;
	const char *meaning; /* a sentence for the documentation */
};

/* The rows in order of code; NULL past the end. */
const struct error_entry *errors_at(size_t index);

/* One failure. Zeroed means none. */
struct fault {
	enum error_code code;
	char *text; /* owned: a sentence that names the value */
};

/*
 * Keeps the first failure and returns the code, so that a caller can write
 * `return errors_raise(fault, ERROR_NOT_FOUND, "no stream '%s'", name);`.
 */
enum error_code errors_raise(struct fault *fault, enum error_code code, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* The code for a negative errno of the engine: 507 when the disk is at fault, 503 for a limit,
 * otherwise 500. */
enum error_code errors_from_errno(int error);

/* Frees the text and zeroes it. */
void errors_fini(struct fault *fault);
