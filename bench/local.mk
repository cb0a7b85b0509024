# SPDX-License-Identifier: GPL-3.0-or-later
# Measurements, built on demand: make bench/intake && bench/intake

EXTRA_PROGRAMS += bench/intake
CLEANFILES += bench/intake

bench_intake_LDADD = librecording.la
