# SPDX-License-Identifier: GPL-3.0-or-later
# The house rules as tests. rules.py holds the rules, style.py runs the checks.

STYLE_TESTS = \
	tests/style/test_format.py \
	tests/style/test_layers.py \
	tests/style/test_shape.py \
	tests/style/test_symbols.py \
	tests/style/test_words.py

TESTS += $(STYLE_TESTS)
EXTRA_DIST += \
	$(STYLE_TESTS) \
	tests/style/csource.py \
	tests/style/rules.py \
	tests/style/style.py
