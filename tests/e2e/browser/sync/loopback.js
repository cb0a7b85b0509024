// SPDX-License-Identifier: GPL-3.0-or-later
// The browser's own part of an offset: the stream over an ordinary call of the
// browser with itself, flashes and beeps timed as they are played.

const LIT = 128;

/**
 * Plays the stream through a loopback call, or as it is when codec is null;
 * {flashes, beeps} grow, in page ms. close() resolves to the receiver's delays.
 */
export async function play_back(stream, video, codec) {
	const ends = codec ? await call(stream, codec, video) : [];
	if (!codec)
		video.srcObject = stream;
	const flashes = [];
	const beeps = [];
	watch_flashes(video, flashes);
	await watch_beeps(video.srcObject, beeps);
	return {
		flashes,
		beeps,
		async close() {
			const buffers_ms = codec ? await buffer_delays(ends[1]) : null;
			ends.forEach((end) => end.close());
			return buffers_ms;
		},
	};
}

/** How long the receiver holds each kind back, on average: {audio, video} in ms. */
async function buffer_delays(receiver) {
	const delays = {};
	for (const report of (await receiver.getStats()).values())
		if (report.type === "inbound-rtp")
			delays[report.kind] =
				1000 * report.jitterBufferDelay / report.jitterBufferEmittedCount;
	return delays;
}

async function call(stream, codec, video) {
	const from = new RTCPeerConnection();
	const to = new RTCPeerConnection();
	from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
	to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
	const arrived = new Promise((resolve) => {
		to.ontrack = ({ streams: [remote] }) => remote.getTracks().length === 2 && resolve(remote);
	});
	for (const track of stream.getTracks())
		from.addTrack(track, stream);
	const preferred = RTCRtpReceiver.getCapabilities("video").codecs
		.filter(({ mimeType }) => mimeType.toLowerCase() === `video/${codec}`);
	const transceiver = from.getTransceivers().find(({ sender }) => sender.track.kind === "video");
	transceiver.setCodecPreferences(preferred);
	await from.setLocalDescription();
	await to.setRemoteDescription(from.localDescription);
	await to.setLocalDescription();
	await from.setRemoteDescription(to.localDescription);
	video.srcObject = await arrived;
	return [from, to];
}

function watch_flashes(video, flashes) {
	const canvas = new OffscreenCanvas(16, 9);
	const paint = canvas.getContext("2d", { willReadFrequently: true });
	let was_lit = true;
	const look = (now_ms, frame) => {
		paint.drawImage(video, 0, 0, 16, 9);
		const is_lit = paint.getImageData(8, 5, 1, 1).data[1] > LIT;
		if (is_lit && !was_lit)
			flashes.push(frame.expectedDisplayTime);
		was_lit = is_lit;
		video.requestVideoFrameCallback(look);
	};
	video.requestVideoFrameCallback(look);
}

async function watch_beeps(stream, beeps) {
	const context = new AudioContext({ sampleRate: 48000 });
	await context.audioWorklet.addModule("onset_worklet.js");
	const onset = new AudioWorkletNode(context, "onset");
	let ahead_ms = -Infinity;
	setInterval(() => {
		ahead_ms = Math.max(ahead_ms, context.currentTime * 1000 - performance.now());
	}, 1);
	onset.port.onmessage = ({ data: time_s }) => beeps.push(time_s * 1000 - ahead_ms);
	context.createMediaStreamSource(stream).connect(onset);
	// A node that leads nowhere is not run.
	onset.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
}
