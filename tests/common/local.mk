# SPDX-License-Identifier: GPL-3.0-or-later
# Unit tests of common/, one program per module.

COMMON_TESTS = \
	tests/common/test_bytes \
	tests/common/test_clock \
	tests/common/test_codec \
	tests/common/test_keyframe \
	tests/common/test_manifest \
	tests/common/test_mjr \
	tests/common/test_mjr_info \
	tests/common/test_naming \
	tests/common/test_params \
	tests/common/test_path \
	tests/common/test_rtcp \
	tests/common/test_rtp \
	tests/common/test_rtp_ext \
	tests/common/test_template

check_PROGRAMS += $(COMMON_TESTS)
TESTS += $(COMMON_TESTS)
EXTRA_DIST += \
	tests/common/sample.h \
	tests/common/support.h \
	tests/common/vectors.h

tests_common_test_bytes_LDADD = libcommon.la
tests_common_test_clock_LDADD = libcommon.la
tests_common_test_codec_LDADD = libcommon.la
tests_common_test_keyframe_LDADD = libcommon.la
tests_common_test_manifest_LDADD = libcommon.la
tests_common_test_mjr_LDADD = libcommon.la
tests_common_test_mjr_info_LDADD = libcommon.la
tests_common_test_naming_LDADD = libcommon.la
tests_common_test_params_LDADD = libcommon.la
tests_common_test_path_LDADD = libcommon.la
tests_common_test_rtcp_LDADD = libcommon.la
tests_common_test_rtp_LDADD = libcommon.la
tests_common_test_rtp_ext_LDADD = libcommon.la
tests_common_test_template_LDADD = libcommon.la
