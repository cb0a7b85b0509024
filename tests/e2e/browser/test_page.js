// SPDX-License-Identifier: GPL-3.0-or-later
// The page alone, in front of a stand-in for the gateway: what it asks for, what
// it shows, what it says when something is refused.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, launch } from "./chromium.js";
import { HTML } from "./paths.js";
import { emit, notice, open_stub, start, stop, text_of } from "./stub.js";
import { open_page } from "./visit.js";
import { serve } from "./server.js";

let stub;
const visit = (...args) => stub.visit(...args);

before(async () => { stub = await open_stub(); });
after(() => stub?.close());

const sent = (page) => page.evaluate(() =>
	window.fake.sent.map(({ request }) => request).filter((word) => word !== "recordings"));

test("publishes with the first start, only records with the next", () =>
	visit({}, async (page) => {
		await start(page);
		await stop(page);
		assert.equal(await text_of(page, "#state"), "Live, not recording");
		await start(page);
		await stop(page);
		await page.getByRole("button", { name: "Disconnect" }).click();
		await page.locator("#stage[data-state=ready]").waitFor();
		assert.deepEqual(await sent(page), ["publish", "stop_recording", "start_recording",
			"stop_recording", "unpublish"]);
	}));

test("asks for the name and the codec that were chosen", () =>
	visit({}, async (page) => {
		await page.getByLabel("Stream name").fill("  Lecture hall Ä1 ");
		await page.getByLabel("Video codec").selectOption({ label: "H.264" });
		await start(page);
		const publish = await page.evaluate(() =>
			window.fake.sent.find(({ request }) => request === "publish"));
		assert.deepEqual(publish, { request: "publish", stream: "Lecture hall Ä1", record: true,
			videocodec: "h264" });
		assert.equal(await text_of(page, "#codecs"), "Opus + H.264");
		assert.equal(await page.getByLabel("Stream name").isDisabled(), true);
	}));

test("offers just the codecs that the browser can send", () =>
	visit({}, async (page) => {
		const options = await page.locator("#videocodec option").all();
		const offered = await Promise.all(options.map((option) => option.getAttribute("value")));
		const possible = await page.evaluate(() => RTCRtpSender.getCapabilities("video").codecs
			.map(({ mimeType }) => mimeType.toLowerCase().replace("video/", "")));
		const wanted = ["vp8", "h264", "vp9", "av1", "h265"];
		assert.deepEqual(offered, wanted.filter((name) => possible.includes(name)));
	}));

test("counts the recorded time", () =>
	visit({}, async (page) => {
		await start(page);
		await page.waitForFunction(() => document.getElementById("elapsed").textContent === "0:02");
		await stop(page);
		assert.equal(await page.locator("#elapsed").isVisible(), false);
	}));

test("records sound alone when no camera is chosen", () =>
	visit({}, async (page) => {
		await page.getByLabel("Camera", { exact: true }).selectOption({ label: "No camera" });
		await start(page);
		const publish = await page.evaluate(() =>
			window.fake.sent.find(({ request }) => request === "publish"));
		assert.equal("videocodec" in publish, false);
		assert.match(await text_of(page, "#curtain"), /Sound only/);
	}));

test("keeps the preview when it disconnects", () =>
	visit({}, async (page) => {
		await start(page);
		await page.getByRole("button", { name: "Disconnect" }).click();
		await page.locator("#stage[data-state=ready]").waitFor();
		assert.equal(await page.evaluate(() => document.getElementById("preview").srcObject
			.getVideoTracks()[0].readyState), "live");
	}));

const BAD_NAMES = [
	["", /Give the stream a name/],
	["   ", /Give the stream a name/],
	["é".repeat(128), /too long/],
	["a\u0001b", /control character/],
];

for (const [name, expected] of BAD_NAMES)
	test(`refuses the stream name ${JSON.stringify(name.slice(0, 8))}`, () =>
		visit({}, async (page) => {
			await page.getByLabel("Stream name").fill(name);
			await page.getByRole("button", { name: "Start recording" }).click();
			assert.match(await text_of(page, "#name-problem"), expected);
			assert.equal(await page.locator("#name").getAttribute("aria-invalid"), "true");
			assert.equal(await page.evaluate(() => document.activeElement.id), "name");
			assert.deepEqual(await sent(page), []);
			await page.getByLabel("Stream name").fill("good");
			assert.equal(await text_of(page, "#name-problem"), "");
		}));

test("says at the name that it is in use", () =>
	visit({}, async (page) => {
		await page.evaluate(() => Object.assign(window.fake.refuse, {
			publish: { error_code: 409, error: "stream name 'x' is in use" } }));
		await page.getByRole("button", { name: "Start recording" }).click();
		await page.locator("#name-problem:not(:empty)").waitFor();
		assert.match(await text_of(page, "#name-problem"), /in use/);
		assert.equal(await page.locator("#record").getAttribute("aria-disabled"), "false");
		await page.evaluate(() => delete window.fake.refuse.publish);
		await start(page);
	}));

const REFUSALS = [
	["publish", 403, "stream 'x' needs a key", /permission/],
	["publish", 406, "no video codec of 'av1' in the offer", /codec is not possible/],
	["publish", 507, "no space left in /var", /cannot write recordings/],
	["publish", 500, "out of luck", /had a problem/],
	["publish", 400, "'stream' is 300 bytes long: 255 are allowed", /'stream' is 300 bytes long/i],
];

for (const [request, error_code, error, expected] of REFUSALS)
	test(`explains refusal ${error_code} of ${request}`, () =>
		visit({}, async (page) => {
			await page.evaluate(([word, refusal]) => {
				window.fake.refuse[word] = refusal;
			}, [request, { error_code, error }]);
			await page.getByRole("button", { name: "Start recording" }).click();
			assert.match(await notice(page), expected);
			assert.equal(await page.locator("#stage").getAttribute("data-state"), "ready");
			assert.equal(await page.locator("#record").getAttribute("aria-disabled"), "false");
		}));

test("tells of a full disk, and can start again", () =>
	visit({}, async (page) => {
		await start(page);
		const recording = { id: "id-1", name: "take-1" };
		await emit(page, { event: "recording_failed", recording, reason: "disk_full" });
		assert.match(await notice(page), /disk is full/);
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "live");
		await start(page);
		assert.equal(await page.locator("#notice").isVisible(), false);
	}));

test("says that the disk is full until it has room again, and stays recording", () =>
	visit({}, async (page) => {
		await start(page);
		const recording = { id: "id-1", name: "take-1" };
		await emit(page, { event: "recording_suspended", recording, reason: "disk_full" });
		assert.match(await notice(page), /disk is full/);
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "recording");
		await emit(page, { event: "recording_resumed", recording });
		await page.locator("#notice").waitFor({ state: "hidden" });
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "recording");
	}));

test("follows a recording that somebody else starts and ends", () =>
	visit({}, async (page) => {
		await start(page);
		await stop(page);
		const recording = { id: "other", name: "by-rest" };
		await emit(page, { event: "recording_started", recording });
		await page.locator("#stage[data-state=recording]").waitFor();
		await emit(page, { event: "recording_finished", recording, reason: "stopped" });
		await page.locator("#stage[data-state=live]").waitFor();
	}));

test("gives up when no media comes through", () =>
	visit({ up: false }, async (page) => {
		await page.getByRole("button", { name: "Start recording" }).click();
		await page.locator("#stage[data-state=connecting]").waitFor();
		await page.evaluate(() => window.fake.handle.iceState("failed"));
		assert.match(await notice(page), /No connection for picture and sound/);
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "ready");
	}));

test("tells when the gateway ends the stream", () =>
	visit({}, async (page) => {
		await start(page);
		await emit(page, { event: "gone", media_session_id: "m-0", reason: "of another" });
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "recording");
		await emit(page, { event: "gone", media_session_id: "m-1", reason: "kicked" });
		assert.match(await notice(page), /gateway ended the stream/);
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "ready");
	}));

test("says that the gateway is away, and comes back by itself", () =>
	visit({ away: true }, async (page) => {
		assert.match(await notice(page), /gateway does not answer/);
		assert.equal(await text_of(page, "#link"), "Gateway away");
		assert.equal(await page.locator("#record").getAttribute("aria-disabled"), "true");
		await page.locator("#record").press("Enter");
		assert.deepEqual(await sent(page), []);
		await page.evaluate(() => { window.fake.away = false; });
		await page.locator("#link[data-state=up]").waitFor();
		assert.equal(await page.locator("#notice").isVisible(), false);
		await start(page);
	}));

test("says it once that the gateway is away", () =>
	visit({ away: true }, async (page) => {
		await notice(page);
		await page.getByRole("button", { name: "Dismiss this message" }).click();
		const attempts = await page.evaluate(() => window.fake.attempts);
		await page.waitForFunction((before) => window.fake.attempts > before + 1, attempts);
		await page.evaluate(() => new Promise(requestAnimationFrame));
		assert.equal(await page.locator("#notice").isVisible(), false);
		assert.equal(await text_of(page, "#link"), "Gateway away");
	}));

test("says that the gateway went away during a recording", () =>
	visit({}, async (page) => {
		await start(page);
		await page.evaluate(() => window.fake.cut());
		assert.match(await notice(page), /gateway does not answer/);
		assert.equal(await page.locator("#stage").getAttribute("data-state"), "ready");
		await page.evaluate(() => { window.fake.away = false; });
		await page.locator("#link[data-state=up]").waitFor();
		await start(page);
	}));

test("says that this gateway has no recorder", () =>
	visit({ no_plugin: true }, async (page) =>
		assert.match(await notice(page), /has no recorder/)));

test("says that janus.js is missing", async () => {
	const bare = await serve({ folders: [["/", HTML]] });
	const page = await open_page(stub.browser, bare.url, DESKTOP, {});
	try {
		assert.match(await notice(page), /janus\.js and adapter\.js are missing/);
	} finally {
		await page.context().close();
		await bare.close();
	}
});

test("says that camera and microphone are refused", async () => {
	const asking = await launch({ granted: false });
	try {
		// Granting another permission alone refuses these.
		await visit({}, async (page) => {
			await page.getByRole("button", { name: "Start recording" }).click();
			assert.match(await notice(page), /blocked\. Allow them/);
			assert.deepEqual(await sent(page), []);
		}, { ...DESKTOP, permissions: ["geolocation"] }, asking);
	} finally {
		await asking.close();
	}
});

test("says that there is no camera", async () => {
	const bare = await launch({ devices: false });
	try {
		await visit({}, async (page) => {
			await page.getByRole("button", { name: "Turn on the camera" }).click();
			assert.match(await notice(page), /No camera or microphone found/);
			await page.getByLabel("Camera", { exact: true }).selectOption({ label: "No camera" });
			await page.getByLabel("Microphone").selectOption({ label: "No microphone" });
			await page.getByRole("button", { name: "Start recording" }).click();
			assert.match(await notice(page), /nothing to record/);
		}, DESKTOP, bare);
	} finally {
		await bare.close();
	}
});

test("tells when the camera is unplugged", () =>
	visit({}, async (page) => {
		await start(page);
		await page.evaluate(() => document.getElementById("preview").srcObject.getVideoTracks()[0]
			.dispatchEvent(new Event("ended")));
		assert.match(await notice(page), /switched off/);
	}));
