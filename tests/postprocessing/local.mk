# SPDX-License-Identifier: GPL-3.0-or-later
# libmjrwriter.la writes dumps for the tests of the mjr command.

check_LTLIBRARIES += libmjrwriter.la
libmjrwriter_la_SOURCES = \
	tests/postprocessing/mjr_writer.c tests/postprocessing/mjr_writer.h \
	tests/postprocessing/scratch.h
libmjrwriter_la_LIBADD = libcommon.la $(BASE_LIBS)

# core, depay, info: one program per module.
CORE_TESTS = \
	tests/postprocessing/test_depay \
	tests/postprocessing/test_h264_sps \
	tests/postprocessing/test_info \
	tests/postprocessing/test_input \
	tests/postprocessing/test_reader \
	tests/postprocessing/test_reorder \
	tests/postprocessing/test_sync \
	tests/postprocessing/test_table \
	tests/postprocessing/test_timeline

check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS) tests/postprocessing/test_man_page.sh
EXTRA_DIST += tests/postprocessing/test_man_page.sh

CORE_TEST_LIBS = libmjrwriter.la libmjrcore.la libcommon.la $(BASE_LIBS)
tests_postprocessing_test_depay_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_h264_sps_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_info_LDADD = libmjrwriter.la libcommon.la $(BASE_LIBS)
tests_postprocessing_test_input_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_reader_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_reorder_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_sync_LDADD = $(CORE_TEST_LIBS)
tests_postprocessing_test_table_SOURCES = \
	postprocessing/table.c postprocessing/text.c tests/postprocessing/test_table.c
tests_postprocessing_test_table_LDADD = $(BASE_LIBS)
tests_postprocessing_test_timeline_LDADD = $(CORE_TEST_LIBS)

include tests/postprocessing/media.mk
