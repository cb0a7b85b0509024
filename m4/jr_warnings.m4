# SPDX-License-Identifier: GPL-3.0-or-later
# JR_WARNINGS: the house list of warnings, each probed; --enable-werror.

AC_DEFUN([JR_TRY_FLAG], [
	jr_saved_cflags="$CFLAGS"
	CFLAGS="$CFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC accepts $1])
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); JR_CFLAGS="$JR_CFLAGS $1"],
		[AC_MSG_RESULT([no])])
	CFLAGS="$jr_saved_cflags"
])

AC_DEFUN([JR_WARNINGS], [
	JR_CFLAGS="-std=c11 -fvisibility=hidden"
	m4_foreach_w([jr_flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes
		-Wmissing-prototypes -Wmissing-declarations -Wold-style-definition
		-Wvla -Wcast-align -Wcast-qual -Wwrite-strings -Wpointer-arith
		-Wnested-externs -Wundef -Wformat=2 -Winit-self -Wdate-time
		-Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond -Wnull-dereference],
		[JR_TRY_FLAG(jr_flag)])
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])])
	AS_IF([test "x$enable_werror" = xyes], [JR_CFLAGS="$JR_CFLAGS -Werror"])
	AC_SUBST([JR_CFLAGS])
])
