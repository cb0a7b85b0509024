# SPDX-License-Identifier: GPL-3.0-or-later
# The mjr command and its two libraries: libmjrcore.la (core, depay; no libav) and
# libmjrmedia.la (media; all of libav).

noinst_LTLIBRARIES += libmjrcore.la
libmjrcore_la_SOURCES = \
	postprocessing/core/input.c postprocessing/core/input.h \
	postprocessing/core/input_name.c postprocessing/core/input_name.h \
	postprocessing/core/reader.c postprocessing/core/reader.h \
	postprocessing/core/reorder.c postprocessing/core/reorder.h \
	postprocessing/core/source_file.c postprocessing/core/source_file.h \
	postprocessing/core/stage.h \
	postprocessing/core/sync.c postprocessing/core/sync.h \
	postprocessing/core/timeline.c postprocessing/core/timeline.h \
	postprocessing/depay/av1.c \
	postprocessing/depay/av1_obu.c postprocessing/depay/av1_obu.h \
	postprocessing/depay/bits.c postprocessing/depay/bits.h \
	postprocessing/depay/depay.c postprocessing/depay/depay.h \
	postprocessing/depay/depay_ops.h \
	postprocessing/depay/h264.c \
	postprocessing/depay/h264_sps.c postprocessing/depay/h264_sps.h \
	postprocessing/depay/h265.c \
	postprocessing/depay/h265_sps.c postprocessing/depay/h265_sps.h \
	postprocessing/depay/opus.c \
	postprocessing/depay/pcm.c \
	postprocessing/depay/scan.c postprocessing/depay/scan.h \
	postprocessing/depay/vp8.c \
	postprocessing/depay/vp9.c \
	postprocessing/depay/vp9_header.c postprocessing/depay/vp9_header.h
libmjrcore_la_LIBADD = libcommon.la $(BASE_LIBS)

bin_PROGRAMS += mjr
mjr_SOURCES = \
	postprocessing/cmd.c postprocessing/cmd.h \
	postprocessing/cmd_convert.c \
	postprocessing/cmd_info.c \
	postprocessing/info.c postprocessing/info.h \
	postprocessing/info_print.c \
	postprocessing/main.c \
	postprocessing/table.c postprocessing/table.h \
	postprocessing/text.c postprocessing/text.h
mjr_LDADD = libmjrmedia.la libmjrcore.la libcommon.la $(BASE_LIBS)
mjr_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)

include postprocessing/media/local.mk
