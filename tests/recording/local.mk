# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of the engine, without Janus.

check_LTLIBRARIES += librecordingrig.la
librecordingrig_la_SOURCES = tests/recording/rig.c tests/recording/rig.h
librecordingrig_la_LIBADD = librecording.la

RECORDING_TESTS = \
	tests/recording/test_recording \
	tests/recording/test_ring

check_PROGRAMS += $(RECORDING_TESTS)
TESTS += $(RECORDING_TESTS)

tests_recording_test_recording_LDADD = librecordingrig.la
tests_recording_test_ring_LDADD = librecording.la
