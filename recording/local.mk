# SPDX-License-Identifier: GPL-3.0-or-later
# librecording.la: the recording engine. Knows neither Janus nor libav.

noinst_LTLIBRARIES += librecording.la

librecording_la_SOURCES = \
	recording/account.c recording/account.h \
	recording/claim.c recording/claim.h \
	recording/describe.c recording/describe.h \
	recording/disk.c recording/disk.h \
	recording/drain.c recording/drain.h \
	recording/durability.c recording/durability.h \
	recording/engine.c recording/engine.h recording/engine_priv.h \
	recording/fanout.c recording/fanout.h \
	recording/frames.c recording/frames.h \
	recording/gate.c recording/gate.h \
	recording/histogram.c recording/histogram.h \
	recording/hook.c recording/hook.h \
	recording/hook_attempt.c recording/hook_attempt.h \
	recording/hook_backlog.c recording/hook_backlog.h \
	recording/hook_command.c recording/hook_command.h \
	recording/hook_convert.c recording/hook_convert.h \
	recording/hook_environment.c recording/hook_environment.h \
	recording/hook_event.c recording/hook_event.h \
	recording/hook_job.c recording/hook_job.h \
	recording/hook_journal.c recording/hook_journal.h \
	recording/hook_output.c recording/hook_output.h \
	recording/hook_process.c recording/hook_process.h \
	recording/hook_program.c recording/hook_program.h \
	recording/hook_queue.c recording/hook_queue.h \
	recording/hook_results.c recording/hook_results.h \
	recording/hook_runner.c recording/hook_runner.h \
	recording/hook_webhook.c recording/hook_webhook.h \
	recording/hooks.c recording/hooks.h \
	recording/index.c recording/index.h \
	recording/index_file.c recording/index_file.h \
	recording/index_record.c recording/index_record.h \
	recording/keeper.c recording/keeper.h \
	recording/limits.c recording/limits.h \
	recording/name.c recording/name.h \
	recording/owner.c recording/owner.h \
	recording/overload.c recording/overload.h \
	recording/part.c recording/part.h \
	recording/pauses.c recording/pauses.h \
	recording/recording.c recording/recording.h recording/recording_priv.h \
	recording/recording_end.c \
	recording/recording_flush.c \
	recording/recording_manifest.c \
	recording/recording_news.c \
	recording/recording_pause.c \
	recording/recording_parts.c \
	recording/recording_rotation.c \
	recording/recording_stats.c \
	recording/recovery.c recording/recovery.h \
	recording/removal.c recording/removal.h \
	recording/reserve.c recording/reserve.h \
	recording/retention.c recording/retention.h \
	recording/ring.c recording/ring.h \
	recording/rotation.c recording/rotation.h \
	recording/salvage.h recording/salvage_books.c recording/salvage_ring.c \
	recording/scan.c recording/scan.h \
	recording/sequence.c recording/sequence.h \
	recording/space.c recording/space.h \
	recording/stats.c recording/stats.h recording/stats_priv.h \
	recording/store.c recording/store.h recording/store_priv.h \
	recording/store_change.c \
	recording/store_list.c \
	recording/store_load.c \
	recording/store_save.c \
	recording/summary.c recording/summary.h \
	recording/track.c recording/track.h recording/track_priv.h \
	recording/writer.c recording/writer.h
librecording_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
librecording_la_LIBADD = libcommon.la $(CURL_LIBS) $(BASE_LIBS)
