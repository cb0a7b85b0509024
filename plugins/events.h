/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the plugin says by itself: to the publisher's handle, and to the
 * gateway's event handlers when they are wanted.
 *
 * Thread: any but the media thread, with no lock held.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "plugins/plugin.h"
#include "recording/engine.h"

struct stream;

/*
 * Sends {"event": word, "stream", "media_session_id", …the members of `more`…}; takes `more`, which
 * may be NULL.
 */
void events_send(struct stream *stream, const char *word, json_t *more);

/* The stream is over. `reason` as in its manifests. */
void events_gone(struct stream *stream, const char *reason);

/* For the engine; `plugin` is a struct plugin. */
void events_on_engine(const struct engine_event *event, void *plugin);

/* For the engine: its log lines go to the gateway's log. */
void events_on_engine_log(enum engine_log_level level, const char *text, void *ctx);
