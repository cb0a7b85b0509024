// SPDX-License-Identifier: GPL-3.0-or-later
// Which video codecs this browser can send. The choice itself is the gateway's
// answer: the page offers all and asks the plugin for one.

const KNOWN = [
	{ name: "vp8", label: "VP8" },
	{ name: "h264", label: "H.264" },
	{ name: "vp9", label: "VP9" },
	{ name: "av1", label: "AV1" },
	{ name: "h265", label: "H.265" },
];

/** [{name, label}] in our order of preference; empty where WebRTC is missing. */
export function sendable_codecs() {
	const offered = globalThis.RTCRtpSender?.getCapabilities?.("video")?.codecs ?? [];
	const mime_types = new Set(offered.map((codec) => codec.mimeType.toLowerCase()));
	return KNOWN.filter(({ name }) => mime_types.has(`video/${name}`));
}

/** The name that people use; an unknown codec keeps its own. */
export function codec_label(name) {
	const own = { opus: "Opus", multiopus: "Opus surround", pcmu: "G.711 µ", pcma: "G.711 A",
		g722: "G.722" };
	return KNOWN.find((codec) => codec.name === name)?.label ?? own[name] ?? name;
}
