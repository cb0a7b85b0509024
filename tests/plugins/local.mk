# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of the plugin: whole, in the fake gateway; and its pure parts alone.

check_LTLIBRARIES += libscene.la
libscene_la_SOURCES = tests/plugins/scene.c tests/plugins/scene.h
libscene_la_LIBADD = libdouble.la libcommon.la

SCENE_TESTS = \
	tests/plugins/test_access \
	tests/plugins/test_clients \
	tests/plugins/test_config \
	tests/plugins/test_feedback \
	tests/plugins/test_hot_path \
	tests/plugins/test_metrics \
	tests/plugins/test_pause \
	tests/plugins/test_recording_life \
	tests/plugins/test_requests \
	tests/plugins/test_threads
PLUGIN_PART_TESTS = \
	tests/plugins/test_docs \
	tests/plugins/test_simulcast

check_PROGRAMS += $(SCENE_TESTS) $(PLUGIN_PART_TESTS)
TESTS += $(SCENE_TESTS) $(PLUGIN_PART_TESTS)

# The plugin takes these from the program, which comes before the core.
SCENE_LINK = $(AM_LDFLAGS) \
	-Wl,--export-dynamic-symbol=janus_vprintf -Wl,--export-dynamic-symbol=janus_version
tests_plugins_test_access_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_access_LDADD = libscene.la
tests_plugins_test_clients_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_clients_LDADD = libscene.la
tests_plugins_test_config_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_config_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
tests_plugins_test_config_LDADD = libscene.la libplugin.la
tests_plugins_test_feedback_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_feedback_LDADD = libscene.la
tests_plugins_test_hot_path_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_hot_path_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
tests_plugins_test_hot_path_LDADD = libscene.la
tests_plugins_test_metrics_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_metrics_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
tests_plugins_test_metrics_LDADD = libscene.la libplugin.la librecording.la
tests_plugins_test_pause_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_pause_LDADD = libscene.la
tests_plugins_test_recording_life_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_recording_life_LDADD = libscene.la
tests_plugins_test_requests_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_requests_LDADD = libscene.la
tests_plugins_test_threads_LDFLAGS = $(SCENE_LINK)
tests_plugins_test_threads_LDADD = libscene.la librecording.la

tests_plugins_test_simulcast_LDADD = libplugin.la libcommon.la

tests_plugins_test_docs_SOURCES = tests/plugins/test_docs.c tests/double/stubs.c
tests_plugins_test_docs_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
tests_plugins_test_docs_LDADD = libplugin.la librecording.la
