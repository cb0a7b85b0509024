/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a recording that is asked for goes on to new files: the operator's settings,
 * and what a request says instead.
 */
#pragma once

#include "common/manifest.h"
#include "plugins/config.h"
#include "plugins/request.h"

/* What those rows look like in a table. */
#define REQUEST_ROTATION_ARGS                                                          \
	{.name = "rotation", .type = REQUEST_ARG_INT, .max = CONFIG_ROTATION_MAX_S},   \
	{                                                                              \
		.name = "rotation_size", .type = REQUEST_ARG_INT, .max = INT64_MAX / 2 \
	}

/* 400: more often than the operator allows. */
enum error_code request_rotation(struct manifest_rotation *out, struct request *r);
