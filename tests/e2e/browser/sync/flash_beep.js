// SPDX-License-Identifier: GPL-3.0-or-later
// A stream that flashes and beeps at the same instant, once a second.

const PERIOD_S = 1;
const LENGTH_S = 0.1;
const TONE_HZ = 1000;

/**
 * Where the audio clock stands on the page's clock. An audio context counts in
 * blocks, so its time is behind by up to a block: the smallest lag that is seen
 * is the true one.
 */
async function audio_clock(context) {
	let ahead = -Infinity;
	for (const end = performance.now() + 500; performance.now() < end;) {
		ahead = Math.max(ahead, context.currentTime * 1000 - performance.now());
		await new Promise((resolve) => setTimeout(resolve, 1));
	}
	return { to_page_ms: (audio_s) => audio_s * 1000 - ahead };
}

/** Starts; resolves to {stream, produced}, where produced lists [flash, beep] in page ms. */
export async function flash_and_beep(canvas) {
	const context = new AudioContext({ sampleRate: 48000 });
	await context.resume();
	const clock = await audio_clock(context);
	const gain = new GainNode(context, { gain: 0 });
	const tone = new OscillatorNode(context, { frequency: TONE_HZ });
	const sink = context.createMediaStreamDestination();
	tone.connect(gain).connect(sink);
	tone.start();

	const produced = [];
	const paint = canvas.getContext("2d");
	let next_s = Math.ceil(context.currentTime) + PERIOD_S;
	let planned_s = next_s;
	let lit_until_ms = 0;
	function frame(now_ms) {
		for (; planned_s < context.currentTime + 2; planned_s += PERIOD_S) {
			gain.gain.setValueAtTime(0.5, planned_s);
			gain.gain.setValueAtTime(0, planned_s + LENGTH_S);
		}
		if (now_ms >= clock.to_page_ms(next_s)) {
			produced.push([now_ms, clock.to_page_ms(next_s)]);
			lit_until_ms = now_ms + LENGTH_S * 1000;
			next_s += PERIOD_S;
		}
		paint.fillStyle = now_ms < lit_until_ms ? "#fff" : "#000";
		paint.fillRect(0, 0, canvas.width, canvas.height);
		// Something small always moves, so that the encoder has a frame for every paint.
		paint.fillStyle = "#808080";
		paint.fillRect(now_ms / 10 % canvas.width, 0, 2, 2);
		requestAnimationFrame(frame);
	}
	requestAnimationFrame(frame);
	const stream = new MediaStream([...canvas.captureStream().getVideoTracks(),
		...sink.stream.getAudioTracks()]);
	return { stream, produced };
}
