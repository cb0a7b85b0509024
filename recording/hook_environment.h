/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The environment of a program that a hook runs: little of the gateway's own,
 * which may hold secrets or ask for libraries, and RECORDER_* from the event.
 */
#pragma once

#include <glib.h>

#include "recording/hook.h"

/* What of this process's own is handed on; at the start, as others may change theirs later. The
 * caller frees it with g_strfreev(). */
GStrv hook_environment_inherit(void);

/* The same and what the call says; the caller frees it with g_strfreev(). */
GStrv hook_environment_build(const struct hook_call *call);
