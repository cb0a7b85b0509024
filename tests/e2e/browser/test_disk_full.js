// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that really fills up under a recording; the runner makes RECORDINGS small.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "./measure.js";
import { convert, open_real, RECORDINGS } from "./gateway.js";
import { notice, start, stop, text_of } from "./stub.js";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const SMALL_BYTES = 4 << 20;

let real;

before(async () => { real = await open_real(); });
after(() => real?.close());

test("says that the disk is full, and keeps what was recorded", async () => {
	const { blocks, bsize } = statfsSync(RECORDINGS);
	assert.ok(blocks * bsize <= SMALL_BYTES, "the disk is small");
	const page = await real.visit();
	page.setDefaultTimeout(60000);
	await page.getByLabel("Stream name").fill("too much");
	await start(page);
	assert.match(await notice(page), /disk is full/);
	assert.equal(await page.locator("#stage").getAttribute("data-state"), "recording");
	await stop(page);
	await page.locator("#list .badge[data-state=failed]").waitFor();
	assert.match(await text_of(page, "#list > li:first-child"), /Ended because the disk was full/);
	const name = await text_of(page, "#list > li:first-child .file");
	const elsewhere = mkdtempSync(path.join(os.tmpdir(), "converted-"));
	try {
		const { duration } = await inspect(await convert(name, "webm",
			{ folder: elsewhere, has_losses: true }));
		assert.ok(duration > 3, `${duration} s`);
	} finally {
		rmSync(elsewhere, { recursive: true });
	}
});
