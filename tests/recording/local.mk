# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of the engine, without Janus.

RECORDING_TESTS = \
	tests/recording/test_ring

check_PROGRAMS += $(RECORDING_TESTS)
TESTS += $(RECORDING_TESTS)

tests_recording_test_ring_LDADD = librecording.la
