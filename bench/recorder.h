/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Those that are compared: what takes the packets of traffic.h. One at a time in
 * a process.
 */
#pragma once

#include "bench/traffic.h"

struct recorder_setup {
	unsigned streams;
	const char *recordings; /* folder, there already */
	const char *rings;      /* folder on tmpfs */
};

struct recorder {
	const char *name;
	/* Every stream is being recorded on return. Ends the process when it cannot. */
	void *(*open)(const struct recorder_setup *setup);
	/* Media thread: one call of the kind that is measured. */
	void (*take)(void *self, const struct traffic_packet *packet);
	/* Every file is complete on return. */
	void (*close)(void *self);
};

/* Throws all away: what driver and traffic cost by themselves. */
extern const struct recorder recorder_none;

/* The built plugin, loaded by the fake gateway, from its incoming_rtp() on. */
extern const struct recorder recorder_plugin;

/*
 * No recorder at all, but the least that one can do: each frame is copied into its track's buffer,
 * and a full one is written, by the same calls as the plugin's. What it takes cannot be saved.
 * Its files are not readable.
 */
extern const struct recorder recorder_bare;

/*
 * The peer: the functions of the installed Janus that its own plugins record with. They save no
 * RTCP, so that these packets are left out.
 */
extern const struct recorder recorder_janus;
