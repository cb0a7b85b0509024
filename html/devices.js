// SPDX-License-Identifier: GPL-3.0-or-later
// Camera and microphone: opening them, listing them, how loud it is.
//
// Owns the local MediaStream. What is sent to the gateway are clones, so that
// the end of a call does not darken the preview.

/** Value of a device choice that means: without it. */
export const NONE = "none";

export class Devices extends EventTarget {
	#video;
	#stream = null;
	#meter = null;

	/** video: the constraints asked of every camera. */
	constructor(video) {
		super();
		this.#video = video;
		navigator.mediaDevices?.addEventListener("devicechange", () => this.#changed());
	}

	get stream() {
		return this.#stream;
	}

	/**
	 * Opens a camera and a microphone: device ids, "" for any, NONE for without.
	 * Rejects with the browser's DOMException, or InsecureContext where the
	 * browser hides its devices.
	 */
	async open(camera, microphone) {
		if (!navigator.mediaDevices)
			throw new DOMException("devices are hidden on this page", "InsecureContext");
		const constraints = {
			video: camera !== NONE && { ...this.#video, ...exactly(camera) },
			audio: microphone !== NONE && { ...exactly(microphone) },
		};
		if (!constraints.video && !constraints.audio)
			throw new DOMException("neither camera nor microphone", "NothingChosen");
		this.close();
		const stream = await navigator.mediaDevices.getUserMedia(constraints);
		this.close();
		this.#stream = stream;
		for (const track of stream.getTracks())
			track.addEventListener("ended", () => this.#ended(stream, track));
		this.#changed();
		return stream;
	}

	close() {
		for (const track of this.#stream?.getTracks() ?? [])
			track.stop();
		this.#meter?.close();
		this.#meter = null;
		this.#stream = null;
	}

	/** Tracks to send; they belong to the caller. */
	cloneTracks() {
		return (this.#stream?.getTracks() ?? []).map((track) => track.clone());
	}

	/** {cameras, microphones}: [{id, label}]. Labels are empty before the first permission. */
	async list() {
		const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
		const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId)
			.map((device) => ({ id: device.deviceId, label: device.label }));
		return { cameras: of("videoinput"), microphones: of("audioinput") };
	}

	/** Loudness of the microphone now, 0 to 1 over 60 dB. */
	level() {
		if (!this.#stream?.getAudioTracks().length)
			return 0;
		this.#meter ??= new Meter(this.#stream);
		return this.#meter.read();
	}

	#ended(stream, track) {
		if (stream === this.#stream)
			this.dispatchEvent(new CustomEvent("ended", { detail: { kind: track.kind } }));
	}

	#changed() {
		this.dispatchEvent(new Event("change"));
	}
}

function exactly(id) {
	return id ? { deviceId: { exact: id } } : {};
}

class Meter {
	#context = new AudioContext();
	#analyser = this.#context.createAnalyser();
	#samples = new Float32Array(this.#analyser.fftSize);

	constructor(stream) {
		this.#context.createMediaStreamSource(stream).connect(this.#analyser);
	}

	read() {
		this.#analyser.getFloatTimeDomainData(this.#samples);
		const energy = this.#samples.reduce((sum, x) => sum + x * x, 0) / this.#samples.length;
		return Math.min(1, Math.max(0, 1 + Math.log10(energy + 1e-12) / 6));
	}

	close() {
		this.#context.close();
	}
}
