// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the page alone share: a server with the stand-in gateway,
// and a visit that fails on any script error.

import assert from "node:assert/strict";
import { ADAPTER, FAKE_JANUS_JS, HTML } from "./paths.js";
import { DESKTOP, launch } from "./chromium.js";
import { open_page } from "./visit.js";
import { serve } from "./server.js";

/**
 * Starts server and browser. recordings: the folder of converted files.
 * visit(start, body, options, browser) opens the page, runs body(page) and closes it.
 */
export async function open_stub({ recordings = "/nonexistent" } = {}) {
	const server = await serve({ folders: [
		["/vendor/janus.js", FAKE_JANUS_JS],
		["/vendor/adapter.js", ADAPTER],
		["/recordings/", recordings],
		["/", HTML],
	] });
	const shared = await launch();
	return {
		browser: shared,
		async visit(start, body, options = DESKTOP, browser = shared) {
			const page = await open_page(browser, server.url, options, start);
			try {
				await body(page);
				assert.deepEqual(page.faults, []);
			} finally {
				await page.context().close();
			}
		},
		async close() {
			await shared.close();
			await server.close();
		},
	};
}

export const emit = (page, result) => page.evaluate((it) => window.fake.emit(it), result);
export const text_of = (page, selector) => page.locator(selector).innerText();

/** The words of the message, once there is one. */
export async function notice(page) {
	await page.locator("#notice:not([hidden])").waitFor();
	return text_of(page, "#notice p");
}

export async function start(page) {
	await page.getByRole("button", { name: "Start recording" }).click();
	await page.locator("#stage[data-state=recording]").waitFor();
}

export async function stop(page) {
	await page.getByRole("button", { name: "Stop recording" }).click();
	await page.locator("#stage[data-state=live]").waitFor();
}

/** A recording as the plugin lists it, n hours old. */
export function listed(n, more = {}) {
	const created = new Date(Date.now() - n * 3600e3);
	return {
		id: `r-${n}`,
		name: `take-${n}`,
		stream: `stream ${n}`,
		state: "complete",
		reason: "stopped",
		created: created.toISOString(),
		ended: new Date(created.getTime() + 754e3).toISOString(),
		duration: 754.3,
		bytes: 50231000,
		packets: 75000,
		files: [`take-${n}-audio.mjr`, `take-${n}-video.mjr`],
		manifest: `take-${n}.json`,
		...more,
	};
}
