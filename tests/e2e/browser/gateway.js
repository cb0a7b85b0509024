// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests with the real gateway share. They run beside a Janus of their
// own (tests/e2e/with-janus), and find it in the environment.

import assert from "node:assert/strict";
import { ADAPTER, BUILD, HERE, HTML, JANUS_JS } from "./paths.js";
import { DESKTOP, launch } from "./chromium.js";
import { execFile } from "node:child_process";
import { open_page } from "./visit.js";
import path from "node:path";
import { promisify } from "node:util";
import { readFile } from "node:fs/promises";
import { serve } from "./server.js";

export const RECORDINGS = process.env.RECORDINGS;
const DONE_WITH_LOSSES = 1;
const MJR = process.env.MJR ?? path.join(BUILD, "mjr");

/** Starts a web server in front of the gateway, and a browser. options as for launch(). */
export async function open_real(options) {
	const server = await serve({ gateway: process.env.JANUS_HTTP, folders: [
		["/vendor/janus.js", JANUS_JS],
		["/vendor/adapter.js", ADAPTER],
		["/recordings/", RECORDINGS],
		["/sync/", path.join(HERE, "sync")],
		["/", HTML],
	] });
	const browser = await launch(options);
	const visit = (own = DESKTOP) => open_page(browser, server.url, own, {});
	return {
		browser,
		server,
		visit,
		async close() {
			await browser.close();
			await server.close();
		},
	};
}

/** The manifest of a recording, as it is on the disk now. */
export async function manifest(name) {
	return JSON.parse(await readFile(path.join(RECORDINGS, `${name}.json`), "utf8"));
}

/**
 * Converts a recording with the built command and returns the file. Fails on any
 * loss, unless losses are known to be there.
 */
export async function convert(name, format, { folder = RECORDINGS, has_losses = false } = {}) {
	const output = path.join(folder, `${name}.${format}`);
	const input = path.join(RECORDINGS, `${name}.json`);
	try {
		await promisify(execFile)(MJR, ["convert", "-o", output, input]);
	} catch (error) {
		if (error.code !== DONE_WITH_LOSSES || !has_losses)
			throw error;
	}
	return output;
}

/** Names of the recordings that the page lists as complete, newest first. */
export async function complete_names(page, count) {
	await page.locator("#list .badge[data-state=complete]").nth(count - 1).waitFor();
	const names = await page.locator("#list > li:has(.badge[data-state=complete]) .file")
		.allInnerTexts();
	assert.equal(names.length, count);
	return names;
}
