# SPDX-License-Identifier: GPL-3.0-or-later
# JR_JANUS: find the headers of the Janus that will load the plugin, and probe
# what differs between the plugin API versions 102 (1.1.2) and 106 (1.4.x).
# Debian's janus-dev ships no pkg-config file, so the facts come from the
# headers; a janus-gateway.pc (1.4.0 and later) is not needed either.

AC_DEFUN([JR_JANUS], [
	AC_ARG_WITH([janus],
		[AS_HELP_STRING([--with-janus=PREFIX],
			[prefix of the Janus installation @<:@/usr@:>@])],
		[], [with_janus=/usr])
	AC_ARG_WITH([janus-plugindir],
		[AS_HELP_STRING([--with-janus-plugindir=DIR],
			[where Janus looks for plugins])])
	AC_ARG_WITH([janus-confdir],
		[AS_HELP_STRING([--with-janus-confdir=DIR],
			[where Janus looks for configurations])])

	JANUS_INCLUDEDIR="$with_janus/include/janus"
	# Ours are <janus/…>; plugin.h of 1.1.x includes "refcount.h" from beside its folder.
	JANUS_CFLAGS="-isystem $JANUS_INCLUDEDIR"
	AS_IF([test "$with_janus" != /usr], [JANUS_CFLAGS="$JANUS_CFLAGS -isystem $with_janus/include"])
	AC_SUBST([JANUS_CFLAGS])
	AC_SUBST([JANUS_INCLUDEDIR])

	jr_saved_cppflags="$CPPFLAGS"
	CPPFLAGS="$CPPFLAGS $JANUS_CFLAGS $BASE_CFLAGS $NICE_CFLAGS"
	AC_CHECK_HEADER([plugins/plugin.h], [],
		[AC_MSG_ERROR(m4_normalize([no Janus headers in $JANUS_INCLUDEDIR:
			install janus-dev or give --with-janus=PREFIX]))])
	AC_COMPUTE_INT([JANUS_API], [JANUS_PLUGIN_API_VERSION], [#include <plugins/plugin.h>],
		[AC_MSG_ERROR([cannot read JANUS_PLUGIN_API_VERSION])])
	AS_IF([test "$JANUS_API" -lt 102 || test "$JANUS_API" -gt 106],
		[AC_MSG_ERROR(m4_normalize([Janus plugin API $JANUS_API
			is outside the supported range 102..106]))])
	CPPFLAGS="$jr_saved_cppflags"

	AS_IF([test -n "$with_janus_plugindir"], [janusplugindir="$with_janus_plugindir"], [
		janusplugindir="$with_janus/lib/janus/plugins"
		jr_multiarch=$($CC -print-multiarch 2>/dev/null)
		for jr_dir in "$with_janus/lib/$jr_multiarch/janus/plugins"; do
			AS_IF([test -d "$jr_dir"], [janusplugindir="$jr_dir"])
		done
	])
	AS_IF([test -n "$with_janus_confdir"], [janusconfdir="$with_janus_confdir"], [
		AS_IF([test "$with_janus" = /usr], [janusconfdir=/etc/janus],
			[janusconfdir="$with_janus/etc/janus"])
	])
	AC_SUBST([JANUS_PROGRAM], ["$with_janus/bin/janus"])
	AC_SUBST([janusplugindir])
	AC_SUBST([janusconfdir])
])
