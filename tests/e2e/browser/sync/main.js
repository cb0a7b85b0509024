// SPDX-License-Identifier: GPL-3.0-or-later
// What the test calls: publish the stream with the page's own modules, or play
// it back through the browser alone.

import { Gateway } from "/gateway.js";
import { Publisher } from "/publisher.js";
import { flash_and_beep } from "./flash_beep.js";
import { play_back } from "./loopback.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const source = flash_and_beep(document.getElementById("canvas"));

/** Records for some seconds; resolves to {name, produced}. */
window.record = async (stream, codec, seconds) => {
	const { stream: media, produced } = await source;
	const gateway = new Gateway({ server: "/janus", iceServers: [] });
	const once = (word) => new Promise((resolve) =>
		gateway.addEventListener(word, ({ detail }) => resolve(detail), { once: true }));
	const up = once("up");
	gateway.connect();
	await up;
	const publisher = new Publisher(gateway);
	const finished = once("recording_finished");
	await publisher.start(stream, codec, media.getTracks().map((track) => track.clone()));
	const { name } = publisher.recording;
	await pause(seconds * 1000);
	await publisher.stop();
	await finished;
	await publisher.leave();
	return { name, produced };
};

/**
 * Plays back, over a call with this codec or (null) without one, for some seconds;
 * resolves to {flashes, beeps, produced, buffers_ms}.
 */
window.loop = async (codec, seconds) => {
	const { stream, produced } = await source;
	const { flashes, beeps, close } =
		await play_back(stream, document.getElementById("remote"), codec);
	await pause(seconds * 1000);
	return { flashes, beeps, produced, buffers_ms: await close() };
};

window.is_ready = true;
