# SPDX-License-Identifier: GPL-3.0-or-later
# Measurements, built on demand by the scripts beside this file, or with: make bench

BENCHMARKS = \
	bench/intake \
	bench/record_cost \
	bench/retention_cost \
	bench/scale \
	bench/stall

bench: all $(BENCHMARKS)
.PHONY: bench

EXTRA_PROGRAMS += $(BENCHMARKS)
CLEANFILES += $(BENCHMARKS)

bench_intake_LDADD = librecording.la
bench_retention_cost_LDADD = librecording.la

BENCH_RUN = \
	bench/figures.c bench/figures.h \
	bench/recorder.h bench/recorder_bare.c bench/recorder_janus.c \
	bench/recorder_none.c bench/recorder_plugin.c \
	bench/run.c bench/run.h \
	bench/traffic.c bench/traffic.h

# The plugin takes janus_vprintf() from the program.
BENCH_LINK = $(AM_LDFLAGS) -Wl,--export-dynamic-symbol=janus_vprintf

bench_record_cost_SOURCES = bench/record_cost.c $(BENCH_RUN)
bench_record_cost_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
bench_record_cost_LDFLAGS = $(BENCH_LINK)
bench_record_cost_LDADD = libdouble.la librecording.la libcommon.la

bench_scale_SOURCES = bench/scale.c $(BENCH_RUN)
bench_scale_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
bench_scale_LDFLAGS = $(BENCH_LINK)
bench_scale_LDADD = libdouble.la librecording.la libcommon.la

bench_stall_SOURCES = bench/stall.c $(BENCH_RUN)
bench_stall_CFLAGS = $(AM_CFLAGS) $(JANUS_CFLAGS)
bench_stall_LDFLAGS = $(BENCH_LINK)
bench_stall_LDADD = libdouble.la librecording.la libcommon.la

EXTRA_DIST += \
	bench/common.sh \
	bench/gateway-cost \
	bench/gateway_cost.py \
	bench/record-cost \
	bench/retention \
	bench/scale \
	bench/stall
