# SPDX-License-Identifier: GPL-3.0-or-later
# The sample hooks do what they say.

CONF_TESTS = tests/conf/test_sample_hooks.py
TESTS += $(CONF_TESTS)
EXTRA_DIST += $(CONF_TESTS)
