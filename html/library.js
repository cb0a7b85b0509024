// SPDX-License-Identifier: GPL-3.0-or-later
// The right side of the page: the recordings as a list, each with its player.
//
// A row is kept as long as its recording is listed, so that neither a playing
// video nor the keyboard focus is lost when the list is read again.

import { by_id, duration, element, icon, moment, set_text, size, withdraw } from "./dom.js";

const STATES = {
	recording: "Recording",
	complete: "Complete",
	recovered: "Recovered",
	failed: "Failed",
};
const REASONS = {
	disk_full: "the disk was full",
	crash: "the gateway was interrupted",
};

export class Library {
	#rows = new Map();

	/** items and outputs as in Recordings; items is null before the first answer. */
	show(items, outputs, has_more) {
		const list = by_id("list");
		const rows = (items ?? []).map((item) => this.#row(item, outputs.get(item.name)));
		const kept = new Set(rows);
		for (const [id, row] of this.#rows) {
			if (kept.has(row))
				continue;
			row.node.remove();
			this.#rows.delete(id);
		}
		rows.forEach(({ node }, i) => {
			if (list.children[i] !== node)
				list.insertBefore(node, list.children[i] ?? null);
		});
		by_id("empty").hidden = rows.length > 0;
		set_text(by_id("empty"),
			items ? "Nothing has been recorded yet." : "Waiting for the gateway…");
		withdraw([by_id("more")], by_id("recordings"), () => { by_id("more").hidden = !has_more; });
	}

	/** Brings the clocks of running recordings up to date. */
	tick() {
		for (const row of this.#rows.values())
			row.tick();
	}

	#row(item, output) {
		let row = this.#rows.get(item.id);
		if (!row) {
			row = new Row();
			this.#rows.set(item.id, row);
		}
		row.show(item, output);
		return row;
	}
}

class Row {
	#item = null;
	#output = null;
	#offered = "";
	#title = element("h3");
	#badge = element("span", { className: "badge" });
	#about = element("p", { className: "about" });
	#file = element("p", { className: "file" });
	#reason = element("p", { className: "reason", hidden: true });
	#actions = element("div", { className: "row-actions" });
	#player = null;
	#play = null;

	node = element("li", { className: "recording" },
		element("div", { className: "row-title" }, this.#title, this.#badge),
		this.#about, this.#file, this.#reason, this.#actions);

	show(item, output) {
		this.#item = item;
		set_text(this.#title, item.stream);
		set_text(this.#file, item.name);
		this.#file.title = item.name;
		set_text(this.#badge, STATES[item.state] ?? item.state);
		this.#badge.dataset.state = item.state;
		const reason = item.state === "recording" || item.state === "complete" ? "" : item.reason;
		this.#reason.hidden = !reason;
		set_text(this.#reason, reason ? `Ended because ${REASONS[reason] ?? reason}.` : "");
		this.#describe();
		this.#offer(output);
	}

	tick() {
		if (this.#item.state === "recording")
			this.#describe();
	}

	#describe() {
		const { created, bytes, state } = this.#item;
		const seconds = state === "recording" ? (Date.now() - Date.parse(created)) / 1000
			: this.#item.duration ?? 0;
		const facts = [moment(created), duration(seconds)];
		if (bytes)
			facts.push(size(bytes));
		set_text(this.#about, facts.filter(Boolean).join(" · "));
	}

	#offer(output) {
		const offer = output?.url ?? (this.#item.state === "recording" ? "" : "wait");
		if (offer === this.#offered)
			return;
		this.#offered = offer;
		this.#output = output;
		if (output)
			this.#actions.replaceChildren(this.#playButton(), this.#downloadLink());
		else if (offer)
			this.#actions.replaceChildren(
				element("p", { className: "hint" }, "Not converted yet."));
	}

	/** Rows differ by stream and time, as a person says it. */
	get #spoken() {
		return `${this.#item.stream}, ${moment(this.#item.created)}`;
	}

	#playButton() {
		this.#play = element("button", { type: "button", className: "quiet small" },
			icon("play"), element("span", {}, "Play"));
		this.#play.setAttribute("aria-expanded", "false");
		this.#play.setAttribute("aria-label", `Play ${this.#spoken}`);
		this.#play.addEventListener("click", () => this.#toggle());
		return this.#play;
	}

	#downloadLink() {
		const { url, format, bytes } = this.#output;
		const about = bytes ? `${format.toUpperCase()}, ${size(bytes)}` : format.toUpperCase();
		return element("a", {
			className: "quiet small",
			href: url,
			download: `${this.#item.name}.${format}`,
			aria: { label: `Download ${this.#spoken} (${about})` },
		}, icon("download"), element("span", {}, `Download ${about}`));
	}

	#toggle() {
		const closing = this.#player !== null;
		if (closing)
			this.#close();
		else
			this.#open();
		this.#play.setAttribute("aria-expanded", String(!closing));
		set_text(this.#play.querySelector("span"), closing ? "Play" : "Close");
		this.#play.querySelector("svg").replaceWith(icon(closing ? "play" : "cross"));
		this.#play.setAttribute("aria-label", `${closing ? "Play" : "Close"} ${this.#spoken}`);
	}

	#open() {
		this.#player = element("video", {
			src: this.#output.url,
			controls: true,
			playsInline: true,
			preload: "metadata",
			aria: { label: `Recording ${this.#spoken}` },
		});
		this.node.append(this.#player);
		// A browser may refuse to begin by itself; its controls are there.
		this.#player.play().catch(() => {});
	}

	/** Emptying the source stops the download, too. */
	#close() {
		this.#player.pause();
		this.#player.removeAttribute("src");
		this.#player.load();
		this.#player.remove();
		this.#player = null;
	}
}
