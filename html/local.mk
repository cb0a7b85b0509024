# SPDX-License-Identifier: GPL-3.0-or-later
# The page needs no build; a web server serves it beside /vendor/, /janus and /recordings/.

webdir = $(pkgdatadir)/html
dist_web_DATA = \
	html/index.html \
	html/icon.svg \
	html/sprite.svg \
	html/style.css \
	html/studio.css \
	html/library.css \
	html/config.js \
	html/app.js \
	html/codecs.js \
	html/devices.js \
	html/dom.js \
	html/gateway.js \
	html/library.js \
	html/messages.js \
	html/publisher.js \
	html/recordings.js \
	html/studio.js
