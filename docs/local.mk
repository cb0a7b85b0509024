# SPDX-License-Identifier: GPL-3.0-or-later
# Documentation: what users read is installed, the rest is in the release archive.

dist_doc_DATA = \
	CHANGELOG.md \
	README.md \
	docs/api.md \
	docs/hooks.md \
	docs/manifest.schema.json \
	docs/metrics.md \
	docs/mjr-format.md \
	docs/page.png \
	docs/performance.md \
	docs/reliability.md

EXTRA_DIST += \
	docs/architecture.md \
	docs/dependencies.md
