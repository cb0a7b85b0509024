/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * streams: what is being published.
 */
#include "plugins/registry.h"
#include "plugins/request.h"
#include "plugins/stream.h"

static const struct request_arg args[] = {{.name = NULL}};

static enum error_code run(struct request *r)
{
	json_t *list = json_array();
	g_autoptr(GPtrArray) streams = registry_streams(r->plugin->registry);
	for (size_t i = 0; i < streams->len; i++)
		json_array_append_new(list, stream_to_json(g_ptr_array_index(streams, i)));
	json_object_set_new(r->result, "streams", list);
	return ERROR_NONE;
}

const struct request_entry req_streams = {
	.name = "streams",
	.event = "streams",
	.args = args,
	.run = run,
};
