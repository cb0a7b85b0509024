# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the benchmarks' scripts share: the build folder (BUILD, or build/ in the source tree), and
# building what they run.
SOURCE=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd)
G_TEST_SRCDIR=$SOURCE
G_TEST_BUILDDIR=$BUILD
export G_TEST_SRCDIR G_TEST_BUILDDIR

# build_bench TARGET
build_bench() {
	make -s -C "$BUILD" all "$1" >&2
}
