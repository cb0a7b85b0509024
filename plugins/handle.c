/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of a handle.
 */
#include "plugins/handle.h"

#include <errno.h>
#include <jansson.h>

#include "plugins/events.h"
#include "plugins/feedback.h"
#include "plugins/log.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "plugins/stream.h"

int handle_create(struct plugin *plugin, janus_plugin_session *handle)
{
	if (!door_enter(&plugin->door))
		return -ESHUTDOWN;
	registry_add_session(plugin->registry, session_create(plugin, handle));
	door_leave(&plugin->door);
	return 0;
}

/* Runs `act` on the session of the handle, inside the door. */
static int with_session(struct plugin *plugin, janus_plugin_session *handle,
	void (*act)(struct plugin *plugin, struct session *session))
{
	if (!door_enter(&plugin->door))
		return -ESHUTDOWN;
	struct session *session = session_of(plugin, handle);
	if (session)
		act(plugin, session);
	session_put(session);
	door_leave(&plugin->door);
	return session ? 0 : -ENOENT;
}

static void destroy(struct plugin *plugin, struct session *session)
{
	if (!registry_remove_session(plugin->registry, session))
		return;
	session_destroy(session, "session_ended");
	session_put(session);
}

int handle_destroy(struct plugin *plugin, janus_plugin_session *handle)
{
	return with_session(plugin, handle, destroy);
}

static void setup_media(struct plugin *plugin, struct session *session)
{
	struct stream *stream = session_stream(session);
	if (!stream)
		return;
	stream_set_publishing(stream);
	struct log_place place = {.session = session->id};
	log_info(place, "stream '%s' is publishing", stream->name);
	events_send(stream, "publishing", NULL);
	feedback_poke(plugin->feedback);
	stream_put(stream);
}

int handle_setup_media(struct plugin *plugin, janus_plugin_session *handle)
{
	return with_session(plugin, handle, setup_media);
}

static void hangup(struct plugin *plugin, struct session *session)
{
	(void)plugin;
	atomic_fetch_add(&session->hangups, 1);
	struct stream *stream = session_unpublish(session, "hangup");
	if (stream)
		events_gone(stream, "hangup");
	stream_put(stream);
}

int handle_hangup(struct plugin *plugin, janus_plugin_session *handle)
{
	return with_session(plugin, handle, hangup);
}

/* The stream of a handle, a new reference, or NULL. Inside the door. */
static struct stream *stream_of(struct plugin *plugin, janus_plugin_session *handle)
{
	struct session *session = session_of(plugin, handle);
	struct stream *stream = session ? session_stream(session) : NULL;
	session_put(session);
	return stream;
}

void handle_slow_link(struct plugin *plugin, janus_plugin_session *handle, int mindex,
	bool is_video, bool is_uplink)
{
	if (!door_enter(&plugin->door))
		return;
	struct stream *stream = stream_of(plugin, handle);
	if (stream)
		events_send(stream, "slow_link",
			json_pack("{s:i, s:s, s:b}", "mindex", mindex, "kind",
				is_video ? "video" : "audio", "uplink", (int)is_uplink));
	stream_put(stream);
	door_leave(&plugin->door);
}

json_t *handle_query(struct plugin *plugin, janus_plugin_session *handle)
{
	if (!door_enter(&plugin->door))
		return json_object();
	struct stream *stream = stream_of(plugin, handle);
	json_t *json = stream ? stream_to_json(stream) : json_object();
	stream_put(stream);
	door_leave(&plugin->door);
	return json;
}
