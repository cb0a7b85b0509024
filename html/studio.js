// SPDX-License-Identifier: GPL-3.0-or-later
// The left side of the page: preview, state, and the form. Shows what it is
// told and reports what is wanted; decides nothing.
//
// Events: "record" (start or stop), "leave", "camera" (turn on), "devices" (others chosen).

import { by_id, duration, fill_select, set_text, withdraw } from "./dom.js";
import { NONE } from "./devices.js";
import { codec_label } from "./codecs.js";
import { explain, name_problem } from "./messages.js";

const STATES = {
	off: "Off",
	ready: "Ready",
	connecting: "Connecting…",
	live: "Live, not recording",
	recording: "Recording",
};
const FIELDS = ["name", "camera", "microphone", "videocodec", "audiocodec"];
const NAME_KEY = "stream-name";

export class Studio extends EventTarget {
	#since = null;
	#notice_by = null;
	#level = "";

	constructor() {
		super();
		by_id("form").addEventListener("submit", (event) => {
			event.preventDefault();
			if (by_id("record").getAttribute("aria-disabled") !== "true")
				this.#emit("record");
		});
		by_id("leave").addEventListener("click", () => this.#emit("leave"));
		by_id("notice-close").addEventListener("click", () => this.hideNotice());
		by_id("name").addEventListener("input", () => this.showNameProblem(""));
		for (const id of ["camera", "microphone"])
			by_id(id).addEventListener("change", () => this.#emit("devices"));
		by_id("camera-on").addEventListener("click", () => this.#emit("camera"));
		by_id("name").value = remembered_name();
	}

	/** The choices of the form; name is checked by nameIsGood(). */
	get choices() {
		return {
			stream: by_id("name").value.trim(),
			videocodec: by_id("videocodec").value,
			camera: by_id("camera").value,
			microphone: by_id("microphone").value,
		};
	}

	nameIsGood() {
		const { stream } = this.choices;
		const problem = name_problem(stream);
		this.showNameProblem(problem);
		if (!problem)
			remember_name(stream);
		return !problem;
	}

	/** Text at the name field; "" takes it away. */
	showNameProblem(text) {
		const input = by_id("name");
		set_text(by_id("name-problem"), text);
		input.setAttribute("aria-invalid", String(Boolean(text)));
		if (text)
			input.focus();
	}

	showCodecs(codecs) {
		fill_select(by_id("videocodec"), codecs.map(({ name, label }) => ({ value: name, label })));
	}

	/** {cameras, microphones} as Devices lists them. */
	showDevices({ cameras, microphones }) {
		fill_select(by_id("camera"), device_choices(cameras, "Camera", "No camera"));
		fill_select(by_id("microphone"),
			device_choices(microphones, "Microphone", "No microphone"));
	}

	/** The preview of a stream, or the curtain for null. */
	showPreview(stream) {
		const has_picture = Boolean(stream?.getVideoTracks().length);
		by_id("preview").srcObject = has_picture ? stream : null;
		by_id("stage").dataset.camera = has_picture ? "on" : "off";
		by_id("curtain").hidden = has_picture;
		this.#show("camera-on", !stream);
		set_text(by_id("curtain-text"), stream ? "Sound only." : "The camera is off.");
		by_id("level").hidden = !stream?.getAudioTracks().length;
	}

	/** 0 to 1. */
	showLevel(level) {
		const shown = level.toFixed(2);
		if (shown !== this.#level)
			by_id("level").firstElementChild.style.setProperty("--level", shown);
		this.#level = shown;
	}

	/** state: a key of STATES; published and recording as in Publisher. */
	showState(state, { published, recording }) {
		const is_on = ["connecting", "live", "recording"].includes(state);
		by_id("stage").dataset.state = state;
		set_text(by_id("state"), STATES[state]);
		this.#since = recording && state === "recording" ? recording.since : null;
		by_id("elapsed").hidden = this.#since === null;
		this.showElapsed();
		by_id("form").dataset.state = state;
		set_text(by_id("record-text"),
			state === "recording" ? "Stop recording" : "Start recording");
		const fields = FIELDS.map(by_id);
		withdraw(fields, by_id("record"), () => fields.forEach((it) => { it.disabled = is_on; }));
		by_id("locked").hidden = !is_on;
		this.#show("leave", state === "live" || state === "recording");
		this.#showTracks(published?.tracks ?? []);
	}

	/** Brings the clock up to date. */
	showElapsed() {
		if (this.#since !== null)
			set_text(by_id("elapsed"), duration((performance.now() - this.#since) / 1000));
	}

	/** The button stays in place for the keyboard, whether it acts or not. */
	enableRecord(enabled) {
		by_id("record").setAttribute("aria-disabled", String(!enabled));
	}

	/** state: "up", "waiting" or "down". */
	showLink(state, text) {
		by_id("link").dataset.state = state;
		set_text(by_id("link-text"), text);
	}

	/** Says what went wrong. owner lets hideNotice() take away this one only. */
	showError(error, owner = null) {
		const { title, text } = explain(error);
		this.#notice_by = owner;
		set_text(by_id("notice-title"), title);
		set_text(by_id("notice-text"), text);
		by_id("notice").hidden = false;
	}

	hideNotice(owner = this.#notice_by) {
		if (owner === this.#notice_by)
			this.#show("notice", false);
	}

	#show(id, visible) {
		withdraw([by_id(id)], by_id("record"), () => { by_id(id).hidden = !visible; });
	}

	#showTracks(tracks) {
		const codecs = tracks.map((track) => track.codec).filter(Boolean);
		const names = codecs.map((codec) => codec_label(codec));
		by_id("codecs").hidden = names.length === 0;
		set_text(by_id("codecs"), names.join(" + "));
	}

	#emit(word) {
		this.dispatchEvent(new Event(word));
	}
}

function device_choices(devices, kind, none) {
	const named = devices.map(({ id, label }, i) =>
		({ value: id, label: label || `${kind} ${i + 1}` }));
	const any = named.length ? [] : [{ value: "", label: `Any ${kind.toLowerCase()}` }];
	return [...any, ...named, { value: NONE, label: none }];
}

/** Two people who open the page at once should not meet in one name. */
function remembered_name() {
	const fresh = () => `camera-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}`;
	try {
		return localStorage.getItem(NAME_KEY) ?? fresh();
	} catch {
		return fresh();
	}
}

function remember_name(name) {
	try {
		localStorage.setItem(NAME_KEY, name);
	} catch {
		// Storage may be forbidden; the name is then only as old as the page.
	}
}
