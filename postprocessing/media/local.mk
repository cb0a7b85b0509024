# SPDX-License-Identifier: GPL-3.0-or-later
# libmjrmedia.la: the only library here that knows libav.

noinst_LTLIBRARIES += libmjrmedia.la

libmjrmedia_la_SOURCES = \
	postprocessing/media/audio.c postprocessing/media/audio.h \
	postprocessing/media/copy.c postprocessing/media/copy.h \
	postprocessing/media/fault.c postprocessing/media/fault.h \
	postprocessing/media/formats.c postprocessing/media/formats.h \
	postprocessing/media/mux.c postprocessing/media/mux.h \
	postprocessing/media/parameters.c postprocessing/media/parameters.h \
	postprocessing/media/picture.c postprocessing/media/picture.h \
	postprocessing/media/pipeline.c postprocessing/media/pipeline.h \
	postprocessing/media/progress.c postprocessing/media/progress.h \
	postprocessing/media/report.c postprocessing/media/report.h \
	postprocessing/media/track.c postprocessing/media/track.h \
	postprocessing/media/transform.c postprocessing/media/transform.h \
	postprocessing/media/video.c postprocessing/media/video.h
libmjrmedia_la_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
libmjrmedia_la_LIBADD = libmjrcore.la libcommon.la $(AV_LIBS) $(BASE_LIBS)
