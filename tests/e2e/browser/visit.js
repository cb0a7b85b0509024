// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the page in a context of its own and keeps an eye on it.

/**
 * Opens url. options are playwright's for the context; start is what the
 * stand-in for the gateway begins with. The page gets a list, faults: script
 * errors and violations of the content security policy.
 */
export async function open_page(browser, url, options, start) {
	const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(15000);
	page.faults = [];
	page.on("pageerror", (error) => page.faults.push(error.message));
	page.on("console", (line) => {
		if (/Content Security Policy|Uncaught/.test(line.text()))
			page.faults.push(line.text());
	});
	await page.addInitScript((it) => { window.fake_start = it; }, start);
	await page.goto(url);
	await page.locator("#link[data-state=up], #link[data-state=down]").waitFor();
	return page;
}
