# SPDX-License-Identifier: GPL-3.0-or-later

configsdir = $(janusconfdir)
dist_configs_DATA = conf/janus.plugin.recorder.jcfg.sample
