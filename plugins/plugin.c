/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starting and stopping the plugin as a whole.
 *
 * The end is a sequence: the door is closed and the control calls inside are
 * waited for; the threads that act by themselves are joined; every session is
 * taken off its handle, which stops its recordings; the engine drains them and
 * completes their files, still reporting events, and gives hooks some time to end;
 * then memory is freed.
 */
#include "plugins/plugin.h"

#include <errno.h>

#include "plugins/dispatcher.h"
#include "plugins/events.h"
#include "plugins/feedback.h"
#include "plugins/gateway.h"
#include "plugins/log.h"
#include "plugins/metrics_file.h"
#include "plugins/registry.h"
#include "plugins/session.h"
#include "recording/engine.h"
#include "recording/limits.h"

static const struct log_place nowhere;

static int start_engine(struct plugin *plugin)
{
	const struct settings *settings = &plugin->settings;
	hook_table_fill(&plugin->hooks, settings);
	struct engine_params params = {
		.folder = settings->recordings_folder,
		.ring_folder = settings->ring_folder,
		.ring_size = (size_t)settings->ring_size,
		.flush_interval_ms = (unsigned)settings->flush_interval_ms,
		.writer_threads = (unsigned)settings->writer_threads,
		.recordings_max = (uint64_t)settings->max_recordings,
		.disk_low = (uint64_t)settings->disk_low,
		.disk_reserve = (uint64_t)settings->disk_reserve,
		.retention =
			{
				.age_us = settings->retention_age_s * 1000000,
				.bytes = (uint64_t)settings->retention_bytes,
				.free = (uint64_t)settings->retention_free,
				.is_dry_run = settings->retention_dry_run,
			},
		.on_event = events_on_engine,
		.on_event_ctx = plugin,
		.log = events_on_engine_log,
		.log_ctx = plugin,
		.hooks = plugin->hooks.hooks,
		.hook_count = plugin->hooks.count,
		.hook_limits =
			{
				.timeout_ms = (unsigned)settings->hook_timeout_s * 1000,
				.attempts = (unsigned)settings->hook_retries + 1,
				.concurrency = (unsigned)settings->hook_concurrency,
			},
	};
	(void)durability_parse(&params.durability, settings->durability); /* it was checked */
	int result = engine_create(&plugin->engine, &params);
	if (result < 0)
		log_error(nowhere, "cannot record to '%s' through '%s': %s", params.folder,
			params.ring_folder, g_strerror(-result));
	return result;
}

static struct registry *create_registry(const struct settings *settings)
{
	struct registry_limits limits = {
		.streams = (size_t)settings->max_streams,
		.streams_per_client = (size_t)settings->max_streams_per_client,
		.recordings_per_client = (size_t)settings->max_recordings_per_client,
	};
	return registry_create(&limits);
}

/* A token that nobody checks is worse than none. */
static int check_tokens(const struct plugin *plugin, char **error)
{
	if (!plugin->settings.signed_tokens || plugin->gateway->auth_is_signed())
		return 0;
	*error = g_strdup("signed_tokens = true: the gateway has no token_auth_secret, by which "
			  "it could check them");
	return -EINVAL;
}

static void warn_of_limits(const struct settings *settings)
{
	int64_t most = settings->max_recordings ? settings->max_recordings : settings->max_streams;
	g_autofree char *why = limits_foresee((uint64_t)most);
	if (why)
		log_warn(nowhere, "%s", why);
}

static int start_threads(struct plugin *plugin)
{
	int result = dispatcher_create(&plugin->dispatcher);
	if (result == 0)
		result = feedback_create(&plugin->feedback, plugin);
	if (result == 0)
		result = metrics_file_create(&plugin->metrics_file, plugin);
	if (result < 0)
		log_error(nowhere, "cannot start a thread: %s", g_strerror(-result));
	return result;
}

/* What was made, in the order in which it can be taken apart; copes with half of it. */
static void take_apart(struct plugin *plugin)
{
	metrics_file_destroy(g_steal_pointer(&plugin->metrics_file));
	dispatcher_destroy(g_steal_pointer(&plugin->dispatcher));
	feedback_destroy(g_steal_pointer(&plugin->feedback));
	struct session *session;
	while (plugin->registry && (session = registry_pop_session(plugin->registry))) {
		session_destroy(session, "shutdown");
		session_put(session);
	}
	engine_destroy(g_steal_pointer(&plugin->engine));
	registry_destroy(g_steal_pointer(&plugin->registry));
	config_fini(&plugin->settings);
}

int plugin_start(struct plugin *plugin, janus_callbacks *gateway, const char *config_folder)
{
	g_autofree char *error = NULL;
	plugin->gateway = gateway;
	if (gateway_check(&error) < 0 ||
		config_load(&plugin->settings, config_folder, &error) < 0 ||
		check_tokens(plugin, &error) < 0) {
		log_error(nowhere, "refuses to start: %s", error);
		config_fini(&plugin->settings);
		return -1;
	}
	for (size_t i = 0; i < PLUGIN_GATES; i++)
		gate_init(&plugin->gates[i]);
	plugin->registry = create_registry(&plugin->settings);
	if (start_engine(plugin) < 0 || start_threads(plugin) < 0) {
		take_apart(plugin);
		return -1;
	}
	warn_of_limits(&plugin->settings);
	door_open(&plugin->door);
	log_info(nowhere, "records to '%s'", plugin->settings.recordings_folder);
	return 0;
}

void plugin_stop(struct plugin *plugin)
{
	if (!door_close(&plugin->door))
		return;
	take_apart(plugin);
	log_info(nowhere, "has stopped");
}
