/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of error codes.
 */
#include "plugins/errors.h"

#include <errno.h>
#include <stdarg.h>

static const struct error_entry table[] = {
	{ERROR_BAD_REQUEST, "ERROR_BAD_REQUEST",
		"The request is unknown, or an element of it is missing, of the wrong type or out "
		"of "
		"range."},
	{ERROR_FORBIDDEN, "ERROR_FORBIDDEN",
		"The admin key, the stream's secret or the token is missing or wrong, or an "
		"element "
		"is not for clients to set."},
	{ERROR_NOT_FOUND, "ERROR_NOT_FOUND", "There is no such stream or recording."},
	{ERROR_NOT_ACCEPTABLE, "ERROR_NOT_ACCEPTABLE",
		"The offer has no media, or no codec, that can be recorded."},
	{ERROR_CONFLICT, "ERROR_CONFLICT",
		"The stream or the handle is not in the state that the request needs."},
	{ERROR_INTERNAL, "ERROR_INTERNAL", "Something failed in the gateway; its log says what."},
	{ERROR_LIMIT, "ERROR_LIMIT",
		"There is no room for another stream or recording: the client has too many, too "
		"many are running, or files open, or too little memory is left for rings."},
	{ERROR_DISK, "ERROR_DISK", "The recordings folder is full or cannot be written."},
};

const struct error_entry *errors_at(size_t index)
{
	return index < G_N_ELEMENTS(table) ? &table[index] : NULL;
}

enum error_code errors_raise(struct fault *fault, enum error_code code, const char *format, ...)
{
	if (fault->code != ERROR_NONE)
		return fault->code;
	va_list args;
	va_start(args, format);
	fault->text = g_strdup_vprintf(format, args);
	va_end(args);
	fault->code = code;
	return code;
}

enum error_code errors_from_errno(int error)
{
	switch (-error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EACCES:
	case EPERM:
	case EROFS:
	case EIO:
	case ENOENT:
		return ERROR_DISK;
	case EUSERS:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ERROR_LIMIT;
	default:
		return ERROR_INTERNAL;
	}
}

void errors_fini(struct fault *fault)
{
	g_free(fault->text);
	*fault = (struct fault){0};
}
