# SPDX-License-Identifier: GPL-3.0-or-later
# The manual. A page appears here with the program or the file that it describes.

dist_man_MANS += \
	man/janus.plugin.recorder.jcfg.5 \
	man/mjr.1
