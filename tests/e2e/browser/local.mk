# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of the page in a real browser: make check-browser.
# They need Chromium and node, and fetch two packages from npm once.

BROWSER_TESTS = \
	tests/e2e/browser/test_access.js \
	tests/e2e/browser/test_disk_full.js \
	tests/e2e/browser/test_library.js \
	tests/e2e/browser/test_page.js \
	tests/e2e/browser/test_recording.js \
	tests/e2e/browser/test_sync.js

TEST_EXTENSIONS += .js
JS_LOG_DRIVER = $(LOG_DRIVER)
JS_LOG_COMPILER = $(SHELL) $(srcdir)/tests/e2e/browser/run

# One after another: times are measured. What is seen is kept in artefacts/.
check-browser: all tests/e2e/loopback_ifaddrs.so tests/e2e/browser/npm.stamp
	$(MAKE) $(AM_MAKEFLAGS) -j1 check TESTS='$(BROWSER_TESTS)' check_PROGRAMS=
.PHONY: check-browser

tests/e2e/browser/npm.stamp: tests/e2e/browser/package-lock.json
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	(cd $(srcdir)/tests/e2e/browser && npm ci --ignore-scripts --no-audit --no-fund) && \
	touch $@

clean-local: clean-browser
clean-browser:
	-rm -rf tests/e2e/browser/artefacts
.PHONY: clean-browser

CLEANFILES += tests/e2e/browser/npm.stamp
EXTRA_DIST += \
	$(BROWSER_TESTS) \
	tests/e2e/browser/chromium.js \
	tests/e2e/browser/fake_janus.js \
	tests/e2e/browser/gateway.js \
	tests/e2e/browser/measure.js \
	tests/e2e/browser/package-lock.json \
	tests/e2e/browser/package.json \
	tests/e2e/browser/paths.js \
	tests/e2e/browser/picture.js \
	tests/e2e/browser/run \
	tests/e2e/browser/scene.svg \
	tests/e2e/browser/server.js \
	tests/e2e/browser/stub.js \
	tests/e2e/browser/sync/flash_beep.js \
	tests/e2e/browser/sync/index.html \
	tests/e2e/browser/sync/loopback.js \
	tests/e2e/browser/sync/main.js \
	tests/e2e/browser/sync/onset_worklet.js \
	tests/e2e/browser/visit.js
