// SPDX-License-Identifier: GPL-3.0-or-later
// Where things are: the source tree, the build tree, Debian's scripts.

import { fileURLToPath } from "node:url";
import { mkdirSync } from "node:fs";
import path from "node:path";

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const SOURCE = path.resolve(HERE, "../../..");
export const BUILD = process.env.G_TEST_BUILDDIR ?? path.join(SOURCE, "build");
export const HTML = path.join(SOURCE, "html");
export const ADAPTER = "/usr/share/javascript/webrtc-adapter/adapter.js";
export const JANUS_JS = "/usr/share/javascript/janus-gateway/janus.js";
export const FAKE_JANUS_JS = path.join(HERE, "fake_janus.js");

/** A file for people to look at after the tests; its folder is made. */
export function artefact(name) {
	const folder = path.join(BUILD, "tests/e2e/browser/artefacts");
	mkdirSync(folder, { recursive: true });
	return path.join(folder, name);
}
