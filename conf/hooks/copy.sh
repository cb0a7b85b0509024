#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A hook that copies a finished recording to the folder of a web server:
# what it was converted to, or else the manifest and the files that it names.
#
#   on_record_hook_script = "/usr/local/bin/copy.sh"
#
# Each stream has a folder of its own. Whoever looks there sees whole files only,
# and running again replaces them by the same.
set -eu

: "${WEB_ROOT:=/var/www/html/recordings}"

stream=$1
path=$2
export LC_ALL=C

# The name of a stream may be anything: one component of a path is made of it. It is
# cut to what a file system takes, 255 bytes; the files have names that fit already.
folder=$(printf '%s' "$stream" | tr -c 'A-Za-z0-9._-' '_' | cut -c 1-255 | sed 's/^[.-]/_/')
target=$WEB_ROOT/${folder:-_}
mkdir -p -- "$target"

temporary=
trap '[ -z "$temporary" ] || rm -f -- "$temporary"' EXIT

copy() # file
{
	# A short name, whatever the length of the file's.
	temporary=$(mktemp -- "$target/.copy-XXXXXX")
	cp -- "$1" "$temporary"
	chmod 644 "$temporary"
	mv -f -- "$temporary" "$target/${1##*/}"
	temporary=
}

case $path in
*.json)
	# The manifest comes last: when it is there, all that it names is.
	while IFS= read -r file; do
		[ -z "$file" ] || copy "$RECORDER_FOLDER/$file"
	done <<-END
	${RECORDER_FILES?there are too many files: the manifest has their names}
	END
	;;
esac
copy "$path"
echo "copied to $target"
