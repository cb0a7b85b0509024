// SPDX-License-Identifier: GPL-3.0-or-later
// Lip sync: a page flashes and beeps at one instant, is recorded and converted;
// in the file, flash and beep are together again. What the browser itself puts
// between them is measured beside it, over a call of the browser with itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { beeps, flashes, offsets_ms } from "./measure.js";
import { convert, open_real } from "./gateway.js";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const SECONDS = 14;
const LIMIT_MS = 40;

let real;

before(async () => { real = await open_real(); });
after(() => real?.close());

async function open_sync_page() {
	const page = await (await real.browser.newContext()).newPage();
	await page.goto(`${real.server.url}/sync/`);
	await page.waitForFunction(() => window.is_ready);
	return page;
}

const list = (values) => values.map((value) => value.toFixed(1)).join(" ");
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

for (const codec of ["vp8", "h264"])
	test(`keeps sound and ${codec} pictures together`, async (t) => {
		const page = await open_sync_page();
		const { name, produced } = await page.evaluate(([it, seconds]) =>
			window.record(`sync ${it}`, it, seconds), [codec, SECONDS]);
		await page.context().close();
		t.diagnostic(`${codec}, flash minus beep as painted, ms: `
			+ list(produced.map(([flash, beep]) => flash - beep)));
		for (const format of ["webm", "mp4"]) {
			const file = await convert(name, format);
			const offsets = offsets_ms(await flashes(file), await beeps(file));
			t.diagnostic(`${codec} in ${format}, flash minus beep, ms: ${list(offsets)}`);
			assert.ok(offsets.length >= SECONDS - 2, `${offsets.length} pairs`);
			const far = offsets.filter((offset) => Math.abs(offset) > LIMIT_MS);
			assert.deepEqual(far, []);
		}
	});

test("an ordinary receiver of the same stream, for comparison", async (t) => {
	const page = await open_sync_page();
	const measure = async (codec) => {
		const seen = await page.evaluate(([it, seconds]) => window.loop(it, seconds), [codec, 8]);
		const in_s = (times_ms) => times_ms.map((ms) => ms / 1000);
		const offsets = offsets_ms(in_s(seen.flashes), in_s(seen.beeps));
		t.diagnostic(`${codec ?? "instruments alone"}, flash minus beep, ms: ${list(offsets)}`);
		assert.ok(offsets.length >= 5, `${offsets.length} pairs`);
		return { ...seen.buffers_ms, mean: mean(offsets) };
	};
	// First without a call: what the instruments themselves add is taken off.
	const bare = await measure(null);
	for (const codec of ["vp8", "h264"]) {
		const called = await measure(codec);
		const buffers = called.video - called.audio;
		const own = called.mean - bare.mean - buffers;
		t.diagnostic(`${codec}: ${called.mean.toFixed(1)} ms, less ${bare.mean.toFixed(1)} of the `
			+ `instruments and ${buffers.toFixed(1)} of the jitter buffers: ${own.toFixed(1)} ms`);
		// Farther than any receiver lets sound and pictures drift: broken instruments.
		assert.ok(Math.abs(own) < 100);
	}
	await page.context().close();
});

test("the measurement sees a delay of 60 ms", async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "sync-"));
	const once_a_second = "lt(mod(T+0.5,1),0.1)";
	const make = (file, delay_s) => execFileSync("ffmpeg", ["-v", "error",
		"-f", "lavfi", "-i", "color=black:s=160x90:r=50:d=5,"
			+ `geq=lum='if(${once_a_second},235,16)':cb=128:cr=128`,
		"-itsoffset", String(delay_s), "-f", "lavfi",
		"-i", `aevalsrc='if(${once_a_second.replace("T", "t")},0.5*sin(6283*t),0)':s=48000:d=5`,
		"-c:v", "libx264", "-c:a", "pcm_s16le", file]);
	try {
		for (const delay_s of [0, 0.06]) {
			const file = path.join(folder, `${delay_s}.mkv`);
			make(file, delay_s);
			const offsets = offsets_ms(await flashes(file), await beeps(file));
			assert.equal(offsets.length, 5);
			for (const offset of offsets)
				assert.ok(Math.abs(offset + delay_s * 1000) < 3, `${offset} ms at ${delay_s} s`);
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
});
