// SPDX-License-Identifier: GPL-3.0-or-later
// Takes docs/page.png: the page at work, with the real gateway.
//
//   tests/e2e/browser/run tests/e2e/browser/picture.js

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { convert, open_real } from "./gateway.js";
import { start, stop } from "./stub.js";
import { DESKTOP, launch } from "./chromium.js";
import { HERE, SOURCE } from "./paths.js";

const PICTURE = path.join(SOURCE, "docs/page.png");
const TAKES = [["interview", "VP8", "webm"], ["lecture-hall", "H.264", "mp4"]];

const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-y", ...args]);

/** A second of scene.svg, as a camera gives it. */
async function film(folder) {
	const still = path.join(folder, "scene.png");
	const video = path.join(folder, "scene.y4m");
	const browser = await launch();
	const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
	await page.setContent(`<body style="margin:0">${readFileSync(path.join(HERE, "scene.svg"))}`);
	await page.screenshot({ path: still });
	await browser.close();
	ffmpeg("-loop", "1", "-framerate", "30", "-t", "1", "-i", still, "-pix_fmt", "yuv420p", video);
	return video;
}

async function record(page, [name, label, format], seconds) {
	await page.getByLabel("Stream name").fill(name);
	await page.getByLabel("Video codec").selectOption({ label });
	await start(page);
	await page.waitForFunction((wanted) =>
		document.getElementById("elapsed").textContent === `0:0${wanted}`, seconds);
	if (!format)
		return;
	await stop(page);
	await page.getByRole("button", { name: "Disconnect" }).click();
	await page.locator("#stage[data-state=ready]").waitFor();
	const row = page.locator("#list > li").first();
	await row.locator(".badge[data-state=complete]").waitFor();
	await convert(await row.locator(".file").innerText(), format);
	await page.getByRole("button", { name: "Refresh the list" }).click();
	await row.getByRole("link").waitFor();
}

const folder = mkdtempSync(path.join(os.tmpdir(), "picture-"));
const real = await open_real({ video: await film(folder) });
try {
	const page = await real.visit(DESKTOP);
	for (const take of TAKES)
		await record(page, take, 4);
	await record(page, ["studio", "VP9"], 5);
	await page.mouse.move(0, 0);
	// A played film calls itself by its path.
	for (const [id, label] of [["camera", "Camera at the desk"], ["microphone", "Microphone"]])
		await page.locator(`#${id} option:checked`).evaluate((it, text) => {
			it.textContent = text;
		}, label);
	const taken = path.join(folder, "page.png");
	await page.screenshot({ path: taken });
	// Few colours do, and a small file loads fast.
	ffmpeg("-i", taken, "-vf", "split[a][b];[a]palettegen=256[p];[b][p]paletteuse=dither=none",
		"-frames:v", "1", "-compression_level", "100", "-pred", "mixed", PICTURE);
} finally {
	await real.close();
	rmSync(folder, { recursive: true });
}
