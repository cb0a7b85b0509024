#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A hook that uploads a finished recording with curl (HTTP PUT; WebDAV, S3 and
# others take it): what it was converted to, or else the manifest and the files
# that it names.
#
#   on_record_hook_script = "/usr/local/bin/upload.sh"
#
# A name and password are taken from the file .netrc of the gateway's user. What
# fails is tried again by the plugin, as often as hook_retries says.
set -eu

: "${UPLOAD_URL:=https://storage.example.org/recordings/}" # ends with a slash

path=$2

# curl appends the file's name to the address, with % where that is needed.
upload() # file
{
	curl --fail --silent --show-error --netrc-optional --upload-file "$1" -- "$UPLOAD_URL"
}

case $path in
*.json)
	# The manifest comes last: when it is there, all that it names is.
	while IFS= read -r file; do
		[ -z "$file" ] || upload "$RECORDER_FOLDER/$file"
	done <<-END
	${RECORDER_FILES?there are too many files: the manifest has their names}
	END
	;;
esac
upload "$path"
echo "uploaded ${path##*/} to $UPLOAD_URL"
