/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the words of a request to a rotation.
 */
#include "plugins/request_rotation.h"

enum error_code request_rotation(struct manifest_rotation *out, struct request *r)
{
	const struct settings *settings = &r->plugin->settings;
	int64_t own_s = request_args_int(r->body, "rotation", 0);
	int64_t own_size = request_args_int(r->body, "rotation_size", 0);
	if (own_s > 0 && own_s < settings->rotation_min_s)
		return errors_raise(&r->fault, ERROR_BAD_REQUEST,
			"element 'rotation' = %" G_GINT64_FORMAT ": must be 0, or %" G_GINT64_FORMAT
			" or more",
			own_s, settings->rotation_min_s);
	if (own_size > 0 && own_size < CONFIG_ROTATION_SIZE_MIN)
		return errors_raise(&r->fault, ERROR_BAD_REQUEST,
			"element 'rotation_size' = %" G_GINT64_FORMAT ": must be 0, or %d or more",
			own_size, CONFIG_ROTATION_SIZE_MIN);
	int64_t s = request_args_int(r->body, "rotation", settings->rotation_s);
	int64_t size = request_args_int(r->body, "rotation_size", settings->rotation_size);
	*out = (struct manifest_rotation){
		.duration_us = (uint64_t)s * G_USEC_PER_SEC,
		.bytes = (uint64_t)size,
		.is_aligned = s > 0 && settings->rotation_align,
	};
	return ERROR_NONE;
}
