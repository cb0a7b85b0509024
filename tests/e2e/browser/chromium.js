// SPDX-License-Identifier: GPL-3.0-or-later
// Starts Chromium for tests: fake camera and microphone, loopback only.

import { chromium } from "playwright-core";

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

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = {
	viewport: { width: 390, height: 844 },
	isMobile: true,
	hasTouch: true,
	deviceScaleFactor: 2,
};

/**
 * options: devices (false: a machine without), granted (false: the browser asks, as it
 * does for people), video and audio (files that play as camera and microphone).
 * Resolves to playwright's Browser.
 */
export function launch({ devices = true, granted = true, video, audio } = {}) {
	const args = [...ALWAYS, ...(devices ? FAKE_DEVICES : []), ...(granted ? GRANTED : [])];
	if (video)
		args.push(`--use-file-for-fake-video-capture=${video}`);
	if (audio)
		args.push(`--use-file-for-fake-audio-capture=${audio}`);
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		// The old headless mode, which playwright would choose, has no real media stack.
		headless: false,
		args,
		ignoreDefaultArgs: ["--mute-audio"],
	});
}
