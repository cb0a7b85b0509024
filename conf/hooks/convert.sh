#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A hook that makes one playable file of a finished recording, with mjr:
# NAME.mp4 beside the manifest NAME.json.
#
#   on_record_hook_script = "/usr/local/bin/convert.sh"
set -eu

: "${MJR:=mjr}"
: "${FORMAT:=mp4}" # or webm, mkv, ogg, …: see mjr help convert

path=$2
case $path in
*.json) ;;
*)
	echo "it was converted already: $path"
	exit 0
	;;
esac

status=0
"$MJR" convert --quiet --progress none --overwrite -o "${path%.json}.$FORMAT" "$path" || status=$?
case $status in
0) ;;
1) echo "converted, with losses" ;; # which would be the same the next time
*) exit "$status" ;;
esac
echo "converted to ${path%.json}.$FORMAT"
