# SPDX-License-Identifier: GPL-3.0-or-later
# Endurance: scripts/soak NAME runs tests/soak/NAME, which builds here what it needs.

SOAK_TESTS = tests/soak/kill9_core
EXTRA_PROGRAMS += $(SOAK_TESTS)
CLEANFILES += $(SOAK_TESTS)

tests_soak_kill9_core_LDFLAGS = $(SCENE_LINK)
tests_soak_kill9_core_LDADD = libscene.la

tests_soak_long_core_LDFLAGS = $(SCENE_LINK)
tests_soak_long_core_LDADD = libscene.la

# A slice of it is a test of every day.
check_PROGRAMS += tests/soak/long_core
TESTS += tests/soak/test_long.sh

EXTRA_DIST += \
	scripts/soak \
	tests/soak/kill9 \
	tests/soak/kill9_janus.py \
	tests/soak/long \
	tests/soak/test_long.sh
