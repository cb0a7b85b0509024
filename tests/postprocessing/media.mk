# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of postprocessing/media. The truth_* files make and read known media.

MEDIA_TESTS = \
	tests/postprocessing/test_convert \
	tests/postprocessing/test_convert_faults \
	tests/postprocessing/test_convert_forms \
	tests/postprocessing/test_convert_sound \
	tests/postprocessing/test_media_formats \
	tests/postprocessing/test_media_transform

check_PROGRAMS += $(MEDIA_TESTS) tests/postprocessing/truth_peak
TESTS += $(MEDIA_TESTS)

check_LTLIBRARIES += libmjrtruth.la
libmjrtruth_la_SOURCES = \
	tests/postprocessing/truth_av1.c tests/postprocessing/truth_av1.h \
	tests/postprocessing/truth_decode.c tests/postprocessing/truth_decode.h \
	tests/postprocessing/truth_dump.c tests/postprocessing/truth_dump.h \
	tests/postprocessing/truth_run.c tests/postprocessing/truth_run.h \
	tests/postprocessing/truth_source.c tests/postprocessing/truth_source.h
libmjrtruth_la_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
libmjrtruth_la_LIBADD = libmjrwriter.la libcommon.la $(AV_LIBS) $(BASE_LIBS) -lm

# It runs mjr.
EXTRA_tests_postprocessing_test_convert_DEPENDENCIES = mjr
tests_postprocessing_test_convert_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_convert_LDADD = libmjrtruth.la

EXTRA_tests_postprocessing_test_convert_faults_DEPENDENCIES = \
	mjr tests/postprocessing/truth_peak
tests_postprocessing_test_convert_faults_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_convert_faults_LDADD = libmjrtruth.la

EXTRA_tests_postprocessing_test_convert_forms_DEPENDENCIES = mjr
tests_postprocessing_test_convert_forms_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_convert_forms_LDADD = libmjrtruth.la

EXTRA_tests_postprocessing_test_convert_sound_DEPENDENCIES = mjr
tests_postprocessing_test_convert_sound_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_convert_sound_LDADD = libmjrtruth.la

tests_postprocessing_test_media_formats_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_media_formats_LDADD = libmjrmedia.la

tests_postprocessing_test_media_transform_CFLAGS = $(AM_CFLAGS) $(AV_CFLAGS)
tests_postprocessing_test_media_transform_LDADD = libmjrtruth.la libmjrmedia.la
