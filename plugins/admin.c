/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Admin API's way in.
 */
#include "plugins/admin.h"

#include "plugins/errors.h"
#include "plugins/request.h"

static json_t *refuse(enum error_code code, const char *text)
{
	return json_pack(
		"{s:s, s:i, s:s}", "recorder", "event", "error_code", (int)code, "error", text);
}

json_t *admin_handle(struct plugin *plugin, json_t *message)
{
	if (!json_is_object(message))
		return refuse(ERROR_BAD_REQUEST, "element 'request' must be an object");
	if (!door_enter(&plugin->door))
		return refuse(ERROR_INTERNAL, "the plugin is shutting down");
	json_t *reply = request_handle_admin(plugin, message);
	door_leave(&plugin->door);
	return reply;
}
