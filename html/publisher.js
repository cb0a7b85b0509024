// SPDX-License-Identifier: GPL-3.0-or-later
// What this page publishes, and whether it is being recorded.
//
//   off -> connecting -> live <-> recording -> off
//
// The first start() publishes and records at once; stop() ends the recording
// and stays live, so that the next start() is immediate; leave() goes off.
//
// Events: "change" after every step, "failed" {error} when something ended
// that nobody asked to end or is held up, "resumed" when the latter is over.

import { GatewayError } from "./gateway.js";

const MEDIA_TIMEOUT_MS = 15000;

export class Publisher extends EventTarget {
	#gateway;
	#state = "off";
	#tracks = [];
	#media = null;
	#leaving = false;

	/** media_session_id, stream and negotiated tracks of what is published, or null. */
	published = null;
	/** {id, name, since} of the running recording, or null; since is in ms, monotonic. */
	recording = null;

	constructor(gateway) {
		super();
		this.#gateway = gateway;
		const on = (word, handler) =>
			gateway.addEventListener(word, (event) => handler.call(this, event.detail));
		on("media", this.#mediaChanged);
		on("down", ({ error }) => this.#drop(error));
		on("gone", ({ media_session_id, reason }) => {
			if (media_session_id === this.published?.media_session_id)
				this.#drop(new GatewayError("gone", reason ?? ""));
		});
		on("recording_started", ({ recording }) => this.#began(recording));
		on("recording_suspended", ({ reason }) => this.#fail(
			new GatewayError(`suspended_${reason}`, `recording suspended: ${reason}`)));
		on("recording_resumed", () => this.dispatchEvent(new Event("resumed")));
		on("recording_finished", ({ recording }) => this.#ended(recording));
		on("recording_failed", ({ recording, reason }) => {
			this.#ended(recording);
			this.#fail(new GatewayError(reason, `recording failed: ${reason}`));
		});
	}

	get state() {
		return this.#state;
	}

	/** Starts a recording; publishes first when off. tracks are taken over. */
	async start(stream, videocodec, tracks) {
		if (this.#state === "off")
			return this.#publish(stream, videocodec, tracks);
		const { recording } = await this.#gateway.request(
			{ request: "start_recording", media_session_id: this.published.media_session_id });
		this.#began(recording);
	}

	async stop() {
		const id = this.recording?.id;
		if (!id)
			return;
		const { recording } = await this.#gateway.request({ request: "stop_recording", id });
		this.#ended(recording);
	}

	async leave() {
		this.#leaving = true;
		try {
			await this.#gateway.unpublish();
		} finally {
			this.#reset();
			this.#leaving = false;
		}
	}

	async #publish(stream, videocodec, tracks) {
		this.#tracks = tracks;
		this.#enter("connecting");
		try {
			const up = this.#mediaUp();
			const body = { request: "publish", stream, record: true };
			if (videocodec && tracks.some((track) => track.kind === "video"))
				body.videocodec = videocodec;
			this.published = await Promise.race([this.#gateway.publish(body, tracks), up]);
			if (this.published.recording)
				this.#began(this.published.recording);
			await up;
		} catch (error) {
			// Without a connection the gateway may not notice that we have gone.
			if (this.published)
				await this.leave().catch(() => {});
			this.#reset();
			throw error;
		}
		this.#enter(this.recording ? "recording" : "live");
	}

	/** A promise of the PeerConnection; settled by "media", by a loss, or by time. */
	#mediaUp() {
		const up = new Promise((resolve, reject) => {
			const late = () => reject(new GatewayError("media", "no media in time"));
			const timer = setTimeout(late, MEDIA_TIMEOUT_MS);
			const done = (settle) => (value) => {
				clearTimeout(timer);
				this.#media = null;
				settle(value);
			};
			this.#media = { resolve: done(resolve), reject: done(reject) };
		});
		up.catch(() => {});
		return up;
	}

	#mediaChanged({ up, reason }) {
		if (up)
			this.#media?.resolve();
		else
			this.#drop(new GatewayError("media", reason ?? ""));
	}

	#began(recording) {
		if (this.recording?.id === recording.id)
			return;
		this.recording = { ...recording, since: performance.now() };
		if (this.#state !== "connecting")
			this.#enter("recording");
	}

	#ended(recording) {
		if (this.recording?.id !== recording.id)
			return;
		this.recording = null;
		if (this.#state !== "off")
			this.#enter("live");
	}

	#drop(error) {
		if (this.#state === "off" || this.#leaving)
			return;
		if (this.#media) {
			this.#media.reject(error);
			return;
		}
		this.#gateway.hangup();
		this.#reset();
		this.#fail(error);
	}

	#reset() {
		for (const track of this.#tracks)
			track.stop();
		this.#tracks = [];
		this.#media?.reject(new GatewayError("media", "given up"));
		this.published = null;
		this.recording = null;
		this.#enter("off");
	}

	#enter(state) {
		this.#state = state;
		this.dispatchEvent(new Event("change"));
	}

	#fail(error) {
		this.dispatchEvent(new CustomEvent("failed", { detail: { error } }));
	}
}
