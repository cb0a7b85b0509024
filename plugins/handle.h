/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the gateway tells about a handle, from attach to detach. Each call
 * passes the plugin's door and does nothing when it is closed.
 *
 * Thread: any but the media thread; hang-up and destruction come on the loop
 * thread of the handle, which is also its media thread but then carries no media.
 */
#pragma once

#include <stdbool.h>

#include "plugins/plugin.h"

/* 0, or -ESHUTDOWN, or for the last three -ENOENT when the handle has no session. */
int handle_create(struct plugin *plugin, janus_plugin_session *handle);
int handle_destroy(struct plugin *plugin, janus_plugin_session *handle);
int handle_setup_media(struct plugin *plugin, janus_plugin_session *handle);
int handle_hangup(struct plugin *plugin, janus_plugin_session *handle);

void handle_slow_link(struct plugin *plugin, janus_plugin_session *handle, int mindex,
	bool is_video, bool is_uplink);

/* What the Admin API shows of a handle: a new reference, never NULL. */
json_t *handle_query(struct plugin *plugin, janus_plugin_session *handle);
