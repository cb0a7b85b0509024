/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plugin as Janus sees it: create(), and the table of its callbacks, which
 * leave the work to others.
 */
#include <config.h>

#include <janus/plugins/plugin.h>

#include "plugins/admin.h"
#include "plugins/handle.h"
#include "plugins/intake.h"
#include "plugins/request.h"

enum {
	PLUGIN_VERSION = 1,
	CALLBACK_FAILED = -1, /* what Janus wants to see in *error */
};

__attribute__((visibility("default"))) janus_plugin *create(void);

/* The one instance: Janus gives its callbacks no context. */
static struct plugin plugin = {.door = DOOR_INITIALIZER};

static int init(janus_callbacks *callbacks, const char *config_path)
{
	return plugin_start(&plugin, callbacks, config_path);
}

static void destroy(void)
{
	plugin_stop(&plugin);
}

static int get_api_compatibility(void)
{
	return JANUS_PLUGIN_API_VERSION;
}

static int get_version(void)
{
	return PLUGIN_VERSION;
}

static const char *get_version_string(void)
{
	return PACKAGE_VERSION;
}

static const char *get_description(void)
{
	return "Records WebRTC streams, packet by packet";
}

static const char *get_name(void)
{
	return "Janus recorder";
}

static const char *get_author(void)
{
	return "The janus-recorder authors";
}

static const char *get_package(void)
{
	return "janus.plugin.recorder";
}

static void create_session(janus_plugin_session *handle, int *error)
{
	if (handle_create(&plugin, handle) < 0)
		*error = CALLBACK_FAILED;
}

static void destroy_session(janus_plugin_session *handle, int *error)
{
	if (handle_destroy(&plugin, handle) < 0)
		*error = CALLBACK_FAILED;
}

static json_t *query_session(janus_plugin_session *handle)
{
	return handle_query(&plugin, handle);
}

static janus_plugin_result *handle_message(
	janus_plugin_session *handle, char *transaction, json_t *message, json_t *jsep)
{
	return request_handle(&plugin, handle, transaction, message, jsep);
}

static json_t *handle_admin_message(json_t *message)
{
	return admin_handle(&plugin, message);
}

static void setup_media(janus_plugin_session *handle)
{
	handle_setup_media(&plugin, handle);
}

static void hangup_media(janus_plugin_session *handle)
{
	handle_hangup(&plugin, handle);
}

static void slow_link(janus_plugin_session *handle, int mindex, gboolean video, gboolean uplink)
{
	handle_slow_link(&plugin, handle, mindex, video, uplink);
}

static void incoming_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	intake_rtp(&plugin, handle, packet);
}

static void incoming_rtcp(janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
	intake_rtcp(&plugin, handle, packet);
}

static void incoming_data(janus_plugin_session *handle, janus_plugin_data *packet)
{
	intake_data(&plugin, handle, packet);
}

static janus_plugin table = {
	.init = init,
	.destroy = destroy,
	.get_api_compatibility = get_api_compatibility,
	.get_version = get_version,
	.get_version_string = get_version_string,
	.get_description = get_description,
	.get_name = get_name,
	.get_author = get_author,
	.get_package = get_package,
	.create_session = create_session,
	.destroy_session = destroy_session,
	.query_session = query_session,
	.handle_message = handle_message,
	.handle_admin_message = handle_admin_message,
	.setup_media = setup_media,
	.hangup_media = hangup_media,
	.slow_link = slow_link,
	.incoming_rtp = incoming_rtp,
	.incoming_rtcp = incoming_rtcp,
	.incoming_data = incoming_data,
};

/*
 * Not to be called from here: every plugin exports a create(), and Janus loads them all into one
 * scope, where the first one would answer.
 */
janus_plugin *create(void)
{
	plugin.self = &table;
	return &table;
}
