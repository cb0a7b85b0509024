# SPDX-License-Identifier: GPL-3.0-or-later
# libmjrwriter.la writes dumps for the tests of the mjr command.

check_LTLIBRARIES += libmjrwriter.la
libmjrwriter_la_SOURCES = \
	tests/postprocessing/mjr_writer.c tests/postprocessing/mjr_writer.h
libmjrwriter_la_LIBADD = libcommon.la $(BASE_LIBS)
