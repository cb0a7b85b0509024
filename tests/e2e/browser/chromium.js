// SPDX-License-Identifier: GPL-3.0-or-later
// Starts Chromium for tests: fake camera and microphone, loopback only.

import { chromium } from "playwright-core";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const ALWAYS = [
	"--headless=new",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--autoplay-policy=no-user-gesture-required",
	// Without it there is no candidate where lo is the only interface.
	"--allow-loopback-in-peer-connection",
];
const FAKE_DEVICES = ["--use-fake-device-for-media-stream"];
// Grants what getUserMedia asks, and gives real addresses instead of mDNS names.
const GRANTED = ["--use-fake-ui-for-media-stream"];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/**
 * options: devices (false: a machine without), granted (false: the person refuses),
 * video and audio (files that play as camera and microphone), context (playwright's).
 * Resolves to {context, close}.
 */
export async function launch(options = {}) {
	const { devices = true, granted = true, video, audio, context: own = {} } = options;
	const profile = mkdtempSync(path.join(os.tmpdir(), "browser-"));
	const args = [...ALWAYS, ...(devices ? FAKE_DEVICES : []), ...(granted ? GRANTED : [])];
	if (video)
		args.push(`--use-file-for-fake-video-capture=${video}`);
	if (audio)
		args.push(`--use-file-for-fake-audio-capture=${audio}`);
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		headless: false,
		args,
		ignoreDefaultArgs: ["--mute-audio"],
		viewport: DESKTOP,
		...own,
	});
	return {
		context,
		close: async () => {
			await context.close();
			rmSync(profile, { recursive: true, force: true });
		},
	};
}
