// SPDX-License-Identifier: GPL-3.0-or-later
// Reports the audio time of the first loud sample after silence.

const LOUD = 0.1;
const SILENCE_S = 0.3;

registerProcessor("onset", class extends AudioWorkletProcessor {
	#last_loud_s = -Infinity;

	process([[samples]]) {
		for (let i = 0; i < (samples?.length ?? 0); i++) {
			if (Math.abs(samples[i]) < LOUD)
				continue;
			const time_s = (currentFrame + i) / sampleRate;
			if (time_s - this.#last_loud_s > SILENCE_S)
				this.port.postMessage(time_s);
			this.#last_loud_s = time_s;
		}
		return true;
	}
});
