# SPDX-License-Identifier: GPL-3.0-or-later
# JR_SANITIZERS: --enable-asan, --enable-ubsan, --enable-tsan, --enable-fuzzers.

AC_DEFUN([JR_SANITIZER_SWITCH], [
	AC_ARG_ENABLE([$1],
		[AS_HELP_STRING([--enable-$1], [build with -fsanitize=$2])])
	AS_IF([test "x$enable_$1" = xyes],
		[jr_sanitizers="${jr_sanitizers:+$jr_sanitizers,}$2"])
])

AC_DEFUN([JR_SANITIZERS], [
	jr_sanitizers=""
	JR_SANITIZER_SWITCH([asan], [address])
	JR_SANITIZER_SWITCH([ubsan], [undefined])
	JR_SANITIZER_SWITCH([tsan], [thread])
	AC_ARG_ENABLE([fuzzers],
		[AS_HELP_STRING([--enable-fuzzers], [build libFuzzer targets (needs clang)])])
	AS_IF([test "x$enable_tsan" = xyes && test "x$enable_asan" = xyes],
		[AC_MSG_ERROR([--enable-tsan and --enable-asan exclude each other])])
	AS_IF([test -n "$jr_sanitizers"], [
		JR_CFLAGS="$JR_CFLAGS -fsanitize=$jr_sanitizers -fno-omit-frame-pointer"
		JR_CFLAGS="$JR_CFLAGS -fno-sanitize-recover=all"
		JR_LDFLAGS="-fsanitize=$jr_sanitizers"
	])
	AS_IF([test "x$enable_fuzzers" = xyes],
		[JR_CFLAGS="$JR_CFLAGS -fsanitize=fuzzer-no-link"
		 JR_LDFLAGS="$JR_LDFLAGS -fsanitize=fuzzer-no-link"
		 JR_FUZZ_LIBS="-fsanitize=fuzzer"])
	AC_SUBST([JR_FUZZ_LIBS])
	AM_CONDITIONAL([FUZZERS], [test "x$enable_fuzzers" = xyes])
	AM_CONDITIONAL([ASAN], [test "x$enable_asan" = xyes])
	AM_CONDITIONAL([TSAN], [test "x$enable_tsan" = xyes])
	AC_SUBST([JR_LDFLAGS])
])
