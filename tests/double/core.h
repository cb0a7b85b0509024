/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gateway's own functions, in this process: its program loaded as a library.
 *
 * The plugin takes janus_sdp_*, janus_config_* and the like from whoever loads
 * it. Here they are the real ones, of the installed Janus; only what reaches the
 * network is left out. See gateway.h for that part.
 */
#pragma once

#include <stdbool.h>

/*
 * Loads `program` (the janus executable), once per process. False: there is none, or this dynamic
 * loader cannot do it; `why` then points at a sentence that lives until the process ends.
 */
bool core_load(const char *program, const char **why);

/* A function or an object of it; never NULL (aborts). */
void *core_symbol(const char *name);
