# SPDX-License-Identifier: GPL-3.0-or-later
# libjanus_recorder.so: the plugin. It finds the gateway's own functions in the
# process that loads it, and exports create() alone.

PLUGIN_SOURCES = \
	plugins/access.c plugins/access.h \
	plugins/admin.c plugins/admin.h \
	plugins/codecs.c plugins/codecs.h \
	plugins/config.c plugins/config.h \
	plugins/config_check.c plugins/config_check.h \
	plugins/dispatcher.c plugins/dispatcher.h \
	plugins/door.c plugins/door.h \
	plugins/errors.c plugins/errors.h \
	plugins/events.c plugins/events.h \
	plugins/feedback.c plugins/feedback.h \
	plugins/gateway.c plugins/gateway.h \
	plugins/handle.c plugins/handle.h \
	plugins/hook_table.c plugins/hook_table.h \
	plugins/intake.c plugins/intake.h \
	plugins/log.c plugins/log.h \
	plugins/metrics.c plugins/metrics.h \
	plugins/metrics_file.c plugins/metrics_file.h \
	plugins/metrics_table.c plugins/metrics_table.h \
	plugins/plugin.c plugins/plugin.h \
	plugins/registry.c plugins/registry.h \
	plugins/renegotiation.c plugins/renegotiation.h \
	plugins/req_configure.c \
	plugins/req_delete_recording.c \
	plugins/req_hold_recording.c \
	plugins/req_pause_recording.c \
	plugins/req_publish.c \
	plugins/req_recording.c \
	plugins/req_recordings.c \
	plugins/req_resume_recording.c \
	plugins/req_start_recording.c \
	plugins/req_stats.c \
	plugins/req_stop_recording.c \
	plugins/req_streams.c \
	plugins/req_unpublish.c \
	plugins/request.c plugins/request.h \
	plugins/request_args.c plugins/request_args.h \
	plugins/request_recording.c plugins/request_recording.h \
	plugins/request_rotation.c plugins/request_rotation.h \
	plugins/request_target.c plugins/request_target.h \
	plugins/sdp.c plugins/sdp.h \
	plugins/session.c plugins/session.h \
	plugins/simulcast.c plugins/simulcast.h \
	plugins/stream.c plugins/stream.h \
	plugins/stream_pause.c plugins/stream_pause.h \
	plugins/stream_recording.c plugins/stream_recording.h plugins/stream_recording_priv.h

noinst_LTLIBRARIES += libplugin.la
libplugin_la_SOURCES = $(PLUGIN_SOURCES)
libplugin_la_CPPFLAGS = $(AM_CPPFLAGS) -DMJR_PATH='"$(bindir)/mjr"'
libplugin_la_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)

plugin_LTLIBRARIES = libjanus_recorder.la
plugindir = $(janusplugindir)
libjanus_recorder_la_SOURCES = plugins/janus_recorder.c
libjanus_recorder_la_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
libjanus_recorder_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-export-symbols-regex '^create$$'
libjanus_recorder_la_LIBADD = libplugin.la librecording.la $(BASE_LIBS)
