#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# man/mjr.1 describes every command and every option of `mjr help`, and no other.
set -eu

mjr="$G_TEST_BUILDDIR/mjr"
page="$G_TEST_SRCDIR/man/mjr.1"
count=0

check() # name, expected, actual
{
	count=$((count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $count $1"
	else
		echo "not ok $count $1"
		printf '%s\n' "help says:" "$2" "the page says:" "$3" | sed 's/^/# /'
	fi
}

commands()
{
	"$mjr" help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p' | grep -vx help | sort
}
page_commands()
{
	sed -n '/^\.Sh COMMANDS/,/^\.Sh EXIT/s/^\.Ss \([a-z]*\).*/\1/p' "$page" | sort
}
options() # command
{
	"$mjr" help "$1" | sed -n 's/^  *\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' | grep -vx help | sort
}
page_options() # command
{
	awk -v command="$1" '
		/^\.S[sh] / { inside = $1 == ".Ss" && $2 == command }
		inside && /^\.It Fl / {
			for (i = 3; i <= NF; i++)
				if ($i ~ /^-[a-z]/)
					print substr($i, 2)
		}' "$page" | sort
}

check "the page has every command" "$(commands)" "$(page_commands)"
for command in $(commands); do
	check "the page has every option of $command" \
		"$(options "$command")" "$(page_options "$command")"
done
for code in 0 1 2 3 4; do
	check "the page has exit code $code" ".It $code" \
		"$(sed -n '/^\.Sh EXIT/,/^\.Sh EXA/p' "$page" | grep -x "\.It $code" || true)"
done
if command -v mandoc >/dev/null; then
	check "the page is well-formed" "" "$(mandoc -T lint -W warning "$page" 2>&1 || true)"
fi
echo "1..$count"
