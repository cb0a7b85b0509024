# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of the engine, without Janus.

check_LTLIBRARIES += librecordingrig.la
librecordingrig_la_SOURCES = tests/recording/call.c tests/recording/call.h \
	tests/recording/hook_scene.c tests/recording/hook_scene.h \
	tests/recording/rig.c tests/recording/rig.h \
	tests/recording/victim.c tests/recording/victim.h
librecordingrig_la_LIBADD = librecording.la

RECORDING_TESTS = \
	tests/recording/test_drain \
	tests/recording/test_fanout \
	tests/recording/test_faults \
	tests/recording/test_folder \
	tests/recording/test_hook_convert \
	tests/recording/test_hook_journal \
	tests/recording/test_hook_process \
	tests/recording/test_hook_queue \
	tests/recording/test_hook_runs \
	tests/recording/test_deletion \
	tests/recording/test_hook_webhook \
	tests/recording/test_hooks \
	tests/recording/test_index \
	tests/recording/test_leftovers \
	tests/recording/test_retention \
	tests/recording/test_life \
	tests/recording/test_limits \
	tests/recording/test_name \
	tests/recording/test_owner \
	tests/recording/test_part \
	tests/recording/test_pause \
	tests/recording/test_power \
	tests/recording/test_recording \
	tests/recording/test_recovery \
	tests/recording/test_ring \
	tests/recording/test_rotation \
	tests/recording/test_sequence \
	tests/recording/test_stats \
	tests/recording/test_store \
	tests/recording/test_track \
	tests/recording/test_trouble

check_PROGRAMS += $(RECORDING_TESTS)
TESTS += $(RECORDING_TESTS)

tests_recording_test_drain_LDADD = librecording.la
tests_recording_test_fanout_LDADD = librecordingrig.la
tests_recording_test_faults_LDADD = librecordingrig.la
tests_recording_test_folder_LDADD = librecordingrig.la
tests_recording_test_hook_convert_LDADD = librecordingrig.la
tests_recording_test_hook_journal_LDADD = librecordingrig.la
tests_recording_test_hook_process_LDADD = librecording.la
tests_recording_test_hook_queue_LDADD = librecording.la
tests_recording_test_hook_runs_LDADD = librecordingrig.la
tests_recording_test_hook_webhook_SOURCES = \
	tests/recording/test_hook_webhook.c \
	tests/recording/web_server.c \
	tests/recording/web_server.h
tests_recording_test_hook_webhook_LDADD = librecordingrig.la
tests_recording_test_hooks_LDADD = librecordingrig.la
tests_recording_test_deletion_LDADD = librecordingrig.la
tests_recording_test_index_LDADD = librecordingrig.la
tests_recording_test_retention_LDADD = librecordingrig.la
tests_recording_test_leftovers_LDADD = librecordingrig.la
tests_recording_test_life_LDADD = librecordingrig.la
tests_recording_test_limits_LDADD = librecordingrig.la
tests_recording_test_name_LDADD = librecordingrig.la
tests_recording_test_owner_LDADD = librecordingrig.la
tests_recording_test_part_LDADD = librecording.la
tests_recording_test_pause_LDADD = librecordingrig.la
tests_recording_test_power_SOURCES = \
	tests/recording/medium.c \
	tests/recording/medium.h \
	tests/recording/power.c \
	tests/recording/power.h \
	tests/recording/test_power.c
tests_recording_test_power_LDADD = librecordingrig.la
tests_recording_test_power_LDFLAGS = $(MEDIUM_WRAPS)
tests_recording_test_recording_LDADD = librecordingrig.la
tests_recording_test_recovery_SOURCES = \
	tests/recording/mortal.c \
	tests/recording/mortal.h \
	tests/recording/test_recovery.c
tests_recording_test_recovery_LDADD = librecordingrig.la
tests_recording_test_ring_LDADD = librecordingrig.la
tests_recording_test_rotation_LDADD = librecordingrig.la
tests_recording_test_sequence_LDADD = librecording.la
tests_recording_test_stats_LDADD = librecordingrig.la
tests_recording_test_store_LDADD = librecordingrig.la
tests_recording_test_track_LDADD = librecordingrig.la
tests_recording_test_trouble_LDADD = librecordingrig.la

# Calls that tests/recording/medium.c comes between.
MEDIUM_WRAPS = \
	-Wl,--wrap=open \
	-Wl,--wrap=g_mkstemp_full \
	-Wl,--wrap=close \
	-Wl,--wrap=write \
	-Wl,--wrap=pwritev \
	-Wl,--wrap=ftruncate \
	-Wl,--wrap=fdatasync \
	-Wl,--wrap=fsync \
	-Wl,--wrap=rename \
	-Wl,--wrap=unlink
