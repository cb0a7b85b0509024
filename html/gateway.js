// SPDX-License-Identifier: GPL-3.0-or-later
// The way to the gateway: janus.js callbacks become promises and events.
//
// Owns the Janus session and the one plugin handle, and keeps trying while the
// gateway is away. Knows no camera and no element of the page.
//
// Events: "up", "down" {error}, "media" {up, reason}, and each word that the
// plugin sends unasked ("recording_started", "recording_finished", ...).

const PLUGIN = "janus.plugin.recorder";
const REPLY_TIMEOUT_MS = 10000;
const HANGUP_TIMEOUT_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15000;

/** A refusal. The code is the plugin's number, or a word of this page. */
/** Session or handle unknown: the gateway was restarted, or this computer slept. */
function is_forgotten(text) {
	return /^45[89]\b/.test(String(text));
}

export class GatewayError extends Error {
	constructor(code, text) {
		super(text);
		this.name = "GatewayError";
		this.code = code;
	}
}

/** janus.js reports a failed attach as a sentence that begins with the core's number. */
function attach_error(text) {
	return /\b460\b/.test(String(text)) ? new GatewayError("no_plugin", String(text))
		: new GatewayError("away", String(text));
}

export class Gateway extends EventTarget {
	#options;
	#janus = null;
	#handle = null;
	#awaited = null;
	#turn = Promise.resolve();
	#retry_ms = FIRST_RETRY_MS;
	#timer = null;

	/** options: {server, iceServers}. */
	constructor(options) {
		super();
		this.#options = options;
	}

	get isUp() {
		return this.#handle !== null;
	}

	/** Opens the session, and opens it again whenever it is lost. */
	connect() {
		const Janus = globalThis.Janus;
		if (!Janus || !globalThis.adapter) {
			this.#emit("down", { error: new GatewayError("no_library", "janus.js is not there") });
			return;
		}
		clearTimeout(this.#timer);
		Janus.init({ debug: false, callback: () => this.#open(Janus) });
	}

	/** Tries at once instead of at the end of the pause. */
	retry() {
		if (this.#janus === null)
			this.connect();
	}

	/** A synchronous request; resolves to its result. */
	async request(body) {
		return this.#settle(await this.#send(body));
	}

	/** Offers the tracks together with a publish request; resolves to the plugin's result. */
	publish(body, tracks) {
		return this.#inTurn(async () => {
			const jsep = await this.#offer(tracks);
			try {
				return await this.#ask(body, "published", jsep);
			} catch (error) {
				this.hangup();
				throw error;
			}
		});
	}

	/**
	 * Leaves politely; the local side is gone in any case. Waits until the gateway has
	 * hung up, lest that news end a call that is begun right after.
	 */
	async unpublish() {
		const is_over = this.#next("media", HANGUP_TIMEOUT_MS);
		try {
			await this.#inTurn(() => this.#ask({ request: "unpublish" }, "unpublished"));
		} finally {
			this.hangup();
		}
		await is_over;
	}

	/** Ends the PeerConnection, without a word to the plugin. */
	hangup() {
		this.#handle?.hangup(true);
	}

	#open(Janus) {
		const session = new Janus({
			server: this.#options.server,
			iceServers: this.#options.iceServers,
			success: () => this.#attach(session),
			error: (text) => this.#lost(session, new GatewayError("away", String(text))),
		});
		this.#janus = session;
	}

	#attach(session) {
		session.attach({
			plugin: PLUGIN,
			success: (handle) => {
				this.#handle = handle;
				this.#retry_ms = FIRST_RETRY_MS;
				this.#emit("up", {});
			},
			error: (text) => this.#lost(session, attach_error(text)),
			onmessage: (message, jsep) => this.#receive(message, jsep),
			webrtcState: (up, reason) => this.#emit("media", { up, reason }),
			iceState: (state) => {
				if (state === "failed")
					this.#emit("media", { up: false, reason: "ICE failed" });
			},
			ondetached: () => this.#lost(session, new GatewayError("away", "detached")),
		});
	}

	#lost(session, error) {
		if (session !== this.#janus)
			return;
		this.#janus = null;
		this.#handle = null;
		session.destroy({ cleanupHandles: true, notifyDestroyed: false });
		this.#awaited?.reject(error);
		this.#timer = setTimeout(() => this.connect(), this.#retry_ms);
		this.#retry_ms = Math.min(2 * this.#retry_ms, LAST_RETRY_MS);
		this.#emit("down", { error });
	}

	/** The next event of a kind, or the end of the patience. */
	#next(word, timeout_ms) {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, timeout_ms);
			this.addEventListener(word, () => {
				clearTimeout(timer);
				resolve();
			}, { once: true });
		});
	}

	#offer(tracks) {
		return new Promise((resolve, reject) => {
			if (!this.#handle)
				throw new GatewayError("away", "not connected");
			this.#handle.createOffer({
				tracks: tracks.map((track) => ({ type: track.kind, capture: track, recv: false })),
				success: resolve,
				error: (error) =>
					reject(new GatewayError("media", String(error?.message ?? error))),
			});
		});
	}

	#send(message, jsep) {
		return new Promise((resolve, reject) => {
			if (!this.#handle)
				throw new GatewayError("away", "not connected");
			this.#handle.send({
				message,
				jsep,
				success: resolve,
				error: (text) => {
					const error = new GatewayError("away", String(text));
					if (is_forgotten(text))
						this.#lost(this.#janus, error);
					reject(error);
				},
			});
		});
	}

	/** Events carry no transaction here, so asynchronous requests go one after another. */
	#inTurn(job) {
		const result = this.#turn.then(job);
		this.#turn = result.catch(() => {});
		return result;
	}

	#ask(body, word, jsep) {
		return new Promise((resolve, reject) => {
			const late = () => this.#awaited?.reject(new GatewayError("timeout", body.request));
			const timer = setTimeout(late, REPLY_TIMEOUT_MS);
			const done = (settle) => (value) => {
				clearTimeout(timer);
				this.#awaited = null;
				settle(value);
			};
			this.#awaited = { word, resolve: done(resolve), reject: done(reject) };
			this.#send(body, jsep).then(
				(data) => data && this.#receive(data),
				(error) => this.#awaited?.reject(error));
		});
	}

	#settle(data) {
		if (data?.error_code)
			throw new GatewayError(data.error_code, data.error);
		return data?.result ?? {};
	}

	#receive(message, jsep) {
		if (jsep)
			this.#accept(jsep);
		const result = message.result;
		if (message.error_code)
			this.#awaited?.reject(new GatewayError(message.error_code, message.error));
		else if (result && this.#awaited && this.#awaited.word === result.event)
			this.#awaited.resolve(result);
		else if (result)
			this.#emit(result.event, result);
	}

	#accept(jsep) {
		this.#handle.handleRemoteJsep({
			jsep,
			error: (error) => {
				const refused = new GatewayError("media", String(error?.message ?? error));
				this.#emit("media", { up: false, reason: refused.message });
			},
		});
	}

	#emit(word, detail) {
		this.dispatchEvent(new CustomEvent(word, { detail }));
	}
}
