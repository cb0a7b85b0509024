// SPDX-License-Identifier: GPL-3.0-or-later
// A web server for tests: the page, the vendor scripts, recordings with byte
// ranges, and a proxy to the gateway. 127.0.0.1 only.
//
// It sends the strictest content security policy under which the page must work.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

const TYPES = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".mp4": "video/mp4",
	".webm": "video/webm",
	".json": "application/json",
};
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	+ "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * Starts serving. folders: [[URL prefix, folder or file]], first match wins;
 * gateway: the address that /janus goes to, or null. Resolves to {url, reach, close};
 * reach(false) cuts the way to the gateway, reach(true) opens it again.
 */
export async function serve({ folders, gateway = null }) {
	const passing = new Set();
	let is_reachable = gateway !== null;
	const server = http.createServer((request, response) => {
		const answer = request.url.startsWith("/janus")
			? proxy(is_reachable ? gateway : null, passing, request, response)
			: send_file(folders, request, response);
		answer.catch(() => response.headersSent ? response.destroy() : end(response, 500));
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		reach(wanted) {
			is_reachable = wanted;
			for (const response of wanted ? [] : passing)
				response.destroy();
		},
		close: () => new Promise((resolve) => {
			server.close(resolve);
			server.closeAllConnections();
		}),
	};
}

function end(response, status, headers = {}) {
	response.writeHead(status, headers).end();
}

async function send_file(folders, request, response) {
	const file = find(folders, decodeURIComponent(new URL(request.url, "http://x").pathname));
	const info = file && await stat(file).catch(() => null);
	if (!info?.isFile())
		return end(response, 404);
	const headers = {
		"content-type": TYPES[path.extname(file)] ?? "application/octet-stream",
		"content-security-policy": POLICY,
		"accept-ranges": "bytes",
		"cache-control": "no-cache",
	};
	const range = parse_range(request.headers.range, info.size);
	if (range === "bad")
		return end(response, 416, { "content-range": `bytes */${info.size}` });
	if (range)
		headers["content-range"] = `bytes ${range.start}-${range.end}/${info.size}`;
	const { start, end: last } = range ?? { start: 0, end: info.size - 1 };
	headers["content-length"] = last - start + 1;
	response.writeHead(range ? 206 : 200, headers);
	if (request.method === "HEAD" || info.size === 0)
		return response.end();
	createReadStream(file, { start, end: last }).on("error", () => response.destroy())
		.pipe(response);
}

function find(folders, url_path) {
	for (const [prefix, target] of folders) {
		if (url_path === prefix && !prefix.endsWith("/"))
			return target;
		if (!prefix.endsWith("/") || !url_path.startsWith(prefix))
			continue;
		const rest = url_path.slice(prefix.length) || "index.html";
		const file = path.join(target, rest);
		return file.startsWith(path.join(target, path.sep)) ? file : null;
	}
	return null;
}

/** One range of RFC 9110 §14; null when there is none that we know. */
function parse_range(header, size) {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
	if (!match || (!match[1] && !match[2]))
		return null;
	const start = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
	const last = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
	return start > last ? "bad" : { start, end: last };
}

async function proxy(gateway, passing, request, response) {
	if (!gateway)
		return end(response, 502);
	const target = new URL(request.url, gateway);
	const upstream = http.request(target, { method: request.method, headers: request.headers });
	upstream.on("response", (answer) => {
		response.writeHead(answer.statusCode, answer.headers);
		answer.pipe(response);
	});
	upstream.on("error", () => response.headersSent ? response.destroy() : end(response, 502));
	passing.add(response);
	response.on("close", () => {
		passing.delete(response);
		upstream.destroy();
	});
	request.pipe(upstream);
}
