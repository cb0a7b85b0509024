// SPDX-License-Identifier: GPL-3.0-or-later
// The list of recordings as data: pages from the plugin, kept fresh by its
// events, and which of them have a converted file to play.
//
// Draws nothing. Event: "change" when items, outputs or hasMore are different.

const TICK_MS = 5000;
/** A conversion that has not come after this long is not waited for by itself. */
const CONVERSION_WAIT_MS = 10 * 60 * 1000;
const MAX_LIMIT = 1000;

export class Recordings extends EventTarget {
	#gateway;
	#config;
	#cursor = null;
	#busy = null;
	#again = false;
	#probed = new Set();

	/** Recordings as the plugin gives them, newest first; null before the first answer. */
	items = null;
	/** Recording name -> {url, format, bytes} of the converted file. */
	outputs = new Map();

	/** config: {recordings, formats, pageSize}. */
	constructor(gateway, config) {
		super();
		this.#gateway = gateway;
		this.#config = config;
		const words = ["up", "recording_started", "recording_suspended", "recording_resumed",
			"part_finished", "recording_finished", "recording_failed"];
		for (const word of words)
			gateway.addEventListener(word, () => this.refresh().catch(() => {}));
		gateway.addEventListener("recording_converted", () => this.recheck().catch(() => {}));
		setInterval(() => this.#tick(), TICK_MS);
	}

	get hasMore() {
		return this.#cursor !== null;
	}

	/** Reads again what is shown. Calls during a read become one more read. */
	async refresh() {
		if (this.#busy) {
			this.#again = true;
			return this.#busy;
		}
		this.#busy = this.#read();
		try {
			do {
				this.#again = false;
				await this.#busy;
				if (this.#again)
					this.#busy = this.#read();
			} while (this.#again);
		} finally {
			this.#busy = null;
		}
	}

	/** Looks for converted files anew, also for recordings given up on. */
	async recheck() {
		this.#probed.clear();
		await this.refresh();
	}

	/** Appends the next page. */
	async more() {
		await this.#busy;
		const page = await this.#page(this.#config.pageSize, this.#cursor);
		const known = new Set(this.items.map((item) => item.id));
		const fresh = page.recordings.filter((item) => !known.has(item.id));
		this.#accept([...this.items, ...fresh], page);
	}

	async #read() {
		const shown = this.items?.length ?? 0;
		const limit = Math.min(MAX_LIMIT, Math.max(this.#config.pageSize, shown));
		const page = await this.#page(limit);
		this.#accept(page.recordings, page);
	}

	#page(limit, cursor) {
		const body = { request: "recordings", limit };
		if (cursor)
			body.cursor = cursor;
		return this.#gateway.request(body);
	}

	#accept(items, page) {
		this.items = items;
		this.#cursor = page.cursor ?? null;
		this.#changed();
		this.#probeAll();
	}

	/** Others record too, and converters take their time: neither sends us events. */
	#tick() {
		if (document.hidden || !this.#gateway.isUp || !this.items)
			return;
		if (this.items.some((item) => item.state === "recording"))
			this.refresh().catch(() => {});
		else
			this.#probeAll();
	}

	#probeAll() {
		for (const item of this.items)
			if (item.state !== "recording" && !this.outputs.has(item.name) &&
				this.#worthProbing(item))
				this.#probe(item);
	}

	#worthProbing(item) {
		const age_ms = Date.now() - Date.parse(item.ended ?? item.created);
		return age_ms < CONVERSION_WAIT_MS || !this.#probed.has(item.name);
	}

	async #probe({ name }) {
		this.#probed.add(name);
		for (const format of this.#config.formats) {
			const url = `${this.#config.recordings}${encodeURIComponent(name)}.${format}`;
			const answer = await fetch(url, { method: "HEAD", cache: "no-cache" })
				.catch(() => null);
			if (!answer?.ok)
				continue;
			const bytes = Number(answer.headers.get("content-length"));
			this.outputs.set(name, { url, format, bytes });
			this.#changed();
			return;
		}
	}

	#changed() {
		this.dispatchEvent(new Event("change"));
	}
}
