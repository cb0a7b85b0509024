# SPDX-License-Identifier: GPL-3.0-or-later
# Endurance: scripts/soak NAME runs tests/soak/NAME, which builds here what it needs.

SOAK_TESTS = tests/soak/disk_core tests/soak/kill9_core
EXTRA_PROGRAMS += $(SOAK_TESTS)
CLEANFILES += $(SOAK_TESTS)

tests_soak_disk_core_SOURCES = \
	tests/soak/disk_core.c \
	tests/soak/dump.c tests/soak/dump.h \
	tests/soak/filler.c tests/soak/filler.h \
	tests/soak/journal.c tests/soak/journal.h \
	tests/soak/packet.c tests/soak/packet.h \
	tests/soak/place.c tests/soak/place.h \
	tests/soak/take.c tests/soak/take.h \
	tests/soak/tale.c tests/soak/tale.h
tests_soak_disk_core_LDFLAGS = $(SCENE_LINK)
tests_soak_disk_core_LDADD = libscene.la

tests_soak_kill9_core_SOURCES = \
	tests/soak/kill9_core.c \
	tests/soak/packet.c tests/soak/packet.h \
	tests/soak/place.c tests/soak/place.h
tests_soak_kill9_core_LDFLAGS = $(SCENE_LINK)
tests_soak_kill9_core_LDADD = libscene.la

tests_soak_long_core_LDFLAGS = $(SCENE_LINK)
tests_soak_long_core_LDADD = libscene.la

# A slice of it is a test of every day.
check_PROGRAMS += tests/soak/long_core
TESTS += tests/soak/test_long.sh

EXTRA_DIST += \
	scripts/soak \
	tests/soak/disk \
	tests/soak/kill9 \
	tests/soak/kill9_janus.py \
	tests/soak/long \
	tests/soak/test_long.sh
