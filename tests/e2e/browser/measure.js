// SPDX-License-Identifier: GPL-3.0-or-later
// Looks into a converted file with FFmpeg's tools, which share no code with ours
// but the libraries: what is in it, and when it flashes and beeps.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_BYTES = 1 << 30;
const LIT = 128;
const LOUD = 0.1;
const SILENCE_S = 0.3;

async function ffprobe(file, ...args) {
	const { stdout } = await run("ffprobe", ["-v", "error", "-of", "json", ...args, file],
		{ maxBuffer: MAX_BYTES });
	return JSON.parse(stdout);
}

async function decode(file, ...args) {
	const { stdout } = await run("ffmpeg", ["-v", "error", "-i", file, ...args, "-"],
		{ maxBuffer: MAX_BYTES, encoding: "buffer" });
	return stdout;
}

/** {duration, video, audio}: seconds, and ffprobe's streams with the number of decoded frames. */
export async function inspect(file) {
	const { format, streams } = await ffprobe(file, "-count_frames", "-show_format",
		"-show_streams");
	const of = (kind) => streams.find(({ codec_type }) => codec_type === kind);
	return { duration: Number(format.duration), video: of("video"), audio: of("audio") };
}

async function frame_times(file, kind) {
	const { frames } = await ffprobe(file, "-select_streams", kind, "-show_entries",
		"frame=pts_time,nb_samples");
	return frames.map(({ pts_time, nb_samples }) =>
		({ at: Number(pts_time), samples: nb_samples }));
}

/** When a dark picture becomes bright, in seconds of the file. */
export async function flashes(file) {
	const times = await frame_times(file, "v:0");
	const luma = await decode(file, "-map", "0:v:0", "-fps_mode", "passthrough",
		"-vf", "scale=1:1:flags=area,format=gray", "-f", "rawvideo");
	if (luma.length !== times.length)
		throw new Error(`${luma.length} pictures, ${times.length} time stamps`);
	const found = [];
	for (let i = 1; i < times.length; i++)
		if (luma[i] >= LIT && luma[i - 1] < LIT)
			found.push(times[i].at);
	return found;
}

/** When sound begins after silence, to the sample, in seconds of the file. */
export async function beeps(file) {
	const blocks = await frame_times(file, "a:0");
	const { audio } = await inspect(file);
	const rate = Number(audio.sample_rate);
	const bytes = await decode(file, "-map", "0:a:0", "-ac", "1", "-f", "f32le");
	const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
	const found = [];
	let position = 0;
	let last_loud = -Infinity;
	for (const { at, samples: count } of blocks) {
		for (let i = 0; i < count && position < samples.length; i++, position++) {
			if (Math.abs(samples[position]) < LOUD)
				continue;
			const time = at + i / rate;
			if (time - last_loud > SILENCE_S)
				found.push(time);
			last_loud = time;
		}
	}
	return found;
}

/** For each flash that has a beep within half a period: flash minus beep, in ms. */
export function offsets_ms(flash_times, beep_times, period_s = 1) {
	return flash_times.flatMap((flash) => {
		const near = beep_times.filter((beep) => Math.abs(flash - beep) < period_s / 2);
		return near.length === 1 ? [(flash - near[0]) * 1000] : [];
	});
}

/** Average colours of the four quarters of the picture at a time: [[r, g, b], …], row by row. */
export async function quarters(file, at_s) {
	const rgb = await decode(file, "-ss", String(at_s), "-map", "0:v:0", "-frames:v", "1",
		"-vf", "format=gbrp,scale=2:2:flags=area,format=rgb24", "-f", "rawvideo");
	return [0, 3, 6, 9].map((i) => [...rgb.subarray(i, i + 3)]);
}

/** The pitch of a single tone, by its zero crossings over the whole file. */
export async function pitch_hz(file) {
	const rate = 48000;
	const bytes = await decode(file, "-map", "0:a:0", "-ac", "1", "-ar", String(rate),
		"-f", "f32le");
	const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
	const steady = samples.subarray(rate, samples.length - rate / 2);
	let crossings = 0;
	for (let i = 1; i < steady.length; i++)
		crossings += steady[i - 1] < 0 && steady[i] >= 0;
	return crossings * rate / steady.length;
}

/** Loudness over the whole file, 0 to 1. */
export async function loudness(file) {
	const bytes = await decode(file, "-map", "0:a:0", "-ac", "1", "-f", "f32le");
	const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
	return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}
