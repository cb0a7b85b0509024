# SPDX-License-Identifier: GPL-3.0-or-later
# librecording.la: the recording engine. Knows neither Janus nor libav.

noinst_LTLIBRARIES += librecording.la

librecording_la_SOURCES = \
	recording/disk.c recording/disk.h \
	recording/engine.h \
	recording/fanout.c recording/fanout.h \
	recording/recording.h \
	recording/ring.c recording/ring.h \
	recording/store.h \
	recording/track.h
librecording_la_LIBADD = libcommon.la $(BASE_LIBS)
