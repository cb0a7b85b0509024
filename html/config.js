// SPDX-License-Identifier: GPL-3.0-or-later
// What the operator of this page may change. Everything else is found out at run time.

export const config = {
	// Where the gateway answers: a path on this server, or an http(s):// or ws(s):// address.
	server: "/janus",

	// Where converted recordings are served, with byte ranges; ends in a slash.
	recordings: "/recordings/",

	// Endings of converted files, best first: the first that exists is played and offered.
	formats: ["mp4", "webm"],

	// STUN and TURN servers, as RTCPeerConnection takes them. None are needed
	// when the gateway has an address that the browser can reach.
	iceServers: [],

	// What is asked of the camera.
	video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },

	// Recordings per page of the list.
	pageSize: 20,
};
