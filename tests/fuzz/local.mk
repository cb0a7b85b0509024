# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzz targets: every parser of bytes that come from elsewhere.
#
# A new target is two lines here (its name, its libraries), tests/fuzz/fuzz_NAME.c with
# LLVMFuzzerTestOneInput(), and the first inputs in tests/fuzz/corpus/NAME/.
#
# In an ordinary build, `make check` replays the corpus and mutations of it. With
# --enable-fuzzers (clang) the same programs are libFuzzer's: `make fuzz FUZZ_SECONDS=60`.

FUZZ_TARGETS = \
	tests/fuzz/fuzz_depay \
	tests/fuzz/fuzz_hook_job \
	tests/fuzz/fuzz_index \
	tests/fuzz/fuzz_manifest \
	tests/fuzz/fuzz_mjr \
	tests/fuzz/fuzz_reader \
	tests/fuzz/fuzz_ring \
	tests/fuzz/fuzz_rtcp \
	tests/fuzz/fuzz_rtp \
	tests/fuzz/fuzz_template

tests_fuzz_fuzz_depay_LDADD = $(FUZZ_MAIN) libmjrcore.la libcommon.la
tests_fuzz_fuzz_hook_job_LDADD = $(FUZZ_MAIN) librecording.la
tests_fuzz_fuzz_index_LDADD = $(FUZZ_MAIN) librecording.la libcommon.la
tests_fuzz_fuzz_manifest_LDADD = $(FUZZ_MAIN) libcommon.la
tests_fuzz_fuzz_mjr_LDADD = $(FUZZ_MAIN) libcommon.la
tests_fuzz_fuzz_reader_LDADD = $(FUZZ_MAIN) libmjrcore.la libcommon.la
tests_fuzz_fuzz_ring_LDADD = $(FUZZ_MAIN) librecording.la libcommon.la
tests_fuzz_fuzz_rtcp_LDADD = $(FUZZ_MAIN) libcommon.la
tests_fuzz_fuzz_rtp_LDADD = $(FUZZ_MAIN) libcommon.la
tests_fuzz_fuzz_template_LDADD = $(FUZZ_MAIN) libcommon.la

# libFuzzer's main comes first where there is one, and replay.c is then not pulled in.
FUZZ_MAIN = $(JR_FUZZ_LIBS) tests/fuzz/libreplay.la
check_LTLIBRARIES += tests/fuzz/libreplay.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/fuzz.h tests/fuzz/mjr_file.h \
	tests/fuzz/ring_file.h tests/fuzz/replay.c
tests_fuzz_libreplay_la_LIBADD = $(BASE_LIBS)

check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus
if !FUZZERS
TESTS += $(FUZZ_TARGETS)
endif

FUZZ_SECONDS = 60
FUZZ_FLAGS = -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1

.PHONY: fuzz
fuzz: $(FUZZ_TARGETS)
	@for target in $(FUZZ_TARGETS); do \
		name=$${target##*/fuzz_}; \
		$(MKDIR_P) tests/fuzz/found/$$name || exit 1; \
		echo "fuzzing $$name for $(FUZZ_SECONDS) s"; \
		./$$target $(FUZZ_FLAGS) -artifact_prefix=tests/fuzz/found/ \
			tests/fuzz/found/$$name $(srcdir)/tests/fuzz/corpus/$$name || exit 1; \
	done

# The first inputs again, after a change of tests/common/vectors.h or sample.h.
EXTRA_PROGRAMS += tests/fuzz/seeds
tests_fuzz_seeds_LDADD = librecording.la libcommon.la

.PHONY: fuzz-seeds
fuzz-seeds: tests/fuzz/seeds
	tests/fuzz/seeds $(srcdir)/tests/fuzz/corpus
