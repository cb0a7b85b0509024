/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See request_recording.h. */
#include "plugins/request_recording.h"

#include <errno.h>

enum error_code request_recording_name(const char **out, struct request *r)
{
	const char *name = request_args_string(r->body, "name", NULL);
	*out = request_args_string(r->body, "id", name);
	if (!*out)
		return errors_raise(
			&r->fault, ERROR_BAD_REQUEST, "element 'id' or 'name' is missing");
	return ERROR_NONE;
}

enum error_code request_recording_raise(struct request *r, const char *wanted, int error)
{
	switch (-error) {
	case ENOENT:
		return errors_raise(&r->fault, ERROR_NOT_FOUND, "no recording '%s'", wanted);
	case EINPROGRESS:
		return errors_raise(
			&r->fault, ERROR_CONFLICT, "recording '%s' has not ended", wanted);
	case EPERM:
		return errors_raise(&r->fault, ERROR_CONFLICT, "recording '%s' is held", wanted);
	case EBUSY:
		return errors_raise(
			&r->fault, ERROR_CONFLICT, "recording '%s' is still worked on", wanted);
	default:
		return errors_raise(&r->fault, errors_from_errno(error), "recording '%s': %s",
			wanted, g_strerror(-error));
	}
}

void request_recording_tell_take(struct request *r, struct summary *summary)
{
	json_object_set_new(r->result, "stream", json_string(summary->stream));
	json_object_set_new(r->result, "recording",
		json_pack("{s:s, s:s}", "id", summary->id, "name", summary->name));
	summary_put(summary);
}
