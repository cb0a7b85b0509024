# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation that goes into the release archive.

EXTRA_DIST += \
	docs/api.md \
	docs/architecture.md \
	docs/dependencies.md \
	docs/mjr-format.md

dist_doc_DATA = docs/manifest.schema.json
