// SPDX-License-Identifier: GPL-3.0-or-later
// The page for everybody: small screens, keyboards, screen readers, dark rooms.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { DESKTOP, PHONE } from "./chromium.js";
import { emit, listed, notice, open_stub, start, text_of } from "./stub.js";
import { artefact } from "./paths.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RECORDINGS = [
	listed(1, { state: "recording", stream: "lecture-hall", ended: undefined }),
	listed(2, { stream: "a".repeat(255), name: `stream-${"b".repeat(200)}` }),
	listed(3, { state: "failed", reason: "disk_full" }),
	listed(4, { state: "recovered", reason: "crash" }),
];

let stub;
const visit = (...args) => stub.visit(...args);

before(async () => { stub = await open_stub(); });
after(() => stub?.close());

/** What axe-core finds wrong, one line for each element. */
async function violations(page) {
	const chrome = await page.context().newCDPSession(page);
	// Past the policy that keeps foreign scripts out of the page.
	await chrome.send("Runtime.evaluate", { expression: AXE });
	const { violations: found } = await page.evaluate(() => window.axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	}));
	return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
		`${id} at ${target}: ${failureSummary}`));
}

const STATES = {
	"before anything": async () => {},
	"while recording": start,
	"with a message": async (page) => {
		await start(page);
		const recording = { id: "id-1" };
		await emit(page, { event: "recording_failed", recording, reason: "disk_full" });
		await notice(page);
	},
	"with a bad name": async (page) => {
		await page.getByLabel("Stream name").fill("");
		await page.getByRole("button", { name: "Start recording" }).click();
		await page.locator("#name-problem:not(:empty)").waitFor();
	},
};

for (const colorScheme of ["light", "dark"])
	for (const [state, reach] of Object.entries(STATES))
		test(`has no accessibility violation ${state}, ${colorScheme}`, () =>
			visit({ recordings: RECORDINGS }, async (page) => {
				await page.locator("#list > li").nth(3).waitFor();
				await reach(page);
				assert.deepEqual(await violations(page), []);
			}, { ...DESKTOP, colorScheme, reducedMotion: "reduce" }));

test("gives every control a name", () =>
	visit({ recordings: RECORDINGS }, async (page) => {
		await start(page);
		const chrome = await page.context().newCDPSession(page);
		const { nodes } = await chrome.send("Accessibility.getFullAXTree");
		const controls = nodes.filter(({ ignored, role }) => !ignored
			&& ["button", "textbox", "combobox", "link", "timer", "status"].includes(role?.value));
		const nameless = controls.filter(({ name, role }) =>
			!name?.value && role.value !== "status");
		assert.ok(controls.length >= 9, `${controls.length} controls`);
		assert.deepEqual(nameless.map(({ role }) => role.value), []);
	}));

test("is used with the keyboard alone", () =>
	visit({ recordings: RECORDINGS }, async (page) => {
		const focused = () => page.evaluate(() => document.activeElement.id);
		const tab_to = async (id) => {
			for (let i = 0; i < 20 && await focused() !== id; i++)
				await page.keyboard.press("Tab");
			assert.equal(await focused(), id);
		};
		await tab_to("name");
		await page.keyboard.press("Control+A");
		await page.keyboard.type("by keyboard");
		await tab_to("videocodec");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Shift+Tab");
		await tab_to("record");
		await page.keyboard.press("Space");
		await page.locator("#stage[data-state=recording]").waitFor();
		assert.equal(await focused(), "record");
		await page.keyboard.press("Enter");
		await page.locator("#stage[data-state=live]").waitFor();
		await tab_to("leave");
		await page.keyboard.press("Enter");
		await page.locator("#stage[data-state=ready]").waitFor();
		assert.equal(await focused(), "record");
		await tab_to("refresh");
	}));

test("starts with Enter in the name field, and keeps the focus", () =>
	visit({}, async (page) => {
		await page.getByLabel("Stream name").press("Enter");
		await page.locator("#stage[data-state=recording]").waitFor();
		assert.equal(await page.evaluate(() => document.activeElement.id), "record");
	}));

test("shows where the keyboard is", () =>
	visit({}, async (page) => {
		for (const id of ["record", "name", "camera", "refresh"]) {
			await page.keyboard.press("Tab");
			await page.locator(`#${id}`).focus();
			const width = await page.locator(`#${id}`).evaluate((it) =>
				getComputedStyle(it).outlineWidth);
			assert.equal(width, "3px", id);
		}
	}));

test("speaks its state, and not every second", () =>
	visit({}, async (page) => {
		await page.evaluate(() => {
			window.spoken = [];
			const node = document.getElementById("state");
			new MutationObserver(() => window.spoken.push(node.textContent))
				.observe(node, { childList: true, characterData: true, subtree: true });
		});
		await start(page);
		await page.waitForFunction(() => document.getElementById("elapsed").textContent === "0:02");
		assert.deepEqual(await page.evaluate(() => window.spoken),
			["Ready", "Connecting…", "Recording"]);
		assert.equal(await page.locator("#state").getAttribute("role"), "status");
	}));

test("fits a phone, with room for fingers", () =>
	visit({ recordings: RECORDINGS }, async (page) => {
		await page.locator("#list > li").nth(3).waitFor();
		await start(page);
		const measure = () => page.evaluate(() => ({
			scroll: document.documentElement.scrollWidth,
			small: [...document.querySelectorAll("button, select, input, a.quiet")]
				.filter((it) => it.getClientRects().length
					&& it.getBoundingClientRect().height < 36)
				.map((it) => it.id || it.textContent),
		}));
		assert.deepEqual(await measure(), { scroll: PHONE.viewport.width, small: [] });
		const record = await page.locator("#record").boundingBox();
		assert.ok(record.y + record.height < PHONE.viewport.height, "Start is on the first screen");
		await page.screenshot({ path: artefact("phone.png"), fullPage: true });
	}, PHONE));

const overflow = (page) => page.evaluate(() =>
	document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("fits 320 pixels, and large letters", () =>
	visit({ recordings: RECORDINGS }, async (page) => {
		await start(page);
		await page.setViewportSize({ width: 320, height: 700 });
		assert.equal(await overflow(page), 0);
		await page.setViewportSize({ width: 640, height: 700 });
		await page.evaluate(() => document.documentElement.style.setProperty("font-size", "32px"));
		assert.equal(await overflow(page), 0);
	}));

test("fits a desktop window", () =>
	visit({ recordings: RECORDINGS }, async (page) => {
		await start(page);
		await page.screenshot({ path: artefact("desktop.png") });
		const form = await page.locator("#form").boundingBox();
		assert.ok(form.y + form.height <= DESKTOP.viewport.height, "the form needs no scrolling");
		assert.match(await text_of(page, "#link"), /Connected/);
	}));
