/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the whole plugin shares: one instance, in janus_recorder.c.
 *
 * Lock order: none. Every object has at most one lock of its own, under which
 * it calls neither another object, nor the gateway, nor anything of the engine
 * that blocks.
 */
#pragma once

#include <janus/plugins/plugin.h>

#include "plugins/config.h"
#include "plugins/door.h"
#include "plugins/hook_table.h"
#include "recording/gate.h"

struct dispatcher;
struct engine;
struct feedback;
struct metrics_file;
struct registry;

enum {
	PLUGIN_GATES = 16
};

struct plugin {
	struct door door;                /* control calls pass through it */
	struct gate gates[PLUGIN_GATES]; /* media threads pass through their handle's */

	/* Constant while the door is open. */
	janus_callbacks *gateway;
	janus_plugin *self;
	struct settings settings;
	struct hook_table hooks;
	struct engine *engine;
	struct registry *registry;
	struct dispatcher *dispatcher;
	struct feedback *feedback;
	struct metrics_file *metrics_file; /* or NULL */
};

/* The handle's gate; always the same. Thread: any. */
static inline struct gate *plugin_gate(struct plugin *plugin, const janus_plugin_session *handle)
{
	uintptr_t address = (uintptr_t)handle;
	return &plugin->gates[(address >> 4 ^ address >> 10) % PLUGIN_GATES];
}

/* 0, or negative after logging why; then nothing is left behind. */
int plugin_start(struct plugin *plugin, janus_callbacks *gateway, const char *config_folder);

/* Ends every session and recording, completes every file. Does nothing when it is not started. */
void plugin_stop(struct plugin *plugin);
