/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stats: all metrics, as JSON or as Prometheus reads them.
 */
#include <glib.h>
#include <string.h>

#include "plugins/access.h"
#include "plugins/metrics.h"
#include "plugins/metrics_table.h"
#include "plugins/request.h"

static const char *is_format(const char *text)
{
	static const char *const allowed[] = {"json", "prometheus", NULL};
	return g_strv_contains(allowed, text) ? NULL : "allowed are json, prometheus";
}

static const struct request_arg args[] = {
	{.name = "format", .type = REQUEST_ARG_STRING, .min = 1, .max = 16, .check = is_format},
	{.name = "admin_key", .type = REQUEST_ARG_SECRET, .max = ACCESS_SECRET_MAX},
	{.name = NULL},
};

static enum error_code run(struct request *r)
{
	struct metrics metrics;
	metrics_read(&metrics, r->plugin);
	if (strcmp(request_args_string(r->body, "format", "json"), "prometheus") == 0) {
		g_autofree char *text = metrics_table_to_text(&metrics);
		json_object_set_new(r->result, "text", json_string(text));
	} else {
		json_object_set_new(r->result, "metrics", metrics_table_to_json(&metrics));
		json_object_set(r->result, "stalled", metrics.stalled);
	}
	metrics_fini(&metrics);
	return ERROR_NONE;
}

const struct request_entry req_stats = {
	.name = "stats",
	.event = "stats",
	.args = args,
	.run = run,
};
