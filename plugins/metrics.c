/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reading of all metrics.
 */
#include "plugins/metrics.h"

#include "common/clock.h"
#include "plugins/plugin.h"
#include "plugins/registry.h"
#include "plugins/stream.h"
#include "recording/drain.h"
#include "recording/recording.h"

/* Notes the recording if it gets nothing, though something should come. */
static void look_for_stall(struct metrics *metrics, struct plugin *plugin,
	const struct stats_running *running, int64_t limit_us)
{
	const char *id = recording_media_session_id(running->recording);
	struct stream *stream = registry_find_id(plugin->registry, id);
	int64_t up_us = stream ? stream_up_us(stream) : 0;
	int64_t stalled_us = clock_mono_us(clock_system()) - MAX(running->grew_us, up_us);
	if (up_us > 0 && stalled_us >= limit_us) {
		metrics->recordings_stalled++;
		json_array_append_new(
			metrics->stalled, json_pack("{s:s, s:s, s:{s:s, s:s}, s:f}", "stream",
						  stream->name, "media_session_id", id, "recording",
						  "id", recording_id(running->recording), "name",
						  recording_name(running->recording), "seconds",
						  (double)stalled_us / 1e6));
	}
	stream_put(stream);
}

void metrics_read(struct metrics *out, struct plugin *plugin)
{
	*out = (struct metrics){.stalled = json_array()};
	g_autoptr(GPtrArray) streams = registry_streams(plugin->registry);
	for (size_t i = 0; i < streams->len; i++)
		out->streams[stream_up_us(g_ptr_array_index(streams, i)) > 0]++;
	stats_read(&out->engine, plugin->engine);
	/* Few bytes of a track may wait so long for others. */
	int64_t wait_us = plugin->settings.flush_interval_ms * 1000 * (DRAIN_TICKS_MAX + 1);
	const GArray *recordings = out->engine.recordings;
	for (size_t i = 0; i < recordings->len; i++)
		look_for_stall(out, plugin, &g_array_index(recordings, struct stats_running, i),
			MAX(wait_us, METRICS_STALLED_US));
}

void metrics_fini(struct metrics *metrics)
{
	stats_snapshot_fini(&metrics->engine);
	json_decref(metrics->stalled);
}
