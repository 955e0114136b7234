// What the pages do beyond HTML: a quiet notice while the connection is lost, and small comforts.
// Everything works without it, only with more clicks.
"use strict";

function lost(isLost) {
  const notice = document.getElementById("offline");
  if (notice) notice.hidden = !isLost;
}

addEventListener("offline", () => lost(true));
addEventListener("online", () => lost(false));
document.addEventListener("htmx:error", () => lost(true));
document.addEventListener("htmx:before:response", () => lost(false));

// Selects that are sent as soon as something is chosen.
document.addEventListener("change", (event) => {
  event.target.closest?.("form[data-send-on-change]")?.requestSubmit();
});

// What somebody was building stays in this tab (draft.js) until they sign out.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[action='/sign-out']")) sessionStorage.clear();
});

if (location.hash === "#search") document.querySelector("[data-search]")?.focus();

// Menus close with Escape, or by a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    const people = document.querySelector("nav a[href$='/people']");
    if (search || people) event.preventDefault();
    if (search) search.focus();
    else if (people) location.href = `${people.href}#search`;
  }
});

// A box that ticks all others of its form.
document.addEventListener("change", (event) => {
  const every = event.target.closest?.("[data-every]");
  for (const one of every?.form.querySelectorAll(`[name="${every.dataset.every}"]`) ?? []) {
    one.checked = every.checked;
  }
});

// A button that copies what stands beside it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard?.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = before; }, 1500);
});
