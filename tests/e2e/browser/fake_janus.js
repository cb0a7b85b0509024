// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for janus.js in tests of the page alone: the plugin's side of
// docs/api.md, told by the test what to refuse and what to send.
//
// The test speaks to it through window.fake:
//   away          the gateway does not answer
//   refuse        request name -> {error_code, error}
//   recordings    what `recordings` lists, newest first
//   sent          every request, in order
//   attempts      how often a session was wanted
//   up            whether media comes through
//   no_plugin     the gateway has no recorder
//   emit(result)  sends an event to the page
//   cut()         loses the session

window.adapter = {};
window.fake = {
	away: false,
	refuse: {},
	recordings: [],
	sent: [],
	attempts: 0,
	up: true,
	emit(result) {
		this.handle.onmessage({ recorder: "event", result });
	},
	cut() {
		this.away = true;
		this.session.error("Lost connection to the server");
	},
};
Object.assign(window.fake, window.fake_start);

window.Janus = class {
	static init({ callback }) {
		callback();
	}

	constructor(callbacks) {
		window.fake.session = callbacks;
		window.fake.attempts++;
		queueMicrotask(() => window.fake.away ? callbacks.error("Is the server down?")
			: callbacks.success());
	}

	attach(callbacks) {
		window.fake.handle = callbacks;
		queueMicrotask(() => window.fake.no_plugin
			? callbacks.error("Ooops: 460 No such plugin 'janus.plugin.recorder'")
			: callbacks.success(handle(callbacks)));
	}

	destroy() {}
};

function handle(callbacks) {
	const event = (result, jsep) =>
		setTimeout(() => callbacks.onmessage({ recorder: "event", result }, jsep));
	const recording = () => {
		const n = ++recording.count;
		return { id: `id-${n}`, name: `take-${n}` };
	};
	recording.count = 0;
	const names = { stream: "", media_session_id: "" };
	let calls = 0;
	const answers = {
		publish({ stream, videocodec }) {
			names.stream = stream;
			names.media_session_id = `m-${++calls}`;
			event({ event: "published", ...names, recording: recording(), tracks: [
				{ mindex: 0, mid: "0", kind: "audio", codec: "opus" },
				{ mindex: 1, mid: "1", kind: "video", codec: videocodec ?? "vp8" },
			] }, { type: "answer", sdp: "" });
			if (window.fake.up)
				setTimeout(() => callbacks.webrtcState(true));
		},
		unpublish() {
			event({ event: "unpublished", stream: names.stream });
		},
		start_recording: () => ({ event: "recording_started", ...names, recording: recording() }),
		stop_recording: ({ id }) => ({ event: "recording_stopped", recording: { id, name: "" } }),
		recordings({ limit, cursor }) {
			const from = Number(cursor ?? 0);
			const end = from + limit;
			const all = window.fake.recordings;
			const page = { event: "recordings", recordings: all.slice(from, end) };
			return end < all.length ? { ...page, cursor: String(end) } : page;
		},
	};
	return {
		send({ message, success }) {
			window.fake.sent.push(message);
			const refusal = window.fake.refuse[message.request];
			const result = refusal ? null : answers[message.request](message);
			setTimeout(() => success(refusal ? { recorder: "event", ...refusal }
				: result && { recorder: "event", result }));
		},
		createOffer: ({ success }) => setTimeout(() => success({ type: "offer", sdp: "" })),
		handleRemoteJsep() {},
		hangup() {
			setTimeout(() => callbacks.webrtcState(false, "Janus API"));
		},
	};
}
