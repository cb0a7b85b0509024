/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the gateway hands over on its media threads, on the way to the rings.
 *
 * Every function here is for media threads: no lock, no allocation, no log, no
 * system call; bounded. RTP and RTCP of a handle come from one thread, data
 * channel messages perhaps from another.
 */
#pragma once

#include "plugins/plugin.h"

void intake_rtp(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_rtp *packet);
void intake_rtcp(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_rtcp *packet);
void intake_data(struct plugin *plugin, janus_plugin_session *handle, janus_plugin_data *packet);
