# SPDX-License-Identifier: GPL-3.0-or-later
# The gateway that tests of the plugin run in.

check_LTLIBRARIES += libdouble.la
libdouble_la_SOURCES = \
	tests/double/core.c tests/double/core.h \
	tests/double/folder.c tests/double/folder.h \
	tests/double/gateway.c tests/double/gateway.h tests/double/gateway_priv.h \
	tests/double/gateway_callbacks.c \
	tests/double/gateway_wait.c
libdouble_la_CPPFLAGS = $(AM_CPPFLAGS) -DJANUS_PROGRAM='"$(JANUS_PROGRAM)"'
libdouble_la_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
libdouble_la_LIBADD = $(BASE_LIBS) -ldl

# GLib's slices pass memory from thread to thread unseen by the sanitizers.
AM_TESTS_ENVIRONMENT += G_SLICE='always-malloc'; export G_SLICE;

MOSTLYCLEANFILES += tests/double/janus-core.so
