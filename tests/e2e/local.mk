# SPDX-License-Identifier: GPL-3.0-or-later
# Tests in a real Janus with the scripted publisher: make check-e2e.
# They need the packages of docs/dependencies.md and leave to make network namespaces.

E2E_TESTS = \
	tests/e2e/test_access.py \
	tests/e2e/test_api.py \
	tests/e2e/test_conversion.py \
	tests/e2e/test_disk.py \
	tests/e2e/test_endings.py \
	tests/e2e/test_events.py \
	tests/e2e/test_hooks.py \
	tests/e2e/test_hostile.py \
	tests/e2e/test_metrics.py \
	tests/e2e/test_recording.py \
	tests/e2e/test_recordplay.py \
	tests/e2e/test_retention.py \
	tests/e2e/test_tools.py \
	tests/e2e/test_webhooks.py

# Loaded into Janus, hence a module; --enable-asan must not reach it.
check-e2e: all tests/e2e/loopback_ifaddrs.so tests/publisher/publisher tests/publisher/media
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(E2E_TESTS)' check_PROGRAMS=
.PHONY: check-e2e

tests/e2e/loopback_ifaddrs.so: tests/e2e/loopback_ifaddrs.c
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	$(CC) -D_GNU_SOURCE -O1 -fPIC -shared -o $@ $(srcdir)/tests/e2e/loopback_ifaddrs.c

PUBLISHER_FILES = \
	tests/publisher/commands.go \
	tests/publisher/faults.go \
	tests/publisher/go.mod \
	tests/publisher/history.go \
	tests/publisher/journal.go \
	tests/publisher/main.go \
	tests/publisher/media.go \
	tests/publisher/pace.go \
	tests/publisher/peer.go \
	tests/publisher/report.go \
	tests/publisher/rtcp.go \
	tests/publisher/signalling.go \
	tests/publisher/track.go

tests/publisher/publisher: $(PUBLISHER_FILES)
	$(AM_V_GEN)$(srcdir)/tests/publisher/build tests/publisher

# The folder is older than the loops in it, so the script itself looks which are missing.
tests/publisher/media: tests/publisher/mkmedia tests/publisher/av1.py
	$(AM_V_GEN)$(srcdir)/tests/publisher/mkmedia $@ && touch $@

clean-local: clean-e2e
clean-e2e:
	-rm -rf tests/publisher/gopath tests/publisher/gocache tests/publisher/media
.PHONY: clean-e2e

CLEANFILES += tests/e2e/loopback_ifaddrs.so tests/publisher/publisher
EXTRA_DIST += \
	$(E2E_TESTS) \
	$(PUBLISHER_FILES) \
	tests/e2e/client.py \
	tests/e2e/janus.py \
	tests/e2e/loopback_ifaddrs.c \
	tests/e2e/media.py \
	tests/e2e/mjrfile.py \
	tests/e2e/namespace.py \
	tests/e2e/offers.py \
	tests/e2e/publisher.py \
	tests/e2e/recordings.py \
	tests/e2e/tap.py \
	tests/e2e/with-janus \
	tests/publisher/av1.py \
	tests/publisher/build \
	tests/publisher/mkmedia
