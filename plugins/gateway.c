/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The run-time check of the gateway's version.
 */
#include "plugins/gateway.h"

#include <errno.h>
#include <glib.h>

#include <janus/plugins/plugin.h>

/* Exported by the gateway, in no header of it. Weak: NULL in one that has no such symbol. */
extern int janus_version __attribute__((weak));

/* The first version with each plugin API, newest first. */
static const struct {
	int version;
	int api;
} history[] = {
	{1301, 106},
	{1203, 105},
	{1202, 104},
	{1201, 103},
	{1000, 102},
};

int gateway_api_of(int version)
{
	for (size_t i = 0; i < G_N_ELEMENTS(history); i++) {
		if (version >= history[i].version)
			return history[i].api;
	}
	return 0;
}

int gateway_check(char **error)
{
	const int *version = &janus_version;
	int api = version ? gateway_api_of(*version) : 0;
	if (api == JANUS_PLUGIN_API_VERSION)
		return 0;
	*error = g_strdup_printf("built for plugin API %d, but this Janus (version %d) has %d; "
				 "rebuild it with the headers of this Janus",
		JANUS_PLUGIN_API_VERSION, version ? *version : 0, api);
	return -EINVAL;
}
