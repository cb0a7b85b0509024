// SPDX-License-Identifier: GPL-3.0-or-later
// Building elements, and values in a form for people.

/** The element of the page with this id. */
export function by_id(id) {
	return document.getElementById(id);
}

/**
 * A new element: properties, then children (elements or text). Text is always
 * text: nothing that a gateway or a person wrote is ever read as markup.
 */
export function element(tag, properties = {}, ...children) {
	const node = document.createElement(tag);
	const { aria = {}, data = {}, ...own } = properties;
	Object.assign(node, own);
	Object.assign(node.dataset, data);
	for (const [name, value] of Object.entries(aria))
		node.setAttribute(`aria-${name}`, value);
	node.append(...children);
	return node;
}

/** An icon of sprite.svg, silent for screen readers. */
export function icon(name) {
	const space = "http://www.w3.org/2000/svg";
	const svg = document.createElementNS(space, "svg");
	const use = document.createElementNS(space, "use");
	use.setAttribute("href", `sprite.svg#${name}`);
	svg.setAttribute("aria-hidden", "true");
	svg.append(use);
	return svg;
}

/** Replaces the options of a select: [{value, label}]; keeps the choice where it still exists. */
export function fill_select(select, choices) {
	const before = select.value;
	select.replaceChildren(...choices.map(({ value, label }) =>
		element("option", { value, textContent: label })));
	if (choices.some(({ value }) => value === before))
		select.value = before;
}

/** Takes elements out of use by change(); the focus, if it was in one, goes to refuge. */
export function withdraw(nodes, refuge, change) {
	const had_focus = nodes.some((node) => node.contains(document.activeElement));
	change();
	if (had_focus && nodes.every((node) => node.hidden || node.disabled))
		refuge.focus();
}

/** Sets text only when it differs, so that live regions speak once. */
export function set_text(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
export function duration(seconds) {
	const whole = Math.max(0, Math.floor(seconds));
	const two = (n) => String(n).padStart(2, "0");
	const minutes = Math.floor(whole / 60) % 60;
	const hours = Math.floor(whole / 3600);
	return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 1536 -> "1.5 kB": two or three digits, decimal units, never broken across lines. */
export function size(bytes) {
	const units = ["bytes", "kB", "MB", "GB", "TB"];
	let n = bytes;
	let unit = 0;
	for (; n >= 999.5 && unit < units.length - 1; unit++)
		n /= 1000;
	return `${unit && n < 99.5 ? n.toFixed(1) : Math.round(n)}\u00a0${units[unit]}`;
}

/** When, as the reader's language writes it. */
export function moment(rfc3339) {
	const date = new Date(rfc3339);
	if (Number.isNaN(date.getTime()))
		return "";
	const style = { dateStyle: "medium", timeStyle: "short" };
	return new Intl.DateTimeFormat(undefined, style).format(date);
}
