// SPDX-License-Identifier: GPL-3.0-or-later
// The whole way: the page in a real browser, the real gateway with the plugin,
// the converter, and the result played in the browser again.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { complete_names, convert, manifest, open_real, RECORDINGS } from "./gateway.js";
import { execFileSync } from "node:child_process";
import { inspect, loudness, pitch_hz, quarters } from "./measure.js";
import { start, stop, text_of, notice } from "./stub.js";
import { artefact } from "./paths.js";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

let real;

before(async () => { real = await open_real(); });
after(() => real?.close());

afterEach(async () => {
	for (const context of real.browser.contexts())
		await context.close();
});

async function visit_new(name) {
	const page = await real.visit();
	await page.getByLabel("Stream name").fill(name);
	return page;
}

const recorded = (page, seconds) => page.waitForFunction((wanted) =>
	Number(document.getElementById("elapsed").textContent.split(":")[1]) >= wanted, seconds);

const of_stream = async (stream) => {
	const names = readdirSync(RECORDINGS).filter((file) => /\.json$/.test(file));
	const all = await Promise.all(names.map((file) => manifest(path.basename(file, ".json"))));
	return all.filter((it) => it.stream === stream)
		.sort((a, b) => a.created.localeCompare(b.created));
};

/** Looks at a playing video twice, half a second apart. */
const watch = (video) => video.evaluate(async (it) => {
	const context = new AudioContext();
	const analyser = context.createAnalyser();
	context.createMediaElementSource(it).connect(analyser).connect(context.destination);
	const canvas = new OffscreenCanvas(64, 36);
	const paint = canvas.getContext("2d", { willReadFrequently: true });
	const samples = new Float32Array(analyser.fftSize);
	const look = () => {
		paint.drawImage(it, 0, 0, 64, 36);
		const { data } = paint.getImageData(0, 0, 64, 36);
		const rgb = data.filter((_, i) => i % 4 !== 3);
		return { time: it.currentTime, mean: rgb.reduce((a, b) => a + b) / rgb.length,
			picture: rgb.join() };
	};
	const until = (time) => new Promise((resolve) => {
		const check = () => it.currentTime >= time ? resolve() : setTimeout(check, 20);
		check();
	});
	await until(1);
	const first = look();
	let energy = 0;
	for (const end = first.time + 2; it.currentTime < end;) {
		analyser.getFloatTimeDomainData(samples);
		energy += samples.reduce((sum, x) => sum + x * x, 0);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	const second = look();
	return { width: it.videoWidth, height: it.videoHeight, duration: it.duration,
		means: [first.mean, second.mean], has_changed: first.picture !== second.picture,
		advanced: second.time - first.time, energy };
});

for (const [codec, label, format] of [["vp8", "VP8", "webm"], ["vp9", "VP9", "webm"],
	["av1", "AV1", "webm"], ["h264", "H.264", "mp4"]])
	test(`records ten seconds of ${label}, and plays them as ${format}`, async () => {
		const page = await visit_new(`ten seconds of ${codec}`);
		await page.getByLabel("Video codec").selectOption({ label });
		await start(page);
		assert.equal(await text_of(page, "#codecs"), `Opus + ${label}`);
		await recorded(page, 10);
		await page.screenshot({ path: artefact(`recording-${codec}.png`) });
		await stop(page);
		const row = page.locator("#list > li").first();
		await row.locator(".badge[data-state=complete]").waitFor();
		const name = await row.locator(".file").innerText();
		const { tracks, state, reason } = await manifest(name);
		assert.deepEqual([state, reason], ["complete", "stopped"]);
		assert.deepEqual(tracks.filter(({ kind }) => kind !== "data").map((it) => it.codec),
			["opus", codec]);
		assert.deepEqual(tracks.map(({ quality }) => [quality.lost, quality.dropped]),
			tracks.map(() => [0, 0]));

		const file = await convert(name, format);
		const { duration, video, audio } = await inspect(file);
		assert.ok(duration > 9.5 && duration < 12.5, `${duration} s`);
		assert.deepEqual([video.codec_name, audio.codec_name],
			[codec, format === "webm" ? "opus" : audio.codec_name]);
		assert.ok(await loudness(file) > 0.001);

		await page.getByRole("button", { name: "Refresh the list" }).click();
		await row.getByRole("button", { name: /^Play/ }).click();
		const seen = await watch(row.locator("video"));
		assert.deepEqual([seen.width, seen.height], [video.width, video.height]);
		assert.ok(seen.width >= 320 && seen.height * 16 === seen.width * 9, `${seen.width}`);
		assert.ok(Math.abs(seen.duration - duration) < 0.2, `${seen.duration} s of ${duration}`);
		assert.ok(seen.advanced >= 2);
		assert.ok(seen.has_changed, "the picture moves");
		assert.ok(Math.min(...seen.means) > 20, `the picture is not black: ${seen.means}`);
		assert.ok(seen.energy > 0, "there is sound");
		await page.screenshot({ path: artefact(`playing-${codec}.png`) });
		assert.deepEqual(page.faults, []);
	});

test("makes two recordings of start, stop and start", async () => {
	const page = await visit_new("twice");
	await start(page);
	await recorded(page, 3);
	await stop(page);
	await start(page);
	await recorded(page, 3);
	await stop(page);
	await page.getByRole("button", { name: "Disconnect" }).click();
	await page.locator("#stage[data-state=ready]").waitFor();
	await complete_names(page, readdirSync(RECORDINGS).filter((it) => /\.json$/.test(it)).length);
	const both = await of_stream("twice");
	assert.equal(both.length, 2);
	assert.equal(both[0].media_session_id, both[1].media_session_id);
	assert.ok(both[0].ended_us <= both[1].created_us, "one after the other");
	for (const { name } of both) {
		// What comes before the keyframe that was asked for at the start cannot be shown.
		const file = await convert(name, "webm", { has_losses: name === both[1].name });
		const { duration, video } = await inspect(file);
		assert.ok(duration > 2.5 && duration < 5.5, `${duration} s`);
		assert.ok(Number(video.nb_read_frames) > 30, `${video.nb_read_frames} pictures`);
		assert.ok(Number(video.start_time) < 0.5, `pictures from ${video.start_time} s on`);
	}
});

test("goes on at once after a disconnect", async () => {
	const page = await visit_new("again and again");
	for (let i = 0; i < 3; i++) {
		await start(page);
		await page.getByRole("button", { name: "Disconnect" }).click();
		await page.locator("#stage[data-state=ready]").waitFor();
	}
	await start(page);
	await recorded(page, 2);
	assert.equal(await page.locator("#notice").isVisible(), false);
});

test("completes the recording when the tab is closed", async () => {
	const page = await visit_new("closed tab");
	await start(page);
	await recorded(page, 3);
	const witness = await real.visit();
	await page.close({ runBeforeUnload: true });
	const row = witness.locator("#list > li").filter({ hasText: "closed tab" });
	await row.locator(".badge[data-state=complete]").waitFor();
	const [{ name, reason }] = await of_stream("closed tab");
	assert.equal(reason, "hangup");
	const { duration } = await inspect(await convert(name, "webm"));
	assert.ok(duration > 2.5, `${duration} s`);
});

test("keeps the colours and the pitch of a known camera and microphone", async () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "camera-"));
	const video = path.join(folder, "quarters.y4m");
	const audio = path.join(folder, "tone.wav");
	const paint = ["red:0:0", "lime:640:0", "blue:0:360", "white:640:360"].map((it) => {
		const [colour, x, y] = it.split(":");
		return `drawbox=x=${x}:y=${y}:w=640:h=360:c=${colour}:t=fill`;
	});
	const make = (...args) => execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", ...args]);
	make("-i", "color=s=1280x720:r=20:d=1", "-vf", [...paint, "format=yuv420p"].join(), video);
	make("-i", "sine=f=440:r=48000:d=10", "-ac", "2", audio);
	const known = await open_real({ video, audio });
	try {
		const page = await known.visit();
		await page.getByLabel("Stream name").fill("known content");
		await start(page);
		await recorded(page, 6);
		await stop(page);
		const row = page.locator("#list > li").filter({ hasText: "known content" });
		await row.locator(".badge[data-state=complete]").waitFor();
		const file = await convert(await row.locator(".file").innerText(), "mp4");
		const colours = await quarters(file, 3);
		const wanted = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
		for (const [i, colour] of wanted.entries())
			for (const [j, part] of colour.entries())
				assert.ok(Math.abs(colours[i][j] - part) < 40, `${colours} are not ${wanted}`);
		const hz = await pitch_hz(file);
		assert.ok(Math.abs(hz - 440) < 5, `${hz} Hz`);
	} finally {
		await known.close();
		rmSync(folder, { recursive: true });
	}
});

test("says at the name that another publishes under it", async () => {
	const first = await visit_new("the one");
	await start(first);
	const second = await visit_new("the one");
	await second.getByRole("button", { name: "Start recording" }).click();
	await second.locator("#name-problem:not(:empty)").waitFor();
	assert.match(await text_of(second, "#name-problem"), /in use/);
	await second.getByLabel("Stream name").fill("the other");
	await start(second);
});

test("comes back when the gateway was out of reach", async () => {
	const page = await visit_new("away");
	await start(page);
	real.server.reach(false);
	assert.match(await notice(page), /gateway does not answer/);
	assert.equal(await page.locator("#stage").getAttribute("data-state"), "ready");
	real.server.reach(true);
	await page.locator("#link[data-state=up]").waitFor();
	await page.getByLabel("Stream name").fill("away no more");
	await start(page);
});

test("starts anew when the gateway has forgotten the session", async () => {
	const page = await visit_new("forgotten");
	const session = await page.evaluate(() => Object.keys(window.Janus.sessions)[0]);
	await fetch(`${process.env.JANUS_HTTP}/${session}`, { method: "POST",
		body: JSON.stringify({ janus: "destroy", transaction: "x" }) });
	await page.getByRole("button", { name: "Start recording" }).click();
	await page.locator("#link[data-state=down]").waitFor();
	await page.locator("#link[data-state=up]").waitFor();
	assert.equal(await page.locator("#notice").isVisible(), false);
	await start(page);
});

test("leaves Janus in peace when it ends with a tab open", async () => {
	// What Janus thinks of it is in its log: with-janus looks there at the end.
	const page = await visit_new("still here");
	await start(page);
});
