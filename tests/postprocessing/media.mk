# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of postprocessing/media. The truth_* files make and read known media.

MEDIA_TESTS = \
	tests/postprocessing/test_media_formats \
	tests/postprocessing/test_media_transform

check_PROGRAMS += $(MEDIA_TESTS)
TESTS += $(MEDIA_TESTS)

check_LTLIBRARIES += libmjrtruth.la
libmjrtruth_la_SOURCES = \
	tests/postprocessing/truth_decode.c tests/postprocessing/truth_decode.h \
	tests/postprocessing/truth_source.c tests/postprocessing/truth_source.h
libmjrtruth_la_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
libmjrtruth_la_LIBADD = libcommon.la $(AV_LIBS) $(BASE_LIBS) -lm

tests_postprocessing_test_media_formats_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_media_formats_LDADD = libmjrmedia.la

tests_postprocessing_test_media_transform_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_media_transform_LDADD = libmjrtruth.la libmjrmedia.la
