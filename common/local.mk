# SPDX-License-Identifier: GPL-3.0-or-later
# libcommon.la: formats and base, used by every other floor.

noinst_LTLIBRARIES += libcommon.la

libcommon_la_SOURCES = \
	common/bytes.h \
	common/cacheline.c common/cacheline.h \
	common/clock.c common/clock.h \
	common/codec.c common/codec.h \
	common/keyframe.c common/keyframe.h \
	common/manifest.c common/manifest.h \
	common/manifest_json.c \
	common/members.c common/members.h \
	common/mjr.c common/mjr.h \
	common/mjr_info.c common/mjr_info.h \
	common/naming.c common/naming.h \
	common/params.c common/params.h \
	common/path.c common/path.h \
	common/rtcp.c common/rtcp.h \
	common/rtp.c common/rtp.h \
	common/rtp_ext.c common/rtp_ext.h \
	common/template.c common/template.h
libcommon_la_LIBADD = $(BASE_LIBS)
