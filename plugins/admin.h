/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests through the Admin API's message_plugin: all answered at once.
 */
#pragma once

#include <jansson.h>

#include "plugins/plugin.h"

/* Borrows the message, which may be anything. A new reference, never NULL. */
json_t *admin_handle(struct plugin *plugin, json_t *message);
