// SPDX-License-Identifier: GPL-3.0-or-later
// Wires the parts of the page together; the only place where they meet.

import { config } from "./config.js";
import { by_id } from "./dom.js";
import { Devices } from "./devices.js";
import { Gateway } from "./gateway.js";
import { Library } from "./library.js";
import { Publisher } from "./publisher.js";
import { Recordings } from "./recordings.js";
import { Studio } from "./studio.js";
import { is_name_conflict } from "./messages.js";
import { sendable_codecs } from "./codecs.js";

const TICK_MS = 250;

const gateway = new Gateway(config);
const devices = new Devices(config.video);
const publisher = new Publisher(gateway);
const recordings = new Recordings(gateway, config);
const studio = new Studio();
const library = new Library();
let busy = false;
let trouble = null;

function show_state() {
	const state = publisher.state === "off" && devices.stream ? "ready" : publisher.state;
	studio.showState(state, publisher);
	studio.enableRecord(gateway.isUp && !busy && state !== "connecting");
}

/** Which notices go by themselves, by whom; the others stay until they are closed. */
const NOTICE_OWNERS = {
	away: "gateway",
	suspended_disk_full: "disk",
	suspended_io_error: "disk",
};

/** Runs what a person asked for: one thing at a time, errors in words. */
async function act(job) {
	if (busy)
		return;
	busy = true;
	show_state();
	studio.hideNotice();
	try {
		await job();
	} catch (error) {
		report(error);
	} finally {
		busy = false;
		show_state();
	}
}

function report(error) {
	if (is_name_conflict(error) && publisher.state === "off")
		studio.showNameProblem("This name is in use: choose another.");
	else
		studio.showError(error, NOTICE_OWNERS[error.code]);
}

async function open_devices() {
	const { camera, microphone } = studio.choices;
	try {
		await devices.open(camera, microphone);
	} finally {
		studio.showPreview(devices.stream);
		show_state();
	}
}

async function toggle_recording() {
	if (publisher.state === "recording")
		return publisher.stop();
	if (publisher.state === "off") {
		if (!studio.nameIsGood())
			return;
		if (!devices.stream)
			await open_devices();
	}
	const { stream, videocodec } = studio.choices;
	const tracks = publisher.state === "off" ? devices.cloneTracks() : [];
	await publisher.start(stream, videocodec, tracks);
}

function draw_level() {
	studio.showLevel(devices.level());
	requestAnimationFrame(draw_level);
}

function tick() {
	studio.showElapsed();
	if (gateway.isUp)
		library.tick();
}

gateway.addEventListener("up", () => {
	trouble = null;
	studio.showLink("up", "Connected");
	studio.hideNotice("gateway");
	show_state();
});
gateway.addEventListener("down", ({ detail }) => {
	studio.showLink("down", "Gateway away");
	// Every attempt fails alike: say it once.
	if (detail.error.code !== trouble)
		studio.showError(detail.error, "gateway");
	trouble = detail.error.code;
	show_state();
});

publisher.addEventListener("change", show_state);
publisher.addEventListener("failed", ({ detail }) => {
	if (gateway.isUp)
		report(detail.error);
});

publisher.addEventListener("resumed", () => studio.hideNotice("disk"));

devices.addEventListener("change", async () => studio.showDevices(await devices.list()));
devices.addEventListener("ended", () => {
	devices.close();
	studio.showPreview(null);
	studio.showError({ code: "device_ended" });
	show_state();
});

studio.addEventListener("record", () => act(toggle_recording));
studio.addEventListener("leave", () => act(() => publisher.leave()));
studio.addEventListener("camera", () => act(open_devices));
studio.addEventListener("devices", () => devices.stream && act(open_devices));

recordings.addEventListener("change", () =>
	library.show(recordings.items, recordings.outputs, recordings.hasMore));
by_id("refresh").addEventListener("click", () => recordings.recheck().catch(report));
by_id("more").addEventListener("click", () => recordings.more().catch(report));
addEventListener("online", () => gateway.retry());

studio.showCodecs(sendable_codecs());
studio.showDevices(await devices.list());
show_state();
gateway.connect();
draw_level();
setInterval(tick, TICK_MS);
