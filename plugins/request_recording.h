/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests that change one recording of the folder, which is nobody's any more:
 * when the operator has set an admin key, all need it.
 */
#pragma once

#include "plugins/access.h"
#include "plugins/request.h"
#include "recording/summary.h"

/* What those rows look like in a table. */
#define REQUEST_RECORDING_ARGS                                                            \
	{.name = "id", .type = REQUEST_ARG_STRING, .min = 1, .max = 64},                  \
		{.name = "name",                                                          \
			.type = REQUEST_ARG_STRING,                                       \
			.min = 1,                                                         \
			.max = REQUEST_ARGS_NAME_MAX},                                    \
	{                                                                                 \
		.name = "admin_key", .type = REQUEST_ARG_SECRET, .max = ACCESS_SECRET_MAX \
	}

/* By "id", else by "name", borrowed from the body. 400: neither is there. */
enum error_code request_recording_name(const char **out, struct request *r);

/* What an error of the store means: 404, 409, 500 or 507. */
enum error_code request_recording_raise(struct request *r, const char *wanted, int error);

/* Says in the result which recording it was; puts the summary. */
void request_recording_tell_take(struct request *r, struct summary *summary);
