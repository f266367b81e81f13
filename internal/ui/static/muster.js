// What the pages can do a little better in a browser that runs scripts. It is loaded before the page is shown, so that the colours
// that somebody chose are there from the first moment.
"use strict";

const theme = {
	get: () => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } },
	set: (name) => { try { localStorage.setItem("theme", name); } catch { /* it lasts as long as the page */ } theme.show(name); },
	show: (name) => {
		document.documentElement.dataset.theme = name;
		for (const button of document.querySelectorAll("[data-theme-to]")) {
			button.setAttribute("aria-pressed", String(button.dataset.themeTo === name));
		}
	},
};
theme.show(theme.get());

document.addEventListener("DOMContentLoaded", () => {
	theme.show(theme.get());
	for (const part of document.querySelectorAll("[data-themes], [data-copy]")) {
		part.hidden = false;
	}
});

// A part that shows what is coming in is asked for again every few seconds, while somebody can see it and is not at work in it.
const renew = async (part) => {
	if (document.hidden || part.contains(document.activeElement)) {
		return true;
	}
	const answer = await fetch(part.dataset.live);
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	const fresh = answer.ok && page.getElementById(part.id);
	if (fresh) {
		part.replaceChildren(...fresh.childNodes);
	}
	return Boolean(fresh); // or the session has ended
};

const keepFresh = (part) => setTimeout(async () => {
	try {
		if (!await renew(part)) {
			return;
		}
	} catch { /* the server is away: the next time, then */ }
	keepFresh(part);
}, 3000);

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-live]").forEach(keepFresh));

document.addEventListener("click", async (event) => {
	const button = event.target.closest("button");
	if (button && button.dataset.themeTo !== undefined) {
		theme.set(button.dataset.themeTo);
	}
	if (button && button.dataset.copy !== undefined) {
		try {
			await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
			button.textContent = "Copied";
		} catch {
			getSelection().selectAllChildren(button.parentElement.querySelector("code"));
			button.textContent = "Selected";
		}
	}
	for (const menu of document.querySelectorAll("details.menu[open]")) {
		if (!menu.contains(event.target)) {
			menu.open = false;
		}
	}
});

document.addEventListener("keydown", (event) => {
	const typing = event.target.closest("input, textarea, select");
	if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
		const find = document.getElementById("find");
		if (find) {
			event.preventDefault();
			find.focus();
			find.select();
		}
	}
	if (event.key === "Escape") {
		for (const menu of document.querySelectorAll("details.menu[open]")) {
			menu.open = false;
			menu.querySelector("summary").focus();
		}
	}
});
