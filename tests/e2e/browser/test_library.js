// SPDX-License-Identifier: GPL-3.0-or-later
// The list of recordings, in front of a stand-in for the gateway.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { emit, listed, open_stub, start, text_of } from "./stub.js";

let stub;
let folder;
const visit = (...args) => stub.visit(...args);

before(async () => {
	folder = mkdtempSync(path.join(os.tmpdir(), "recordings-"));
	execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x180:r=15:d=3",
		"-c:v", "libvpx", "-b:v", "200k", path.join(folder, "take-2.webm")]);
	stub = await open_stub({ recordings: folder });
});

after(async () => {
	await stub?.close();
	rmSync(folder, { recursive: true, force: true });
});

const rows = (page) => page.locator("#list > li");

test("says that there is nothing yet", () =>
	visit({}, async (page) => {
		await page.getByText("Nothing has been recorded yet.").waitFor();
		assert.equal(await rows(page).count(), 0);
	}));

test("shows what a person wants to know of each recording", () =>
	visit({ recordings: [
		listed(1, { state: "recording", duration: undefined, ended: undefined }),
		listed(2),
		listed(3, { state: "failed", reason: "disk_full", duration: 5321.2, bytes: 8523100000 }),
		listed(4, { state: "recovered", reason: "crash" }),
	] }, async (page) => {
		await rows(page).nth(3).waitFor();
		const texts = (await rows(page).allInnerTexts()).map((it) => it.replace(/\n+/g, "\n"));
		assert.equal(texts.length, 4);
		assert.match(texts[0], /^stream 1\nRecording\n.* · 1:00:0\d · 50\.2\u00a0MB\ntake-1$/);
		assert.match(texts[1], /^stream 2\nComplete\n.* · 12:34 · 50\.2\u00a0MB\ntake-2/);
		assert.match(texts[2], /Failed\n.* · 1:28:41 · 8\.5\u00a0GB\n/);
		assert.match(texts[2], /Ended because the disk was full/);
		assert.match(texts[3], /Recovered\n[^]*Ended because the gateway was interrupted/);
		assert.match(texts[3], /Not converted yet/);
	}));

test("pages through many recordings", () => {
	const recordings = Array.from({ length: 45 }, (_, i) => listed(i + 1));
	return visit({ recordings }, async (page) => {
		await rows(page).nth(19).waitFor();
		assert.equal(await rows(page).count(), 20);
		for (const count of [40, 45]) {
			await page.getByRole("button", { name: "Show more" }).click();
			await rows(page).nth(count - 1).waitFor();
			assert.equal(await rows(page).count(), count);
		}
		assert.equal(await page.locator("#more").isVisible(), false);
		const titles = await page.locator("#list h3").allInnerTexts();
		assert.deepEqual(titles, recordings.map(({ stream }) => stream));
	});
});

test("takes over a recording as it begins and ends", () =>
	visit({ recordings: [listed(2)] }, async (page) => {
		await start(page);
		const added = listed(0, { state: "recording", ended: undefined });
		const tell = async (item, event) => {
			await page.evaluate((it) => { window.fake.recordings[0] = it; }, item);
			await emit(page, { event, recording: { id: item.id, name: item.name } });
		};
		await page.evaluate(() => window.fake.recordings.unshift(null));
		await tell(added, "recording_started");
		await page.getByText("stream 0").waitFor();
		assert.equal(await text_of(page, "#list > li:first-child .badge"), "Recording");
		await tell({ ...added, state: "complete" }, "recording_finished");
		await page.locator("#list > li:first-child .badge[data-state=complete]").waitFor();
		assert.equal(await rows(page).count(), 2);
	}));

test("shows hostile names as text", () => {
	const name = "<img src=x onerror=alert(1)>";
	return visit({ recordings: [listed(1, { stream: name, name })] }, async (page) => {
		assert.equal(await text_of(page, "#list h3"), name);
		assert.equal(await page.locator("#list img").count(), 0);
	});
});

test("plays a converted recording in its place, and closes it again", () =>
	visit({ recordings: [listed(2), listed(3)] }, async (page) => {
		await page.getByRole("button", { name: /^Play stream 2/ }).click();
		const video = page.locator("#list video");
		await video.evaluate((it) => new Promise((resolve, reject) => {
			it.addEventListener("error", () => reject(new Error(it.error.message)));
			it.addEventListener("timeupdate", () => it.currentTime > 0.5 && resolve());
		}));
		assert.deepEqual(await video.evaluate((it) => [it.videoWidth, it.videoHeight]), [320, 180]);
		const close = page.getByRole("button", { name: /^Close stream 2/ });
		assert.equal(await close.getAttribute("aria-expanded"), "true");
		await close.click();
		assert.equal(await video.count(), 0);
	}));

test("offers a converted recording to keep", () =>
	visit({ recordings: [listed(2)] }, async (page) => {
		const link = page.getByRole("link", { name: /^Download stream 2/ });
		const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
		assert.equal(download.suggestedFilename(), "take-2.webm");
		assert.equal(await download.failure(), null);
	}));

test("keeps a playing video and the focus when the list is read again", () =>
	visit({ recordings: [listed(2)] }, async (page) => {
		const play = page.getByRole("button", { name: /^Play stream 2/ });
		await play.focus();
		await page.keyboard.press("Enter");
		const video = await page.locator("#list video").elementHandle();
		await page.evaluate((it) => window.fake.recordings.unshift(it), listed(1));
		await page.evaluate(() => document.getElementById("refresh").click());
		await page.getByText("stream 1").waitFor();
		assert.equal(await video.evaluate((it) => it.isConnected), true);
		assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
			/^Close stream 2/);
	}));

test("finds a file that is converted later", async () => {
	const late = path.join(folder, "late.webm");
	renameSync(path.join(folder, "take-2.webm"), late);
	try {
		await visit({ recordings: [listed(2)] }, async (page) => {
			await page.getByText("Not converted yet.").waitFor();
			renameSync(late, path.join(folder, "take-2.webm"));
			await page.getByRole("button", { name: "Refresh the list" }).click();
			await page.getByRole("button", { name: /^Play stream 2/ }).waitFor();
		});
	} finally {
		rmSync(late, { force: true });
	}
});
