# SPDX-License-Identifier: GPL-3.0-or-later

configsdir = $(janusconfdir)
dist_configs_DATA = conf/janus.plugin.recorder.jcfg.sample

# Hooks to begin with: docs/hooks.md.
hooksdir = $(pkgdatadir)/hooks
dist_hooks_SCRIPTS = \
	conf/hooks/convert.sh \
	conf/hooks/copy.sh \
	conf/hooks/upload.sh
