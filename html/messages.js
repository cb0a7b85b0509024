// SPDX-License-Identifier: GPL-3.0-or-later
// Errors in words for people: what happened, and what to do about it.

const SENTENCES = {
	away: ["The gateway does not answer.",
		"Recording is not possible until it is back. This page keeps trying."],
	no_plugin: ["This gateway has no recorder.",
		"Its administrator has to install or enable the recorder plugin."],
	no_library: ["This page is not complete.",
		"janus.js and adapter.js are missing under /vendor/ on this web server."],
	timeout: ["The gateway did not answer in time.", "Try again in a moment."],
	gone: ["The gateway ended the stream.", "What was recorded until then is kept."],
	media: ["No connection for picture and sound.",
		"A firewall may be in the way, or the network has changed. Try again."],
	suspended_disk_full: ["The gateway’s disk is full.",
		"What was recorded until now is kept. Recording goes on by itself once there is room."],
	suspended_io_error: ["The gateway’s disk has a problem.",
		"What was recorded until now is kept. Recording goes on by itself once it is over."],
	disk_full: ["The gateway’s disk is full.",
		"What was recorded until then is kept. Once there is room again, start anew."],
	400: ["The gateway did not accept this.", ""],
	403: ["This needs a permission that you do not have.",
		"Ask the administrator of the gateway."],
	404: ["This does not exist any more.", "It may have ended in the meantime."],
	406: ["This codec is not possible here.",
		"The browser and the gateway share none of the kind: choose another."],
	409: ["This is not possible right now.", ""],
	500: ["The gateway had a problem.", "Try again; if it stays, ask its administrator."],
	507: ["The gateway cannot write recordings.",
		"Its disk is full or write-protected: ask its administrator."],
	NotAllowedError: ["Camera and microphone are blocked.",
		"Allow them in the address bar of your browser, then try again."],
	NotFoundError: ["No camera or microphone found.",
		"Connect one, or choose “No camera” or “No microphone” below."],
	NotReadableError: ["The camera or microphone is busy.",
		"Another program may be using it. Close that program and try again."],
	OverconstrainedError: ["This device is gone.", "Choose another one below."],
	NothingChosen: ["There is nothing to record.", "Choose a camera or a microphone below."],
	InsecureContext: ["The browser hides camera and microphone.",
		"It shows them on pages with https:// only (and on localhost)."],
	device_ended: ["The camera or microphone was switched off.",
		"What still comes is recorded. For another device, disconnect and start anew."],
};

/** {title, text} for any error that this page can meet. */
export function explain(error) {
	const [title, text] = SENTENCES[error.code] ?? SENTENCES[error.name]
		?? ["Something went wrong.", ""];
	const is_plugins_word = typeof error.code === "number" && error.name === "GatewayError";
	return { title, text: is_plugins_word && !text ? sentence(error.message) : text };
}

/** What is wrong with a stream name, or "" when nothing is. */
export function name_problem(name) {
	const bytes = new TextEncoder().encode(name).length;
	if (bytes === 0)
		return "Give the stream a name.";
	if (bytes > 255)
		return "This name is too long: 255 bytes at most.";
	if (/\p{Cc}/u.test(name))
		return "This name has a control character in it.";
	return "";
}

/** Whether a refusal is about the name, so that it is shown at the name. */
export function is_name_conflict(error) {
	return error.code === 409 && /in use|stream/i.test(error.message);
}

function sentence(text) {
	const first = text.charAt(0).toUpperCase() + text.slice(1);
	return /[.!?]$/.test(first) ? first : `${first}.`;
}
